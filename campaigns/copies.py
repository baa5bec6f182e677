"""The copies of a message: added, removed, given to another value, worded like the default one."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from accounts.models import User
from campaigns import editor, saving, wording
from campaigns.models import Copy
from campaigns.saving import NotEditable
from connectors import registry


@transaction.atomic
def add_copy(pk: int, value: str, *, by: User, now: datetime) -> Copy:
    """A copy for `value`, worded like the default one; the copy that is there already if there is one."""
    draft = saving.locked(pk)
    for copy in draft.copies:
        if copy.value == value:
            return copy
    if len(draft.copies) >= editor.MAX_COPIES:
        raise NotEditable(f"A campaign has at most {editor.MAX_COPIES - 1} copies beside the default one.")
    last = draft.message.copies.aggregate(last=Max("position"))["last"]
    copy = Copy.objects.create(message=draft.message, value=value, pairs=draft.default.pairs, position=last + 1)
    saving.write(draft, {f"copy {value}": (None, copy.pairs)}, by=by, now=now)
    return copy


@transaction.atomic
def remove_copy(pk: int, copy_id: int, *, by: User, now: datetime) -> None:
    """Take a copy away; people with its value get the default one. The default copy stays."""
    draft = saving.locked(pk)
    for copy in draft.copies:
        if copy.pk == copy_id and copy.value:
            saving.write(draft, {f"copy {copy.value}": (copy.pairs, None)}, by=by, now=now)
            copy.delete()


@transaction.atomic
def rename_copy(pk: int, copy_id: int, value: str, *, by: User, now: datetime) -> None:
    """Give a copy to the people of another value; a value that has a copy already is refused."""
    draft = saving.locked(pk)
    if any(copy.value == value and copy.pk != copy_id for copy in draft.copies):
        raise NotEditable(f"There is a copy for “{value}” already.")
    for copy in draft.copies:
        if copy.pk == copy_id and copy.value and copy.value != value:
            changes = {f"copy {copy.value}": (copy.value, value)}
            copy.value = value
            saving.write(draft, changes, by=by, now=now)


@transaction.atomic
def word_like_default(pk: int, copy_id: int, *, by: User, now: datetime) -> None:
    """Word a copy like the default one."""
    draft = saving.locked(pk)
    for copy in draft.copies:
        if copy.pk == copy_id and copy.pairs != draft.default.pairs:
            changes = {f"copy {copy}": (copy.pairs, draft.default.pairs)}
            copy.pairs = draft.default.pairs
            saving.write(draft, changes, by=by, now=now)


@transaction.atomic
def begin_with(pk: int, copy_id: int, key: str, *, by: User, now: datetime) -> None:
    """Fill the blank fields of a copy with one of the beginnings that its kind of connection offers."""
    draft = saving.locked(pk)
    texts = next((start.texts for start in registry.starts(draft.channel) if start.key == key), {})
    for copy in draft.copies:
        pairs = wording.begun(copy.pairs, texts)
        if copy.pk == copy_id and texts and copy.pairs != pairs:
            changes = {f"copy {copy}": (copy.pairs, pairs)}
            copy.pairs = pairs
            saving.write(draft, changes, by=by, now=now)
