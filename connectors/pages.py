"""What the pages of connections show."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Model, QuerySet

from accounts.models import User
from connectors import notices, registry, scopes, telling
from connectors.forms import ConnectionForm
from connectors.models import Call, Connection, Notice
from connectors.registry import Kind
from connectors.status import Status, status

UNKNOWN = "Unknown kind"


@dataclass(frozen=True, slots=True)
class Row:
    connection: Connection
    kind: str
    icon: str
    status: Status


@dataclass(frozen=True, slots=True)
class Use:
    """Something that uses the connection and so keeps it from being deleted."""

    kind: str
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Page:
    connection: Connection
    kind: Kind | None
    status: Status
    form: ConnectionForm | None
    calls: QuerySet[Call]
    uses: Sequence[Use] = ()

    @property
    def makes_calls(self) -> bool:
        """A file has no requests, only now and then a failure to show."""
        return self.connection.kind != "file" or self.calls.exists()

    @property
    def told(self) -> "Told":
        return told(self.connection)

    @property
    def rate(self) -> "Rate":
        return rate(self.connection)

    @property
    def notices(self) -> Sequence[Notice]:
        """What its owner was told lately."""
        return notices.last_of(self.connection)


@dataclass(frozen=True, slots=True)
class Rate:
    """How many messages a second may go out, and over which other connections those go that count, too."""

    most: int | None
    sharing: Sequence[Connection]
    is_own: bool


@dataclass(frozen=True, slots=True)
class Told:
    """Who hears by mail that the connection is in trouble, and whether there is a way for mails."""

    people: Sequence[User]
    owner: User | None
    has_way: bool

    @property
    def lacks_address(self) -> bool:
        return self.owner is not None and self.owner not in self.people


def rate(connection: Connection) -> Rate:
    """As they are set to now."""
    sharing = scopes.sharing(connection)
    set_to = [each.rate_per_second for each in (connection, *sharing) if each.rate_per_second is not None]
    most = min(set_to, default=None)
    return Rate(most, sharing, is_own=most == connection.rate_per_second)


def told(connection: Connection) -> Told:
    return Told(telling.told(connection), connection.owner, telling.can_mail(connection))


def row(connection: Connection, now: datetime) -> Row:
    kind = registry.DESTINATIONS.get(connection.kind)
    return Row(connection, kind.label if kind else UNKNOWN, kind.icon if kind else "plug", status(connection, now=now))


def last_calls(connection: Connection) -> QuerySet[Call]:
    """Without what was sent and answered: that is fetched for the one call somebody opens."""
    return Call.objects.filter(connection=connection).defer("request", "request_headers", "answer", "answer_headers")


def uses(protected: Iterable[object]) -> list[Use]:
    found = [
        Use(str(each._meta.verbose_name).capitalize(), str(each), address(each))
        for each in protected
        if isinstance(each, Model)
    ]
    return sorted(found, key=lambda use: (use.kind, use.name))


def address(each: Model) -> str:
    own = getattr(each, "get_absolute_url", None)
    return str(own()) if own else ""
