"""What a benchmark prints and leaves behind: a table, and `var/bench/<name>.json`."""

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
    """`better` says which way is good; without a goal the figure only informs."""

    name: str
    value: float
    unit: str
    goal: float | None
    better: Literal["higher", "lower"]

    @property
    def is_met(self) -> bool:
        if self.goal is None:
            return True
        return self.value >= self.goal if self.better == "higher" else self.value <= self.goal


def write(name: str, figures: Sequence[Figure]) -> None:
    for figure in figures:
        goal = "" if figure.goal is None else f"goal {figure.goal:,.0f}{'' if figure.is_met else ' MISSED'}"
        print(f"{figure.name:<45}{figure.value:>14,.1f} {figure.unit:<12}{goal}")
    folder = Path(settings.VAR) / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    content = {
        "name": name,
        "machine": machine,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "figures": [asdict(figure) for figure in figures],
    }
    (folder / f"{name}.json").write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
