"""What a person would get, by the code that plans and sends: for the editor's preview and for Review."""

import copy
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import msgspec
import orjson
from django.db.models import Max, Min, Q
from psycopg.sql import SQL, Literal

from accounts.models import AccountSettings
from campaigns import figures, missing, personalization, schedule_json, wording
from campaigns.copy_names import copy_name
from campaigns.delivery import audience, choice, job, reasons, render
from campaigns.delivery import snapshot as snapshots
from campaigns.delivery.snapshot import FrozenCopy, Snapshot
from campaigns.editor import Draft
from campaigns.models import Message, Run
from campaigns.personalization import TemplateError, Unrendered
from campaigns.schedule import upcoming
from connectors import registry
from connectors.models import Connection
from people import languages
from people.models import Profile
from people.properties import COLUMNS
from segments import dump
from segments.context import Ids
from segments.reading import answers
from segments.tree import All

SAMPLE = 25
WINDOW = 4096
ASKED = 8  # people of a sample who are asked for one who gets the message


@dataclass(frozen=True)
class Occasion:
    """The run that the preview stands for."""

    at: datetime
    number: int


@dataclass(frozen=True)
class Shown:
    """One person's message, or why there is none. `payload` is what the destination encodes, `channel` the kind."""

    person: Profile
    copy: str
    why: str
    reason: str = ""
    detail: str = ""
    payload: dict[str, object] | None = None
    channel: str = ""

    @property
    def is_mail(self) -> bool:
        return registry.channel(self.channel) == "email"

    @cached_property
    def encoded(self) -> bytes:
        return orjson.dumps(self.payload)

    @property
    def readable(self) -> str:
        return orjson.dumps(registry.readable(self.channel, self.payload or {}), option=orjson.OPT_INDENT_2).decode()


@dataclass(frozen=True)
class Broken:
    """A text that no message can be made from, so nobody gets anything."""

    copy: str
    key: str
    words: str


def frozen(draft: Draft) -> Snapshot:
    """What would be sent of the draft as it stands: everybody and a file where it does not say yet whom and where."""
    campaign = copy.copy(draft.campaign)
    campaign.connection = campaign.connection or Connection(pk=0, kind="file")
    if not draft.has_audience:
        campaign.tree = dump.dump(All())
    message = draft.message
    copies = [FrozenCopy(each.pk, each.value, wording.sent(draft.channel, each.pairs)) for each in draft.copies]
    return msgspec.structs.replace(
        snapshots.freeze(campaign),
        kind=message.kind,
        property=message.property,
        missing=message.missing,
        event_name=message.event_name,
        include=list(message.include),
        copies=[each for each in copies if not each.value]
        + [each for each in copies if each.value and message.kind == Message.Kind.BY_PROPERTY],
    )


def occasion(draft: Draft, *, now: datetime) -> Occasion:
    """The run that waits, else the first one if it were published now, else now."""
    numbers = draft.campaign.runs.aggregate(last=Max("number"))["last"] or 0
    waiting = draft.campaign.runs.filter(state=Run.State.DUE).order_by("occurrence").first()
    if waiting is not None:
        return Occasion(waiting.occurrence, waiting.number)
    try:
        schedule = schedule_json.parse(draft.campaign.schedule)
    except schedule_json.ScheduleError:
        return Occasion(now, numbers + 1)
    first = upcoming(schedule, now=now, account_zone=AccountSettings.current().zone, limit=1)
    return Occasion(first[0] if first else now, numbers + 1)


def broken(snapshot: Snapshot) -> Broken | None:
    """The first text that no message can be made from."""
    for each in snapshot.copies:
        for key, text in each.pairs:
            try:
                personalization.check(text)
            except TemplateError as error:
                return Broken(
                    copy_name(snapshot.property, each.value), wording.name_of(snapshot.channel, key), error.message
                )
        texts = {key.removeprefix(wording.SIGN): text for key, text in each.pairs if wording.is_field(key)}
        for trouble in wording.field_errors(snapshot.channel, texts):
            name = wording.name_of(snapshot.channel, wording.SIGN + trouble.key)
            return Broken(copy_name(snapshot.property, each.value), name, str(trouble))
    return None


def show(draft: Draft, snapshot: Snapshot, profile_id: int, *, now: datetime) -> Shown | None:
    """The person's message or the reason why there is none; None without such a person. Raises TemplateError."""
    person = Profile.objects.filter(pk=profile_id).first()
    if person is None:
        return None
    copy_id, reason = decision(snapshot, person, now=now)
    chosen = next(each for each in snapshot.copies if each.id == copy_id)
    name, why = (
        copy_name(snapshot.property, chosen.value),
        why_copy(snapshot, chosen, value_of(person, snapshot.property)),
    )
    moment = occasion(draft, now=now)
    made = job.make_job(snapshot, draft.message.pk, moment.at, number=moment.number)
    result = render.people(made, [person.pk])[0]
    if isinstance(result, Unrendered):
        reason = reason or reasons.sentence(result.reason)
        return Shown(person, name, why, reason, result.detail)
    return Shown(person, name, why, reason, payload=registry.payload(draft.channel, result), channel=draft.channel)


def first_who_gets_it(draft: Draft, snapshot: Snapshot, people: Sequence[int], *, now: datetime) -> int:
    """The place of the first of these people who would get the message; 0 where none near the beginning does."""
    shown = ((place, show(draft, snapshot, person, now=now)) for place, person in enumerate(people[:ASKED]))
    return next((place for place, found in shown if found and not found.reason), 0)


def decision(snapshot: Snapshot, person: Profile, *, now: datetime) -> tuple[int, str]:
    """The copy, and the sentence of the reason why the person gets nothing ("": gets it), by the query that plans."""
    within = Ids(person.pk - 1, person.pk)
    earlier = audience.elsewhere(snapshot, now=now, people=within)
    query = SQL("SELECT copy_id, reason FROM ({}) decided").format(
        audience.decided(snapshot, now=now, people=within, earlier=earlier)
    )
    for copy_id, reason in answers(query):
        return copy_id, reasons.sentence(reason) if reason else ""
    return choice.copy_for(snapshot, value_of(person, snapshot.property)), "The person does not qualify."


def why_copy(snapshot: Snapshot, chosen: FrozenCopy, value: str | None) -> str:
    """What decided on the copy: “language is Portuguese, Brazil (pt-BR)”."""
    if snapshot.kind == Message.Kind.SINGLE:
        return "the same for everybody"
    if not value:
        return f"has no {snapshot.property}"
    words = languages.value_words(snapshot.property, value)
    return f"{snapshot.property} is {words}" if chosen.value else f"no copy for {snapshot.property} {words}"


def value_of(person: Profile, name: str) -> str | None:
    """The text of a property, as the copies are matched with it."""
    value: Any = getattr(person, name) if name in COLUMNS else person.properties.get(name)
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)


def sample(snapshot: Snapshot, *, now: datetime, copy_id: int | None = None) -> list[int]:
    """Some people of the audience, or of one copy, from a random place on, round to the beginning where it ends."""
    ends = Profile.objects.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["first"] is None:
        return []
    start = random.randint(ends["first"] - 1, ends["last"] - 1)  # noqa: S311 it picks an example
    near = Ids(start, min(start + WINDOW, ends["last"]))
    found: list[int] = []
    for window in (near, Ids(near.until, ends["last"]), Ids(ends["first"] - 1, start)):
        if len(found) < SAMPLE and window.until > window.after:
            found += some(snapshot, window, now=now, copy_id=copy_id, most=SAMPLE - len(found))
    return found


def some(snapshot: Snapshot, window: Ids, *, now: datetime, copy_id: int | None, most: int) -> list[int]:
    of_copy = SQL("TRUE") if copy_id is None else SQL("copy_id = {}").format(Literal(copy_id))
    query = SQL("SELECT profile_id FROM ({}) qualified WHERE {} LIMIT {}").format(
        audience.qualified(snapshot, now=now, people=window), of_copy, Literal(most)
    )
    return sorted(profile_id for (profile_id,) in answers(query))


def lacking(snapshot: Snapshot, *, now: datetime) -> list[int]:
    """Some people who lack a value that their copy must have; else some who get its fallback. Raises TooSlow."""
    printed: dict[missing.Path, list[int]] = {}
    for each in snapshot.copies:
        for path in {token.path for token in missing.tokens_of(each.pairs)}:
            printed.setdefault(path, []).append(each.id)
    for paths in filter(None, (missing.needed(snapshot), printed)):
        query = SQL("SELECT p.id FROM {} WHERE {} LIMIT {}").format(
            figures.people(snapshot, now=now), missing.lacking_sql(paths, len(snapshot.copies)), Literal(SAMPLE)
        )
        if found := sorted(profile_id for (profile_id,) in answers(query)):
            return found
    return []


def found_people(words: str, most: int = 8) -> Sequence[Profile]:
    """People by a part of their identity, e-mail address or name."""
    words = words.strip().replace("\0", "")[:100]
    if not words:
        return []
    matches = Q(identity__icontains=words) | Q(email__icontains=words) | Q(name__icontains=words)
    return list(Profile.objects.filter(matches).order_by("pk")[:most])
