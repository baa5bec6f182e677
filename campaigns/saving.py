"""Saving what was typed in the editor: one step at a time, checked against what others saved meanwhile, audited."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from campaigns import editor, lifecycle, prints
from campaigns.editor import Draft
from campaigns.models import Campaign, Copy, Message
from campaigns.problems import problems
from connectors.models import Connection
from segments import keeping, parse, references
from segments.lists import usage
from segments.models import Segment
from segments.parse import TreeError

Pairs = list[list[str]]
CAMPAIGN_FIELDS = {
    "start": ("name", "labels", "connection"),
    "who": ("segment", "tree", "control_percent"),
    "what": (),
    "when": ("schedule",),
}
MESSAGE_FIELDS = ("kind", "property", "missing", "event_name", "include")
COPY_FIELDS = ("value", "pairs")


@dataclass(frozen=True)
class Edit:
    """The new values of one step; `pairs` is the wording by the id of its copy."""

    step: str
    campaign: Mapping[str, object] = field(default_factory=dict)
    message: Mapping[str, object] = field(default_factory=dict)
    pairs: Mapping[int, Pairs] = field(default_factory=dict)


@dataclass(frozen=True)
class Basis:
    """What the page knew when it was typed in: the campaign's revision and the print of the step's content."""

    revision: int
    print: str


class Conflict(Exception):
    """Somebody else saved this step after the page was loaded; nothing was changed."""

    def __init__(self, theirs: Draft) -> None:
        super().__init__()
        self.theirs = theirs


class NotEditable(Exception):
    """The campaign's state does not allow changes; the message says what can be done."""


def content(draft: Draft, step: str) -> dict[str, object]:
    """What the step holds, as plain JSON: compared, printed and shown side by side."""
    held: dict[str, object] = {name: plain(getattr(draft.campaign, name)) for name in CAMPAIGN_FIELDS[step]}
    if step == "what":
        held |= {name: getattr(draft.message, name) for name in MESSAGE_FIELDS}
        held |= {f"copy {copy.pk}": [copy.value, copy.pairs] for copy in draft.copies}
    return held


def print_of(draft: Draft, step: str) -> str:
    """A short print of what the step holds, whatever numbers are in it: the same content, the same print."""
    return prints.print_of(content(draft, step))


def basis(draft: Draft, step: str) -> Basis:
    return Basis(draft.campaign.revision, print_of(draft, step))


@transaction.atomic
def save(pk: int, edit: Edit, known: Basis, *, by: User, now: datetime) -> Draft:
    """Write one step. Saving the same again changes nothing.

    Raises Conflict where the step was changed since `known`, and NotEditable where the campaign has ended.
    """
    if edit.step == "who":
        references.lock()  # before the campaign's own row, as whoever deletes a segment does
    draft = locked(pk)
    if known.revision != draft.campaign.revision and known.print != print_of(draft, edit.step):
        raise Conflict(draft)
    before = unfinished(draft, now=now)
    rule = draft.campaign.tree
    changes = apply(draft, edit)
    if edit.step == "who":
        hold(draft.campaign, before=rule)
    if changes:
        write(draft, changes, by=by, now=now)
    if new := [words for words in unfinished(draft, now=now) if words not in before]:
        raise NotEditable(f"This campaign is published, so it is not saved unfinished. {new[0]}")
    if "schedule" in changes and draft.is_published:
        try:
            lifecycle.reschedule(draft.campaign, by=by, now=now)
        except lifecycle.Refused as refused:
            raise NotEditable(str(refused)) from refused
    return draft


def locked(pk: int) -> Draft:
    """The campaign with its row locked, so that one save at a time reads and writes it."""
    Campaign.objects.select_for_update().get(pk=pk)
    draft = editor.load(pk)
    if not draft.is_editable:
        state = draft.campaign.get_state_display().lower()
        raise NotEditable(f"This campaign is {state}, so it stays as it is. Clone it to go on from here.")
    return draft


def hold(campaign: Campaign, *, before: object) -> None:
    """Its segment and those in its rule, and lists, stay until this is saved. Raises NotEditable where one is gone."""
    try:
        usage.hold(campaign.tree, before)
    except TreeError as error:
        raise NotEditable(error.message) from None
    if campaign.segment_id and not Segment.objects.filter(pk=campaign.segment_id).exists():
        raise NotEditable("The segment was deleted meanwhile. Choose another one.")


def unfinished(draft: Draft, *, now: datetime) -> list[str]:
    """What a published campaign lacks, in words. A draft may lack anything."""
    return [problem.message for problem in problems(draft.campaign, now=now)] if draft.is_published else []


def apply(draft: Draft, edit: Edit) -> dict[str, tuple[object, object]]:
    """Set the values on the loaded rows; says what changed: name → (before, after)."""
    changes: dict[str, tuple[object, object]] = {}
    for subject, values in ((draft.campaign, edit.campaign), (draft.message, edit.message)):
        before = audit.snapshot(subject, values)
        for name, value in values.items():
            setattr(subject, name, value)
        changes |= audit.changes(before, subject)
    if edit.pairs.keys() - {copy.pk for copy in draft.copies}:
        raise NotEditable("The copy that is open here was removed meanwhile. Take your text from the fields below.")
    for copy in draft.copies:
        if copy.pk in edit.pairs and copy.pairs != edit.pairs[copy.pk]:
            changes[f"copy {copy}"] = (copy.pairs, edit.pairs[copy.pk])
            copy.pairs = edit.pairs[copy.pk]
    return changes


def write(draft: Draft, changes: Mapping[str, tuple[object, object]], *, by: User, now: datetime) -> None:
    """Save the rows with the next revision, and record who changed what."""
    if is_wording(changes):
        draft.message.version += 1
        draft.message.save()
        Copy.objects.bulk_update(draft.copies, ["value", "pairs", "position"])
    draft.campaign.revision += 1
    draft.campaign.updated_at = now
    draft.campaign.save()
    audit.record(by, "changed", draft.campaign, changes)


def is_wording(changes: Mapping[str, object]) -> bool:
    return any(name in MESSAGE_FIELDS or name.startswith("copy ") for name in changes)


def create(*, by: User, now: datetime) -> Campaign:
    """An empty draft: the only connection is chosen already, the default copy has one pair to fill in."""
    connections = list(Connection.objects.all()[:2])
    with transaction.atomic():
        campaign = Campaign.objects.create(
            owner=by,
            control_salt=uuid.uuid4(),
            connection=connections[0] if len(connections) == 1 else None,
            created_at=now,
            updated_at=now,
        )
        message = Message.objects.create(campaign=campaign)
        Copy.objects.create(message=message, pairs=[["message", ""]])
        audit.record(by, "created", campaign)
    return campaign


@transaction.atomic
def save_as_segment(pk: int, name: str, *, by: User, now: datetime) -> Segment:
    """The rule made in the campaign becomes a saved segment, which the campaign uses. Raises NotEditable."""
    references.lock()
    draft = locked(pk)
    name = " ".join(name.replace("\0", "").split())[:200]
    if not name:
        raise NotEditable("Give the segment a name.")
    try:
        parse.parse(draft.campaign.tree)
        segment = keeping.create(Segment(name=name, tree=draft.campaign.tree), by=by, now=now)
    except keeping.NameTaken:
        raise NotEditable(f"There is a segment called “{name}” already.") from None
    except TreeError as error:
        raise NotEditable(str(error)) from None
    write(draft, apply(draft, Edit("who", campaign={"segment": segment, "tree": None})), by=by, now=now)
    return segment


def plain(value: Any) -> object:
    """A related row by its id; everything else is plain JSON already."""
    return getattr(value, "pk", value)
