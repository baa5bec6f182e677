"""The list of campaigns: filters, one page of rows, and their counts from the counters."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Upper

from accounts.models import User
from accounts.requests import whole_number
from campaigns.models import Campaign, Run
from campaigns.needs import Need, People, needs, not_sent, people_of
from connectors.models import Connection

PAGE_SIZE = 50
SORTS: dict[str, tuple[Combinable | str, ...]] = {
    "name": (Upper("name"), "pk"),
    "-name": (Upper("name").desc(), "-pk"),
    "updated": ("updated_at", "pk"),
    "-updated": ("-updated_at", "-pk"),
    "next": ("next_run_at", "-pk"),
    "-next": ("-next_run_at", "-pk"),
}


@dataclass(frozen=True)
class Filters:
    """What the address of the list asks for; "" asks for nothing."""

    q: str = ""
    state: str = ""
    connection: str = ""
    owner: str = ""
    label: str = ""
    sort: str = "-updated"

    @property
    def narrow(self) -> bool:
        return bool(self.q or self.state or self.connection or self.owner or self.label)


@dataclass(frozen=True)
class Row:
    campaign: Campaign
    next_run_at: datetime | None
    people: People
    needs: tuple[Need, ...]

    @property
    def is_open_to_all(self) -> bool:
        """A draft opens in the editor, which is only for those who may edit."""
        return self.campaign.state != Campaign.State.DRAFT


@dataclass(frozen=True)
class Listing:
    rows: tuple[Row, ...]
    page: Page[Campaign]

    @property
    def words(self) -> str:
        """“51–100 of 312”."""
        return f"{self.page.start_index():,}–{self.page.end_index():,} of {self.page.paginator.count:,}"


def read_filters(query: Mapping[str, str]) -> Filters:
    """Whatever the address says: unknown words are ignored, numbers that are none too."""
    given = {field.name: query.get(field.name, "").strip().replace("\0", "") for field in fields(Filters)}
    given["sort"] = given["sort"] if given["sort"] in SORTS else Filters.sort
    given["state"] = given["state"] if given["state"] in Campaign.State else ""
    for name in ("connection", "owner"):
        given[name] = given[name] if whole_number(given[name]) is not None else ""
    return Filters(**given)


def listing(filters: Filters, *, now: datetime, number: str = "1") -> Listing:
    """One page of campaigns in four queries, whatever their number."""
    page = Paginator(found(filters), PAGE_SIZE).get_page(number)
    campaigns = list(page.object_list)
    people, stood = people_of(campaigns), not_sent(campaigns, now=now)
    return Listing(
        tuple(row(each, people.get(each.pk, People()), stood.get(each.pk, [])) for each in campaigns),
        page,
    )


def row(campaign: Campaign, people: People, stood: Sequence[Run]) -> Row:
    next_run_at = campaign.next_run_at  # type: ignore[attr-defined]  # annotated
    return Row(campaign, next_run_at, people, needs(campaign, people, stood))


def found(filters: Filters) -> QuerySet[Campaign]:
    """Archived campaigns only where they are asked for."""
    wanted = Q(state=filters.state) if filters.state else ~Q(state=Campaign.State.ARCHIVED)
    if filters.q:
        wanted &= Q(name__icontains=filters.q)
    if filters.connection:
        wanted &= Q(connection=filters.connection)
    if filters.owner:
        wanted &= Q(owner=filters.owner)
    if filters.label:
        wanted &= Q(labels__contains=[filters.label])
    campaigns = Campaign.objects.filter(wanted).annotate(next_run_at=Subquery(next_run()))
    return campaigns.select_related("owner", "connection").order_by(*SORTS[filters.sort])


def next_run() -> QuerySet[Run, Any]:
    due = Run.objects.filter(campaign=OuterRef("pk"), state=Run.State.DUE).order_by()
    return due.values("campaign").annotate(first=Min("due_at")).values("first")


def ticked(pks: Iterable[str]) -> list[Campaign]:
    return list(Campaign.objects.filter(pk__in=[pk for text in pks if (pk := whole_number(text)) is not None]))


def labels() -> list[str]:
    """Every label in use, for the filter and for the field's suggestions."""
    used = Campaign.objects.order_by().values_list("labels", flat=True).distinct()
    return sorted({label for several in used for label in several}, key=str.casefold)


def owners() -> list[User]:
    return list(User.objects.filter(pk__in=Campaign.objects.values("owner")).order_by("username"))


def connections() -> list[Connection]:
    return list(Connection.objects.filter(pk__in=Campaign.objects.values("connection")))
