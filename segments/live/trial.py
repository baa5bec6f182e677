"""A live rule tried on one person: which of their last events would have qualified, and why or why not."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import OperationalError, connection, transaction
from django.db.models import Max, Min
from psycopg import errors

from people.models import Event, EventName, Profile, ProfileEvent
from people.timeline import summary
from segments.context import Context
from segments.live.batch import verdicts
from segments.live.matcher import Happening, No, Qualifies, Waits
from segments.live.rule import Inaction, LiveRule, OnDate, deeds_of, events_of
from segments.phrases import deeds_words
from segments.reading import TooSlow, limits

EVENTS = 50
SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Row:
    """One event and its verdict; `until` is when a wait ends or ended, None where there is none."""

    event: Happening
    details: str
    tone: str
    words: str
    until: datetime | None = None
    after: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    person: Profile
    rows: tuple[Row, ...]

    @property
    def words(self) -> str:
        """“2 qualify, 1 waits, 3 do not”."""
        tones = Counter(row.tone for row in self.rows)
        said = [("good", "qualifies", "qualify"), ("wait", "waits", "wait"), ("off", "does not", "do not")]
        return ", ".join(
            f"{tones[tone]} {one if tones[tone] == 1 else more}" for tone, one, more in said if tones[tone]
        )


def trial(rule: LiveRule, person: Profile, context: Context) -> Trial:
    """Of the person's last fifty events that matter to the rule, newest first. Raises TooSlow and TreeError."""
    with bounded(SECONDS):
        events = last_events(person, events_of(rule), context.zone)
        found = verdicts(rule, events, context)
    rows = (row(rule, event, verdict.answer, context) for event, verdict in zip(events, found, strict=True))
    return Trial(person, tuple(rows))


def somebody(rule: LiveRule) -> Profile | None:
    """Who did last what the rule begins with. Index: summary_by_name, backwards from its end for each name."""
    names = EventName.objects.filter(name__in=[deed.event for deed in deeds_of(rule.trigger)])
    latest = [ProfileEvent.objects.filter(name=each).order_by("-last_at").first() for each in names]
    last = max((each for each in latest if each), key=lambda each: each.last_at, default=None)
    return last.profile if last else None


def last_events(person: Profile, names: frozenset[str], zone: ZoneInfo) -> list[Happening]:
    """From the partitions between the first and the last of them that the summary knows."""
    summaries = ProfileEvent.objects.filter(profile=person, name__name__in=names)
    span = summaries.aggregate(first=Min("first_at"), last=Max("last_at"))
    if span["first"] is None:
        return []
    ids = list(summaries.values_list("name_id", flat=True))
    until = span["last"] + timedelta(microseconds=1)
    found = Event.objects.filter(profile=person, name__in=ids, at__gte=span["first"], at__lt=until)
    own = ZoneInfo(person.zone) if person.zone else zone
    return [
        Happening(each.pk, person.pk, each.name.name, each.at, each.properties, own)
        for each in found.select_related("name").order_by("-at", "-pk")[:EVENTS]
    ]


def row(rule: LiveRule, event: Happening, answer: Qualifies | Waits | No, context: Context) -> Row:
    details = summary(event.properties)
    match answer:
        case Qualifies(at) if isinstance(rule.trigger, Inaction | OnDate):
            return Row(event, details, "good", "Qualified", at)
        case Qualifies():
            return Row(event, details, "good", "Qualifies at once.")
        case Waits(until, unless):
            after = f"unless they do {deeds_words(unless)[0]} before" if unless else ""
            return Row(event, details, "wait", "Qualifies", until, after)
        case No(reason):
            return Row(event, details, "off", reason)


@contextmanager
def bounded(seconds: float) -> Iterator[None]:
    """Nothing can be written, and no statement runs for long. Raises TooSlow."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
            cursor.execute(limits(seconds))
            yield
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")  # a transaction around this one goes on as it was
    except OperationalError as error:
        if isinstance(error.__cause__, errors.QueryCanceled):
            raise TooSlow(f"This took longer than {seconds:g} seconds and was stopped.") from error
        raise
