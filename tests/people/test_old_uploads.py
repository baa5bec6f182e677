"""Uploaded files are kept for some days once their import is over; of one that is not over nothing is ever touched."""

import logging
import os
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from operations import tasks
from people import imports, mapping, old_uploads, uploads
from people.models import Import, Profile
from tests.people.facts import NOW

pytestmark = pytest.mark.django_db
Put = Callable[..., Import]
LATER = NOW + timedelta(days=30, seconds=1)


@pytest.fixture
def put(tmp_path: Path, settings: Settings) -> Put:
    """`put(state)`: an import of two people that came to that state at NOW."""
    settings.MEDIA_ROOT, settings.UPLOAD_DAYS = tmp_path, 30

    def make(state: str = "completed", *, at: datetime = NOW) -> Import:
        made = imports.keep([b"id\nann\nbob\n"], name="a.csv", kind="profiles", by=None)
        if state != "mapping":
            imports.start(made, mapping.columns_of(made.mapping), "")
            running = uploads.claim(Import, made.pk, at)
            assert running is not None
            imports.advance(running, at, size=2000 if state == "completed" else 1)
        ended = at if state in ("completed", "failed", "stopped") else None
        Import.objects.filter(pk=made.pk).update(state=state, completed_at=ended, created_at=at)
        return Import.objects.get(pk=made.pk)

    return make


def clear(now: datetime = LATER) -> None:
    old_uploads.clear(now, time.monotonic() + 60)


def files(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


@pytest.mark.parametrize("state", ["completed", "failed", "stopped", "mapping"])
def test_a_file_goes_after_so_many_days_and_not_before(put: Put, state: str, caplog: pytest.LogCaptureFixture) -> None:
    made = put(state)
    file = uploads.file_of(made)
    caplog.set_level(logging.INFO)

    clear(NOW + timedelta(days=30))
    kept = file.exists()
    clear()

    made.refresh_from_db()
    assert (kept, file.exists(), made.file_removed_at) == (True, False, LATER)
    assert f"Removed the file of import {made.pk}; files are kept for BELFRY_UPLOAD_DAYS (30)" in caplog.messages


@pytest.mark.parametrize("state", ["waiting", "running"])
def test_a_file_that_is_read_or_waits_to_be_never_goes(put: Put, state: str) -> None:
    made = put(state)
    old = (NOW - timedelta(days=9000)).timestamp()
    os.utime(uploads.file_of(made), (old, old))

    clear(NOW + timedelta(days=20_000))

    made.refresh_from_db()
    assert (uploads.file_of(made).exists(), made.file_removed_at) == (True, None)


def test_one_that_went_on_again_counts_from_its_new_end(put: Put) -> None:
    made = put("stopped")
    uploads.resume(Import, made.pk)
    uploads.stop(Import, made.pk, now=LATER)

    clear()

    assert uploads.file_of(made).exists()


def test_the_workers_remove_it_by_themselves(put: Put) -> None:
    made = put(at=timezone.now() - timedelta(days=31))

    tasks.chores(0, time.monotonic() + 60)

    assert not uploads.file_of(made).exists()


def test_zero_days_keep_everything(put: Put, settings: Settings) -> None:
    settings.UPLOAD_DAYS = 0
    made = put()

    clear(NOW + timedelta(days=20_000))

    assert uploads.file_of(made).exists()


def test_killed_between_the_file_and_its_row_it_is_done_the_next_time(put: Put) -> None:
    made = put()
    uploads.file_of(made).unlink()

    clear()

    made.refresh_from_db()
    assert made.file_removed_at == LATER


def test_done_again_it_changes_nothing(put: Put) -> None:
    made = put()
    clear()

    clear(LATER + timedelta(days=1))

    made.refresh_from_db()
    assert made.file_removed_at == LATER


def test_what_time_is_too_short_for_waits_for_the_next_time(put: Put) -> None:
    made = put()

    old_uploads.clear(LATER, time.monotonic() - 1)

    assert uploads.file_of(made).exists()


def test_a_file_that_cannot_be_removed_keeps_no_other(put: Put) -> None:
    stuck, other = put(), put()
    uploads.file_of(stuck).unlink()
    uploads.file_of(stuck).mkdir()

    clear()

    stuck.refresh_from_db()
    assert (stuck.file_removed_at, uploads.file_of(other).exists()) == (None, False)


def test_a_file_that_no_row_names_goes_by_its_age(put: Put, tmp_path: Path) -> None:
    made = put("running")
    (tmp_path / "imports" / "killed.raw").write_bytes(b"id\n")
    (tmp_path / "imports" / "new.csv").write_bytes(b"id\n")
    old = (NOW - timedelta(days=1)).timestamp()
    for path in (tmp_path / "imports" / "killed.raw", uploads.file_of(made)):
        os.utime(path, (old, old))
    fresh = (LATER - timedelta(days=29)).timestamp()
    os.utime(tmp_path / "imports" / "new.csv", (fresh, fresh))

    clear()

    assert sorted(path.name for path in (tmp_path / "imports").iterdir()) == sorted(
        [uploads.file_of(made).name, "new.csv"]
    )


def test_the_page_of_an_import_says_that_its_file_is_gone_and_when(put: Put, creator: Client) -> None:
    made = put()
    clear()
    words = f'The uploaded file was removed <time datetime="{LATER:%Y-%m-%dT%H:%M:%SZ}"'

    page = creator.get(f"/people/imports/{made.pk}").text
    people = creator.get(f"/people/imports/{made.pk}/people").text

    assert words in page
    assert "See the people" not in page
    assert ": files are kept for 30 days. What it brought stays." in " ".join(page.split())
    assert words in people
    assert "nobody can say who was in it" in people
    assert Profile.objects.count() == 2


def test_one_that_was_stopped_cannot_go_on_without_its_file(put: Put, creator: Client) -> None:
    made = put("stopped")
    clear()

    page = creator.get(f"/people/imports/{made.pk}").text

    assert "Continue the import" not in page
    assert "Upload a file" in page


def test_one_that_was_left_at_its_columns_says_why_it_is_over(put: Put, creator: Client) -> None:
    made = put("mapping")
    clear()

    answer = creator.get(f"/people/imports/{made.pk}/mapping", follow=True)

    assert "Nobody said what its columns become, so it brought nothing." in answer.text
    assert "The uploaded file was removed <time" in answer.text
    assert "What it brought stays" not in answer.text
    assert Import.objects.get().state == "failed"
