"""What others saved after a page was opened: it stays where nothing was typed, and is shown where something was."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, cast

import msgspec
from django import forms
from django.http import QueryDict

from accounts import audit
from accounts.models import AuditEntry
from connectors.forms.base import ConnectionForm
from connectors.models import Connection

Value = str | int | bool | None
FREE = {"name", "rate_per_second", "one_per_address"}  # it hangs on none of these where a credential goes
WITH_CREDENTIALS = ("drop_previous",)  # no credential, but says what becomes of one
KEPT = "As it was: theirs stays"
TYPE_AGAIN = "A new one, never shown: type it again to save it"


class Basis(msgspec.Struct, frozen=True):
    """What a page showed when it was opened. Of the credentials only a print of what they are encrypted to."""

    at: Annotated[datetime, msgspec.Meta(tz=True)]
    credentials: str
    values: dict[str, Value]


@dataclass(frozen=True, slots=True)
class Difference:
    label: str
    theirs: str
    mine: str
    is_conflict: bool = False


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What is to be saved, theirs in the fields that nobody touched here; and what others changed, the newest first."""

    posted: QueryDict
    differences: Sequence[Difference] = ()
    entries: Sequence[AuditEntry] = ()

    @property
    def is_conflict(self) -> bool:
        return any(each.is_conflict for each in self.differences)

    @property
    def words(self) -> str:
        """For who saved beside others, what of theirs stays; "": there is nothing."""
        labels = ", ".join(each.label for each in self.differences)
        return f" What was changed meanwhile in another window stays: {labels}." if labels else ""


def basis(kind: type[ConnectionForm], connection: Connection, *, now: datetime) -> str:
    """For the page to carry."""
    return msgspec.json.encode(Basis(now, print_of(connection), values(kind, connection))).decode()


def meet(kind: type[ConnectionForm], posted: QueryDict, connection: Connection) -> Meanwhile:
    """What was posted, on top of what the connection is set to now. Without a basis all of it counts as typed."""
    try:
        known = msgspec.json.decode(posted.get("basis", ""), type=Basis)
    except msgspec.DecodeError:
        return Meanwhile(posted)
    fields, theirs = fields_of(kind, connection), values(kind, connection)
    changed = [name for name in theirs if (known.values.get(name, theirs[name]) or "") != (theirs[name] or "")]
    touched = {name for name in changed if is_touched(fields[name], name, posted, known.values[name])}
    merged = posted.copy()
    for name in changed:
        if name not in touched:
            put(merged, name, theirs[name])
    found = [difference(fields[name], name, theirs[name], posted, name in touched) for name in changed]
    typed = {name: label(each, name) for name, each in fields.items() if name in apart(kind) and posted.get(name)}
    is_new = known.credentials != print_of(connection)
    found += credentials(typed, is_new=is_new, leads_elsewhere=not FREE.issuperset(changed))
    return Meanwhile(merged, found, since(connection, known.at) if found else ())


def fields_of(kind: type[ConnectionForm], connection: Connection) -> dict[str, forms.Field]:
    """Also those that are not asked for now."""
    return {**kind.base_fields, **kind(connection=connection).fields}


def values(kind: type[ConnectionForm], connection: Connection) -> dict[str, Value]:
    """All that is no credential."""
    initial = kind(connection=connection).initial
    return {name: initial.get(name, each.initial) for name, each in kind.base_fields.items() if name not in apart(kind)}


def apart(kind: type[ConnectionForm]) -> Sequence[str]:
    return (*kind.secret_fields, *WITH_CREDENTIALS)


def print_of(connection: Connection) -> str:
    return hashlib.sha256(connection.secrets.encode()).hexdigest()


def is_touched(field: forms.Field, name: str, posted: QueryDict, shown: Value) -> bool:
    """A field that was not there to be filled in was not. Nor is a box unticked here, which leaves it as others did."""
    return name in posted and field.has_changed(shown, field.widget.value_from_datadict(posted, {}, name))


def put(posted: QueryDict, name: str, value: Value) -> None:
    if value is False:
        posted.pop(name, None)
    else:
        posted[name] = "on" if value is True else str("" if value is None else value)


def difference(field: forms.Field, name: str, theirs: Value, posted: QueryDict, is_touched: bool) -> Difference:
    """No conflict where both typed the same."""
    mine = field.widget.value_from_datadict(posted, {}, name)
    is_conflict = is_touched and field.has_changed(theirs, mine)
    return Difference(label(field, name), shown(field, theirs), shown(field, mine) if is_touched else KEPT, is_conflict)


def credentials(typed: Mapping[str, str], *, is_new: bool, leads_elsewhere: bool) -> list[Difference]:
    """One that was typed for what the page showed is not sent to where others have led it since."""
    theirs = "Changed, never shown" if is_new else "As it was"
    if typed and (is_new or leads_elsewhere):
        mine = {name: "Yes" if name in WITH_CREDENTIALS else TYPE_AGAIN for name in typed}
        return [Difference(words, theirs, mine[name], is_conflict=True) for name, words in typed.items()]
    return [Difference("Credentials", theirs, KEPT)] if is_new else []


def label(field: forms.Field, name: str) -> str:
    return str(field.label or name.replace("_", " ").capitalize())


def shown(field: forms.Field, value: object) -> str:
    if isinstance(field, forms.BooleanField):
        return "Yes" if value else "No"
    words = str(value) if value not in (None, "") else "–"
    if isinstance(field, forms.ChoiceField):
        choices = cast(Iterable[tuple[object, object]], field.choices)
        return next((str(said) for key, said in choices if str(key) == words), words)
    return words


def since(connection: Connection, at: datetime) -> list[AuditEntry]:
    """Who changed it; the last of all where a save was under way while the page was opened."""
    entries = audit.entries_of(connection).filter(action="changed")
    return list(entries.filter(at__gte=at)[:5]) or list(entries[:1])
