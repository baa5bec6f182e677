"""Prints a benchmark's figures as a table and keeps them as JSON under var/bench."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from django.conf import settings


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
    path = Path(settings.VAR) / "bench" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    found = {
        "name": name,
        "machine": machine(),
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
