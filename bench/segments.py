"""Segments of every family with a million people and 20 million events: exact, sampled, and against SQL by hand.

`PROFILES=1000000 EVENTS=20000000 PARTS=basket,interval,growth ONLY=… python -m bench.segments`; databases of this size,
of three and of one tenth of it are made once and kept. ONLY picks the segments whose names have these words.
"""

import math
import os
import resource
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection as database  # noqa: E402
from psycopg.sql import SQL, Composable, Literal  # noqa: E402

from bench import basket, filled, random_rules, report  # noqa: E402
from bench.basket import Case  # noqa: E402
from bench.kept import kept_database, newest_event  # noqa: E402
from campaigns.models import Campaign  # noqa: E402
from operations.defaults import ensure_defaults  # noqa: E402
from people.models import EventName, Profile  # noqa: E402
from segments import audience  # noqa: E402
from segments.context import Context, bounds  # noqa: E402
from segments.models import CustomList, Segment  # noqa: E402
from segments.parse import parse  # noqa: E402
from segments.reading import reader  # noqa: E402
from segments.tree import Last, Tree  # noqa: E402

PROFILES = int(os.environ.get("PROFILES", "1000000"))
EVENTS = int(os.environ.get("EVENTS", "20000000"))
PARTS = os.environ.get("PARTS", "basket,interval,growth").split(",")
ONLY = os.environ.get("ONLY", "")
TENTHS = (1, 3, 10)
ZONE = ZoneInfo("America/Sao_Paulo")
ROUNDS, FEW_ROUNDS = 7, 3
RULES = 1000
WHOLE = 0.95  # of the intervals
RATIO, WORST, SAMPLE_GOAL = 1.1, 1.5, 100
SEASON = timedelta(days=85)


@dataclass(frozen=True)
class Row:
    """One segment; times in milliseconds, `memory` in MB of the backend and its parallel workers."""

    name: str
    people: int
    ours: float
    by_hand: float
    goal: float | None
    sampled: float
    memory: float

    @property
    def ratio(self) -> float:
        return self.ours / self.by_hand


def main() -> None:
    figures: list[report.Figure] = []
    if "basket" in PARTS:
        with sized(10) as context:
            rows = [measured(case, context) for case in cases(context)]
        print(table(rows))
        figures += [*of_rows(rows), *verdicts(rows)]
    if "interval" in PARTS:
        with sized(3) as context:
            figures.append(coverage(context))
    if "growth" in PARTS:
        figures += growth()
    report.write("segments", figures)


@contextmanager
def sized(tenths: int) -> Iterator[Context]:
    """The database of so many tenths of the people; its time stands still at the newest event."""
    people, count = PROFILES * tenths // 10, EVENTS * tenths // 10
    with kept_database(
        f"belfry_bench_segments_{people}_{count}", lambda: newest_event() is not None
    ):  # the summary comes last
        call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
        ensure_defaults()
        if not Profile.objects.exists():
            call_command("generate", profiles=people, events=count, skip_checks=True)
        newest = newest_event()
        assert newest
        filled.fill(newest)
        yield Context(newest, ZONE)


def cases(context: Context) -> list[Case]:
    segment, custom_list = Segment.objects.get(name=basket.SEGMENT).pk, CustomList.objects.get(name=basket.LIST).pk
    found = basket.basket(segment, custom_list, context.today - SEASON)
    return [case for case in found if ONLY.lower() in case.name.lower()]


def measured(case: Case, context: Context) -> Row:
    """Both ways by turns, after each was run once and found the same people."""
    tree, sql = parse(case.rule), SQL(case.sql).format(**parameters(context))
    people, expected = audience.count(tree, context).people, by_hand(sql)
    if people != expected:
        raise SystemExit(f"{case.name}: {people:,} people by the rule, {expected:,} by hand.")
    ours, theirs = alternately(lambda: audience.count(tree, context), lambda: by_hand(sql), ROUNDS)
    audience.sample_count(tree, context)
    sampled = statistics.median(timed(lambda: audience.sample_count(tree, context)) for _ in range(ROUNDS))
    row = Row(case.name, people, ours, theirs, case.goal, sampled, peak(lambda: audience.count(tree, context)))
    print(f"{row.name}: {row.ours:,.0f} ms, by hand {row.by_hand:,.0f} ms, sampled {row.sampled:,.0f} ms", flush=True)
    return row


def parameters(context: Context) -> dict[str, Composable]:
    """What SQL by hand may name: events by their ids, days ago by their first instants, and what `filled` made."""
    events = dict(EventName.objects.values_list("name", "id"))
    days = {f"days{number}": bounds(Last(number), context).start for number in (7, 14, 30, 60, 90)}
    today = context.today
    week = [f"{today + timedelta(days=number):%m-%d}" for number in range(8)]
    others = {
        "zone": ZONE.key,
        "week_days": week,
        "season": bounds(Last(SEASON.days), context).start,
        "born_by": today.replace(year=today.year - 25),
        "born_after": today.replace(year=today.year - 36) + timedelta(days=1),
        "upload": CustomList.objects.get(name=basket.LIST).current_id,
        "message": Campaign.objects.get(name=basket.CAMPAIGN).message.pk,
    }
    named = {name.lower().replace(" ", "_"): pk for name, pk in events.items()}
    return {name: Literal(value) for name, value in (named | days | others).items()}


def by_hand(sql: Composable) -> int:
    """Read only, within the same limits and with the same memory as ours, but with every plan allowed."""
    with reader(settings.STATEMENT_TIMEOUT_SECONDS) as cursor:
        cursor.execute("SET LOCAL enable_nestloop TO on")
        cursor.execute(sql)
        return int(cursor.fetchone()[0])


def alternately(first: Callable[[], object], second: Callable[[], object], rounds: int) -> tuple[float, float]:
    """The medians; each is the first to run as often as the other."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds):
        turns = ((times[0], first), (times[1], second))
        for into, work in turns if number % 2 else reversed(turns):
            into.append(timed(work))
    return statistics.median(times[0]), statistics.median(times[1])


def timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def peak(work: Callable[[], object]) -> float:
    """The most memory of its own that the server held meanwhile."""
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = int(cursor.fetchone()[0])
    seen, done = [0.0], threading.Event()

    def look() -> None:
        while not done.is_set():
            seen.append(sum(map(own_memory, [backend, *parallel_workers(backend)])))

    watcher = threading.Thread(target=look)
    watcher.start()
    work()
    done.set()
    watcher.join()
    return max(seen)


def parallel_workers(backend: int) -> list[int]:
    words = f"parallel worker for PID {backend}".encode()
    return [int(path.parent.name) for path in Path("/proc").glob("[0-9]*/cmdline") if words in content(path)]


def own_memory(pid: int) -> float:
    """MB that the process shares with nobody: shared buffers are not its."""
    lines = content(Path(f"/proc/{pid}/status")).decode().splitlines()
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon")), 0.0)


def content(path: Path) -> bytes:
    """Nothing of a process that is gone."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def table(rows: Sequence[Row]) -> str:
    cells = [("segment", "people", "ours", "by hand", "ratio", "sampled", "memory")]
    cells += [
        (
            row.name, f"{row.people:,}", f"{row.ours:,.0f} ms", f"{row.by_hand:,.0f} ms", f"{row.ratio:.2f}",
            f"{row.sampled:,.0f} ms", f"{row.memory:,.0f} MB",
        )
        for row in rows
    ]  # fmt: skip
    widths = [max(len(each[column]) for each in cells) for column in range(len(cells[0]))]
    return "\n".join(
        "  ".join([each[0].ljust(widths[0]), *map(str.rjust, each[1:], widths[1:])]).rstrip() for each in cells
    )


def of_rows(rows: Sequence[Row]) -> Iterator[report.Figure]:
    for row in rows:
        yield report.Figure(row.name, row.ours, "ms", row.goal, "lower")
        yield report.Figure(f"{row.name}, by hand", row.by_hand, "ms", None, "lower")
        yield report.Figure(f"{row.name}, sampled", row.sampled, "ms", SAMPLE_GOAL, "lower")


def verdicts(rows: Sequence[Row]) -> list[report.Figure]:
    """`ru_maxrss` is what a web process needs that asks all this."""
    ratios, process = [row.ratio for row in rows], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [
        report.Figure("ours / by hand, median", statistics.median(ratios), "", RATIO, "lower"),
        report.Figure("ours / by hand, worst", max(ratios), "", WORST, "lower"),
        report.Figure("slowest sample", max(row.sampled for row in rows), "ms", SAMPLE_GOAL, "lower"),
        report.Figure("peak memory of the backend", max(row.memory for row in rows), "MB", None, "lower"),
        report.Figure("peak memory of the process that asks", process, "MB", None, "lower"),
    ]


def coverage(context: Context) -> report.Figure:
    """How often the exact number lies in the interval that the sample gave before."""
    right = 0
    for number, rule in enumerate(random_rules.rules(RULES, seed=1), 1):
        tree = parse(rule)
        sampled, exact = audience.sample_count(tree, context), audience.count(tree, context).people
        right += abs(sampled.people - exact) <= sampled.margin
        if number % 100 == 0:
            print(f"{right} of {number} intervals have the exact number.", flush=True)
    return report.Figure(f"intervals of {RULES:,} segments that are right", right / RULES, "", WHOLE, "higher")


def growth() -> list[report.Figure]:
    """The exponent of time over people: 1 is in step with them."""
    sizes: list[tuple[int, dict[str, float]]] = []
    for tenths in TENTHS:
        with sized(tenths) as context:
            sizes.append((PROFILES * tenths // 10, {case.name: duration(case, context) for case in cases(context)}))
    found = {name: exponent([(people, times[name]) for people, times in sizes]) for name in sizes[0][1]}
    for name, power in found.items():
        print(f"{name}: {', '.join(f'{times[name]:,.0f} ms' for _, times in sizes)}, exponent {power:.2f}", flush=True)
    return [
        report.Figure("time over people, median exponent", statistics.median(found.values()), "", None, "lower"),
        report.Figure("time over people, largest exponent", max(found.values()), "", None, "lower"),
    ]


def duration(case: Case, context: Context) -> float:
    tree: Tree = parse(case.rule)
    audience.count(tree, context)
    return statistics.median(timed(lambda: audience.count(tree, context)) for _ in range(FEW_ROUNDS))


def exponent(points: Sequence[tuple[int, float]]) -> float:
    """The slope of a straight line through the logarithms."""
    return statistics.linear_regression([math.log(x) for x, _ in points], [math.log(y) for _, y in points]).slope


if __name__ == "__main__":
    main()
