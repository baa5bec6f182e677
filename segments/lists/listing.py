"""What the pages of custom lists show: rows of the list of lists, one list's uploads, its people, unmatched lines."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from django.core.paginator import Page, Paginator
from django.db.models import F
from django.db.models.expressions import OrderBy

from accounts.requests import whole_number
from people import csv_files
from people.models import Profile
from people.progress import Progress
from people.uploads import State, file_of
from segments.listing import PeoplePage
from segments.lists.usage import users_of
from segments.models import CustomList, ListMember, ListUnmatched, ListUpload
from segments.registry import User

ROWS = 50
UPLOADS = 20
FETCHED = 5_000
ORDERS = {"name": F("name"), "people": F("current__people"), "uploaded": F("current__completed_at")}


@dataclass(frozen=True, slots=True)
class Row:
    """`newest` is the last upload, which is not the current one while it comes in or where it failed."""

    custom_list: CustomList
    newest: ListUpload | None
    users: list[User]


@dataclass(frozen=True, slots=True)
class Listing:
    rows: list[Row]
    page: Page[CustomList]
    search: str

    @property
    def words(self) -> str:
        return f"{self.page.start_index()}–{self.page.end_index()} of {self.page.paginator.count:,}"


@dataclass(frozen=True, slots=True)
class Shown:
    """One list: `newest` with its `progress`, `uploads` the newest first."""

    custom_list: CustomList
    uploads: list[ListUpload]
    progress: Progress | None

    @property
    def newest(self) -> ListUpload | None:
        return self.uploads[0] if self.uploads else None

    @property
    def is_moving(self) -> bool:
        return self.newest is not None and self.newest.state in (State.WAITING, State.RUNNING)

    @property
    def can_resume(self) -> bool:
        """There is something left of the file to go on with."""
        return self.unfinished is not None and file_of(self.unfinished).is_file()

    @property
    def is_gone(self) -> bool:
        """Something would be left, but the file is no longer there."""
        return self.unfinished is not None and not self.can_resume

    @property
    def unfinished(self) -> ListUpload | None:
        newest = self.newest
        ended = newest is not None and newest.state in (State.STOPPED, State.FAILED)
        return newest if newest and ended and newest.position < newest.size else None


def page_of(query: Mapping[str, str]) -> Listing:
    """Fifty lists, by `search` in the name, in the order of `sort`. Three queries and those for the users."""
    search = query.get("search", "").replace("\0", "").strip()
    found = CustomList.objects.filter(name__icontains=search).select_related("current")
    page = Paginator(found.order_by(order_of(query.get("sort", "")), "pk"), ROWS).get_page(query.get("page"))
    lists = list(page.object_list)
    newest = {upload.list_id: upload for upload in newest_of(lists)}
    used = users_of([each.pk for each in lists])
    return Listing([Row(each, newest.get(each.pk), used[each.pk]) for each in lists], page, search)


def order_of(sort: str) -> OrderBy:
    """By name, or as `people` and `-people` say; lists with nobody yet come last."""
    column = ORDERS.get(sort.removeprefix("-"), ORDERS["name"])
    return column.desc(nulls_last=True) if sort.startswith("-") else column.asc(nulls_last=True)


def newest_of(lists: list[CustomList]) -> list[ListUpload]:
    return list(ListUpload.objects.filter(list__in=lists).order_by("list_id", "-pk").distinct("list_id"))


def shown(custom_list: CustomList, now: datetime) -> Shown:
    uploads = list(custom_list.uploads.select_related("created_by").order_by("-pk")[:UPLOADS])
    return Shown(custom_list, uploads, Progress.of(uploads[0], now) if uploads else None)


def people_of(custom_list: CustomList, *, after: str) -> PeoplePage:
    """The next people by id, from the primary key's index."""
    start = whole_number(after) or 0
    members = ListMember.objects.filter(upload=custom_list.current_id or 0, profile_id__gt=start)
    ids = list(members.order_by("profile_id").values_list("profile_id", flat=True)[: ROWS + 1])
    found = Profile.objects.in_bulk(ids[:ROWS])
    people = [found[pk] for pk in ids[:ROWS] if pk in found]
    return PeoplePage(people, ids[ROWS - 1] if len(ids) > ROWS else None)


def unmatched_lines(upload: ListUpload) -> Iterator[str]:
    """A CSV of the lines that name nobody, in the order of the file; any number of them in little memory."""
    words = dict(ListUnmatched.Reason.choices)
    rows = ([line, type_, identity, words[reason]] for line, type_, identity, reason in unmatched(upload))
    return csv_files.lines(chain([["Line", "Type", "Identity", "Reason"]], rows))


def unmatched(upload: ListUpload) -> Iterator[tuple[int, str, str, str]]:
    last, lines = 0, ListUnmatched.objects.filter(upload=upload).order_by("line")
    while rows := list(lines.filter(line__gt=last).values_list("line", "type", "identity", "reason")[:FETCHED]):
        yield from rows
        last = rows[-1][0]
