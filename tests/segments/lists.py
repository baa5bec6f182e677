"""Short ways to make people, lists and their files, and to read back who is in them."""

from datetime import UTC, datetime

from people import uploads
from people.models import Identifier, Profile
from people.uploads import State
from segments.lists import keeping, loading
from segments.models import CustomList, ListMember, ListUpload
from tests import factories

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def person(identity: str | None = None, *, anonymous: str | None = None, **fields: str) -> int:
    made = factories.person(identity=identity, **fields)
    if anonymous is not None:
        Identifier.objects.create(value=anonymous, profile=made)
    return made.pk


def make(text: str | bytes, name: str = "Guests", file_name: str = "guests.csv") -> CustomList:
    content = text.encode() if isinstance(text, str) else text
    return keeping.create(name, [content], file_name=file_name, by=factories.user(), now=NOW)


def replace(custom_list: CustomList, text: str) -> ListUpload:
    return keeping.replace(custom_list.pk, [text.encode()], file_name="new.csv", by=factories.user(), now=NOW)


def run(upload: ListUpload, size: int = 3, now: datetime = NOW) -> ListUpload:
    """To the end, or to where it stops."""
    running = uploads.claim(ListUpload, upload.pk, now)
    assert running is not None
    while running.state == State.RUNNING:
        running = loading.advance(running, now, size=size)
    return running


def whole(text: str | bytes, name: str = "Guests", size: int = 3) -> ListUpload:
    """A list with all of its file in."""
    return run(newest(make(text, name)), size)


def newest(custom_list: CustomList) -> ListUpload:
    return custom_list.uploads.latest("pk")


def owner(upload: ListUpload) -> CustomList:
    assert upload.list is not None
    return upload.list


def people_in(custom_list: CustomList) -> set[str]:
    """The identities of whoever is in the list now."""
    custom_list.refresh_from_db()
    members = ListMember.objects.filter(upload=custom_list.current_id).values_list("profile", flat=True)
    return {str(each) for each in Profile.objects.filter(pk__in=members).order_by("pk")}


def unmatched(upload: ListUpload) -> list[tuple[int, str, str, str]]:
    return list(upload.unmatched_lines.values_list("line", "type", "identity", "reason"))


def counts(upload: ListUpload) -> tuple[str, int, int, int, int]:
    upload.refresh_from_db()
    return upload.state, upload.people, upload.matched, upload.duplicates, upload.unmatched
