"""Prints a benchmark's figures as a table and keeps them as JSON under var/bench, with how fast the machine was."""

import json
import os
import platform
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Literal

from django.conf import settings

STAT = Path("/proc/stat")
LOOPS, TIMES = 1_000_000, 7


@dataclass(frozen=True)
class Figure:
    """One measured number; `goal` is what the product promises, None where it promises nothing."""

    name: str
    value: float
    unit: str
    goal: float | None = None
    better: Literal["higher", "lower"] = "higher"

    @property
    def verdict(self) -> str:
        if self.goal is None:
            return ""
        reached = self.value >= self.goal if self.better == "higher" else self.value <= self.goal
        if reached:
            return "reached"
        return f"missed by {abs(self.value - self.goal) / self.goal:.0%}"


def write(name: str, figures: Sequence[Figure]) -> Path:
    """Print the table of `figures` and write var/bench/<name>.json; returns its path."""
    print(table(figures))
    speed, taken = yardstick(), taken_by_others()
    print(
        f"One core counts to a million in {speed:.0f} ms. Other machines of this host took {taken:.1%} of all CPU time."
    )
    path = Path(settings.VAR) / "bench" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    found = {
        "name": name,
        "machine": machine(),
        "milliseconds_to_a_million": round(speed, 1),
        "taken_by_others": round(taken, 3),
        "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "figures": [asdict(figure) for figure in figures],
    }
    path.write_text(json.dumps(found, indent=2) + "\n")
    return path


def table(figures: Sequence[Figure]) -> str:
    rows = [("figure", "value", "unit", "goal", "")]
    rows += [(each.name, shown(each.value), each.unit, goal(each), each.verdict) for each in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(line(row, widths) for row in rows)


def line(row: Sequence[str], widths: Sequence[int]) -> str:
    name, value, unit, aim, verdict = row
    cells = (name.ljust(widths[0]), value.rjust(widths[1]), unit.ljust(widths[2]), aim.rjust(widths[3]), verdict)
    return "  ".join(cells).rstrip()


def goal(figure: Figure) -> str:
    if figure.goal is None:
        return ""
    return f"{'≥' if figure.better == 'higher' else '≤'} {shown(figure.goal)}"


def shown(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"


def machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}"


def yardstick() -> float:
    """Milliseconds that a fixed piece of work takes on one core, median: by it the figures of two days compare."""
    return median(milliseconds_to_count() for _ in range(TIMES))


def milliseconds_to_count() -> float:
    started = time.perf_counter()
    for _ in range(LOOPS):
        pass
    return (time.perf_counter() - started) * 1000


def taken_by_others() -> float:
    """The share of the CPU time since the benchmark began that the host gave to other machines; 0 where the
    system does not say. `steal` is the eighth number of the line of all cores (proc(5))."""
    passed = [after - before for before, after in zip(BEGUN, times(), strict=True)]
    return passed[7] / max(sum(passed), 1) if passed else 0.0


def times() -> list[int]:
    return [int(each) for each in STAT.read_text().split("\n", 1)[0].split()[1:9]] if STAT.exists() else []


BEGUN = times()
