"""Which files have grown too long to be one topic: `python -m config.sizes`."""

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMITS = {".py": 400, ".css": 400, ".js": 400, ".html": 60}
FOREIGN = {".venv", "var", "vendor", "node_modules", "migrations"}


def too_long(root: Path = ROOT) -> list[str]:
    """A line for each file over the limit of its kind."""
    counted = ((path, len(path.read_text().splitlines())) for path in sources(root))
    return [
        f"{path.relative_to(root)}: {lines} lines, at most {LIMITS[path.suffix]}"
        for path, lines in counted
        if lines > LIMITS[path.suffix]
    ]


def sources(root: Path) -> Iterator[Path]:
    """Our own files; hidden directories and what others wrote are left out."""
    for path in sorted(root.iterdir()):
        if path.name.startswith(".") or path.name in FOREIGN:
            continue
        if path.is_dir():
            yield from sources(path)
        elif path.suffix in LIMITS:
            yield path


if __name__ == "__main__":
    sys.exit("\n".join(too_long()) or 0)
