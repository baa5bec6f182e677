"""Custom lists: made, replaced, renamed, deleted, each with its entry in the audit trail."""

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User as Staff
from people import uploads
from people.uploads import Late, State, Stored
from segments import keeping, references
from segments.keeping import InUse, NameTaken
from segments.lists import clearing, loading
from segments.lists.usage import users_of
from segments.models import CustomList, ListUpload, Segment
from segments.parse import dump
from segments.tree import All, InList

ACTIVE = (State.WAITING, State.RUNNING)
TAKEN = "Another list has this name already."


class Busy(Exception):
    """Another file is still coming in."""


def create(name: str, blocks: Iterable[bytes], *, file_name: str, by: Staff, now: datetime) -> CustomList:
    """A list and its first file. Raises BadFile and NameTaken; then there is no list either."""

    @transaction.atomic
    def made(file: Stored) -> ListUpload:
        custom_list = CustomList.objects.create(name=name, created_by=by, created_at=now)
        audit.record(by, "created", custom_list, {"file": (None, file.name)})
        return loading.begun(file, custom_list, by=by, now=now)

    try:
        upload = uploads.keep(blocks, name=file_name, within=clearing.FOLDER, make=made)
    except IntegrityError as error:
        raise NameTaken(TAKEN) from error
    assert upload.list is not None  # noqa: S101 it was made here
    return upload.list


def replace(pk: int, blocks: Iterable[bytes], *, file_name: str, by: Staff, now: datetime) -> ListUpload:
    """The list stays as it is until the file is in. Raises BadFile, Busy, CustomList.DoesNotExist."""

    @transaction.atomic
    def made(file: Stored) -> ListUpload:
        custom_list = locked(pk)
        if custom_list.uploads.filter(state__in=ACTIVE).exists():
            raise Busy
        before = custom_list.current.file_name if custom_list.current else None
        audit.record(by, "replaced", custom_list, {"file": (before, file.name)})
        return loading.begun(file, custom_list, by=by, now=now)

    return uploads.keep(blocks, name=file_name, within=clearing.FOLDER, make=made)


@transaction.atomic
def rename(pk: int, name: str, *, by: Staff) -> CustomList:
    """Raises NameTaken."""
    custom_list = locked(pk)
    before, custom_list.name = custom_list.name, name
    if before != name:
        try:
            custom_list.save(update_fields=["name"])
        except IntegrityError as error:
            raise NameTaken(TAKEN) from error
        audit.record(by, "renamed", custom_list, {"name": (before, name)})
    return custom_list


@transaction.atomic
def stop(pk: int, *, by: Staff, now: datetime) -> ListUpload:
    """What the upload brought is kept to go on from; the list stays what it was. Raises Late."""
    upload = uploads.stop(ListUpload, pk, now=now)
    audit.record(by, "stopped", upload)
    return upload


@transaction.atomic
def resume(pk: int, *, by: Staff) -> ListUpload:
    """Go on with the newest upload of a list; an older one would bring back what was replaced. Raises Late."""
    upload = ListUpload.objects.get(pk=pk)
    newest = upload.list_id and locked(upload.list_id).uploads.order_by("-pk").first()
    if newest != upload:
        raise Late(upload, "continued")
    upload = uploads.resume(ListUpload, pk)
    audit.record(by, "resumed", upload)
    return upload


@transaction.atomic
def delete(pk: int, *, by: Staff, now: datetime) -> None:
    """Raises InUse. The workers remove the members, whom no page shows any more."""
    references.lock()
    custom_list = locked(pk)
    users = users_of([pk])[pk]
    if users:
        raise InUse(users)
    audit.record(by, "deleted", custom_list)
    custom_list.current = None
    custom_list.save(update_fields=["current"])
    custom_list.uploads.filter(state__in=ACTIVE).update(state=State.STOPPED, completed_at=now, lease_until=None)
    custom_list.delete()


@transaction.atomic
def make_segment(custom_list: CustomList, *, by: Staff, now: datetime) -> Segment:
    """A segment of everybody in the list, by the list's name. Raises TreeError where the list is gone."""
    references.lock()  # the name stays free
    taken = Segment.objects.filter(name=custom_list.name).exists()
    name = keeping.free_name(custom_list.name) if taken else custom_list.name
    return keeping.create(Segment(name=name, tree=dump(All((InList(custom_list.pk),)))), by=by, now=now)


def locked(pk: int) -> CustomList:
    """Raises CustomList.DoesNotExist."""
    return CustomList.objects.select_for_update(no_key=True).get(pk=pk)
