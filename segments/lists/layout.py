"""Which column of a list's file says who, and by what: read from the first line."""

from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from people import mapping
from people.csv_files import BadFile, Head

Kind = Literal["identity", "anonymous_id", "email", "phone"]
KINDS: Final[dict[str, Kind]] = {
    mapping.IDENTITY: "identity",
    mapping.ANONYMOUS: "anonymous_id",
    "email": "email",
    "phone": "phone",
}
# What other systems' lists say for short; the rest are the names that columns of an import go by.
SHORT: Final[dict[str, Kind]] = {
    "i": "identity", "g": "anonymous_id", "a": "anonymous_id", "anonymous": "anonymous_id",
    "e": "email", "p": "phone", "tel": "phone",
}  # fmt: skip
SHOWN = 60


@dataclass(frozen=True, slots=True)
class Layout:
    """The places of the columns; `kind` holds for all lines where there is no column of types."""

    delimiter: str
    columns: int
    identity: int
    type: int | None = None
    kind: Kind | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def layout_of(head: Head, *, has_lines: bool) -> Layout:
    """Raises BadFile, in words, where the first line does not say what the others are."""
    names = [name.casefold() for name in head.columns]
    if not has_lines:
        raise BadFile("There is nobody in the file: it has no lines below the names of the columns.")
    if "type" in names and "identity" in names:
        return Layout(head.delimiter, len(names), names.index("identity"), type=names.index("type"))
    kind = kind_of(head.columns[0]) if len(names) == 1 and len(names[0]) > 1 else None
    if kind is None:
        shown = head.delimiter.join(head.columns)
        shown = shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}…"
        raise BadFile(
            "The first line must be Type,Identity, or for a file of one column Identity, Anonymous id, Email or Phone."
            f" This one is “{shown}”."
        )
    return Layout(head.delimiter, 1, 0, kind=kind)


def kind_of(word: str) -> Kind | None:
    """Identity, customer id, i, E-Mail, …; None for what is no identifier of a person."""
    return SHORT.get(word.casefold()) or KINDS.get(mapping.target_of(word))
