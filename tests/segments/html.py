"""Reads a form the way a browser does, so that tests post what people would."""

from html.parser import HTMLParser

from django.http import QueryDict


def fields_of(html: str) -> QueryDict:
    """What a browser would send of the inputs and selects in `html`; buttons and boxes not ticked are left out."""
    reader = Fields()
    reader.feed(html)
    return reader.found


class Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found = QueryDict(mutable=True)
        self.select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "input" and not (given.get("type") == "checkbox" and "checked" not in given):
            self.found.appendlist(given.get("name", ""), given.get("value", ""))
        if tag == "select":
            self.select = given["name"]
        if tag == "option" and self.select:
            self.choose(self.select, given)

    def choose(self, name: str, option: dict[str, str]) -> None:
        """The first option stands until one is selected."""
        if name not in self.found or "selected" in option:
            self.found.setlist(name, [option["value"]])

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.select = None
