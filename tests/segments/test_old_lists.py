"""Files of custom lists are kept for some days where nobody goes on with them; one that comes in is never touched."""

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from operations import tasks
from people import uploads
from segments.lists import clearing, keeping, listing, loading
from segments.models import ListMember, ListUnmatched, ListUpload
from tests import factories
from tests.segments.lists import NOW, make, newest, owner, person, run, whole

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def uploaded(tmp_path: Path, settings: Settings) -> Path:
    settings.MEDIA_ROOT, settings.UPLOAD_DAYS = tmp_path, 30
    return tmp_path


def test_stopped_or_failed_file_goes_after_so_many_days_and_cannot_go_on(uploaded: Path) -> None:
    person("ann")
    stopped, failed = newest(make("Identity\nann\nzoe\n")), newest(make("Identity\nzoe\n", "Others"))
    begun = uploads.claim(ListUpload, stopped.pk, NOW)
    assert begun is not None
    loading.advance(begun, NOW, size=1)
    keeping.stop(stopped.pk, by=factories.user(), now=NOW)
    run(failed)

    for now in (NOW + timedelta(days=30), NOW + timedelta(days=30, seconds=1)):
        before = [uploads.file_of(each).exists() for each in (stopped, failed)]
        for upload in list(clearing.spent(now)):
            clearing.clear(upload.pk, float("inf"), now)

    assert before == [True, True]
    assert [uploads.file_of(each).exists() for each in (stopped, failed)] == [False, False]
    assert (ListMember.objects.count(), ListUnmatched.objects.count()) == (0, 0)
    assert listing.shown(owner(stopped), NOW).can_resume is False
    assert listing.shown(owner(stopped), NOW).is_gone is True


def test_file_that_comes_in_never_goes_for_its_age(uploaded: Path) -> None:
    coming = newest(make("Identity\nann\n"))
    os.utime(uploads.file_of(coming), (0, 0))

    clearing.remove_strays(NOW)

    assert (list(clearing.spent(NOW + timedelta(days=900))), uploads.file_of(coming).exists()) == ([], True)


def test_file_that_no_upload_needs_goes_by_its_age(uploaded: Path) -> None:
    person("ann")
    done = whole("Identity\nann\n")
    strays = [uploads.file_of(done), uploaded / "lists" / "killed.raw", uploaded / "lists" / "new.csv"]
    for path, age in zip(strays, (31, 31, 29), strict=True):
        path.write_bytes(b"Identity\nann\n")
        at = (NOW - timedelta(days=age)).timestamp()
        os.utime(path, (at, at))

    clearing.remove_strays(NOW)

    assert [path.exists() for path in strays] == [False, False, True]


def test_page_of_a_list_says_that_its_file_cannot_go_on(creator: Client) -> None:
    stopped = newest(make("Identity\nann\nzoe\n"))
    keeping.stop(stopped.pk, by=factories.user(), now=NOW)
    address = f"/segments/lists/{stopped.list_id}"
    before = creator.get(address).text

    clearing.clear(stopped.pk, float("inf"), NOW + timedelta(days=31))

    after = creator.get(address).text
    words = "The uploaded file is no longer on this server, so it cannot go on."
    assert ("Continue with the file" in before, words in before) == (True, False)
    assert ("Continue with the file" in after, words in after) == (False, True)
    assert f'<a href="{address}/upload">replace the list</a>' in after


def test_the_workers_remove_what_no_upload_needs_by_themselves(uploaded: Path) -> None:
    stray = uploaded / "lists" / "killed.raw"
    stray.parent.mkdir()
    stray.write_bytes(b"Identity\nann\n")
    os.utime(stray, (0, 0))

    tasks.chores(0, time.monotonic() + 60)

    assert not stray.exists()
