"""Removing files that had their time: of a run of the *file* destination, of which a mark stays, and others by age."""

import re
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.template.defaultfilters import pluralize

from connectors.file import FORMATS, REMOVED, write

KIND = "file"
RUN = re.compile(rf"(campaign-([1-9][0-9]{{0,17}})/run-([1-9][0-9]{{0,8}}))(\.({'|'.join(FORMATS)}))?")


def runs(root: Path) -> dict[tuple[int, int], str]:
    """(campaign, number) → folder of the runs that anything lies here of, whole or by parts."""
    found = {}
    for path in root.glob("campaign-*/run-*"):
        if named := RUN.fullmatch(path.relative_to(root).as_posix()):
            found[int(named[2]), int(named[3])] = named[1]
    return found


def remove(root: Path, folder: str) -> None:
    """(1) Say so, (2) remove what is offered for download, (3) its parts. Killed half way, it is done again. Raises
    OSError."""
    whole = root / folder
    write(mark(root, folder), b"")
    for form in FORMATS:
        whole.with_name(f"{whole.name}.{form}").unlink(missing_ok=True)
    for rest in whole.parent.glob(f".{whole.name}.*"):  # of a writer that was killed
        rest.unlink(missing_ok=True)
    if whole.is_dir():
        shutil.rmtree(whole)


def is_removed(root: Path, folder: str) -> bool:
    return mark(root, folder).exists()


def mark(root: Path, folder: str) -> Path:
    return root / f"{folder}.{REMOVED}"


def remove_tests(root: Path, before: datetime) -> None:
    """Files of tests that were last written before then. Raises OSError."""
    for path in old(root / "tests", "*/*", before):
        path.unlink(missing_ok=True)


def old(folder: Path, pattern: str, before: datetime) -> Iterator[Path]:
    """Files that were last written before then. Raises OSError."""
    for path in folder.glob(pattern):
        if path.is_file() and path.stat().st_mtime < before.timestamp():
            yield path


def kept_for(days: int) -> str:
    """Why a file was removed, to follow the words that it was; "" where files are kept for ever by now."""
    return f": files are kept for {days} day{pluralize(days)}" if days else ""
