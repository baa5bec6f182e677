"""The user properties a campaign can speak of, for pickers: names, language first, and their frequent values."""

from connectors import registry
from people.models import PropertyName
from people.properties import COLUMNS as TYPES

COLUMNS = (
    "language", "first_name", "name", "email", "phone", "country", "region", "city", "zone", "gender", "birth_date",
    "identity",
)  # fmt: skip


CAMPAIGN_FIELDS = (("name", "text"), ("id", "number"), ("labels", "list"))
LINKS = (("unsubscribe", "text"),)


def property_names() -> list[str]:
    """Standard properties in the order marketers use them, then the custom ones of the catalogue by name."""
    seen = PropertyName.objects.filter(event=None, is_hidden=False, is_discarded=False)
    custom = seen.exclude(name__in=COLUMNS).order_by("name").values_list("name", flat=True)
    return [*COLUMNS, *custom]


def frequent_values(name: str, most: int = 30) -> list[str]:
    """The texts that the property has most often, as the catalogue's sample knows them."""
    found = PropertyName.objects.filter(event=None, name=name).first()
    return [str(value) for value, _ in (found.frequent if found else [])[:most] if isinstance(value, str) and value]


def tokens(kind: str) -> list[dict[str, str]]:
    """What the @ picker offers: properties with type and most frequent value, then the campaign's fields, then the
    links that a message over this kind of connection has."""
    known = {each.name: each for each in PropertyName.objects.filter(event=None)}
    people = [token("profile", name, known.get(name)) for name in property_names()]
    links = LINKS if registry.channel(kind) == "email" else ()
    return people + [
        {"source": source, "name": name, "type": type_}
        for source, fields in (("campaign", CAMPAIGN_FIELDS), ("links", links))
        for name, type_ in fields
    ]


def token(source: str, name: str, seen: PropertyName | None) -> dict[str, str]:
    types = seen.types if seen else {}
    kind = max(types, key=types.__getitem__) if types else TYPES.get(name, "text")
    sample = str(seen.frequent[0][0]) if seen and seen.frequent else ""
    return {"source": source, "name": name, "type": kind, "sample": sample}
