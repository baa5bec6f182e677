"""Promises of custom lists while people become one with others, in several connections at once."""

import threading
from pathlib import Path

import pytest
from django.db import connection, transaction

from people.models import Profile
from people.records import Identify
from segments.keeping import InUse
from segments.lists import keeping, loading, members
from segments.models import CustomList, ListMember, ListUpload, Segment
from segments.parse import TreeError
from tests import factories
from tests.people.facts import take_in
from tests.segments.lists import NOW, make, newest, owner, people_in, person, run
from tests.stack import lock_waiters, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def uploaded(tmp_path: Path, settings) -> None:
    settings.MEDIA_ROOT = tmp_path


def beside(work, *args: object) -> threading.Thread:
    """Run it in a thread with a connection of its own."""

    def begin() -> None:
        try:
            work(*args)
        finally:
            connection.close()

    thread = threading.Thread(target=begin)
    thread.start()
    return thread


def wait_for_a_waiter() -> None:
    wait_until(lambda: lock_waiters() > 0, "somebody waits for the members of lists")


def test_person_merged_while_the_file_comes_in_is_in_as_who_they_are_now():
    person("ann"), person(None, anonymous="a-1")
    upload = newest(make("Anonymous id\na-1\n"))

    with transaction.atomic():
        take_in(Identify(user_id="ann", anonymous_id="a-1"))
        loader = beside(run, upload)
        wait_for_a_waiter()
    loader.join()

    assert people_in(owner(upload)) == {"ann"}


def test_merge_waits_for_the_chunk_that_names_its_person():
    person("ann"), person(None, anonymous="a-1")
    upload = newest(make("Anonymous id\na-1\n"))

    with transaction.atomic():
        members.hold()
        merger = beside(take_in, Identify(user_id="ann", anonymous_id="a-1"))
        wait_for_a_waiter()
        run(upload)
    merger.join()

    assert people_in(owner(upload)) == {"ann"}
    assert list(ListMember.objects.values_list("profile_id", flat=True)) == [Profile.objects.get().pk]


def test_two_workers_with_the_same_chunk_bring_it_in_once():
    for number in range(30):
        person(f"u{number}")
    upload = newest(make("Identity\n" + "".join(f"u{number}\n" for number in range(30))))
    ListUpload.objects.update(state="running")
    upload.refresh_from_db()

    workers = [beside(loading.advance, upload, NOW, 10) for _ in range(4)]
    for worker in workers:
        worker.join()

    upload.refresh_from_db()
    assert (upload.people, upload.matched, upload.duplicates) == (10, 10, 0)


def test_list_waits_for_the_segment_that_is_being_saved_and_then_stays():
    custom_list = make("Identity\nann\n")
    ended: list[object] = []

    with transaction.atomic():
        keeping.make_segment(custom_list, by=factories.user(), now=NOW)
        deleting = beside(tried, ended, keeping.delete, custom_list.pk)
        wait_for_a_waiter()
    deleting.join()

    assert [type(each) for each in ended] == [InUse]
    assert CustomList.objects.filter(pk=custom_list.pk).exists()


def test_segment_of_a_list_that_was_just_deleted_is_refused():
    custom_list = make("Identity\nann\n")
    ended: list[object] = []

    with transaction.atomic():
        keeping.delete(custom_list.pk, by=factories.user(), now=NOW)
        making = beside(tried, ended, keeping.make_segment, custom_list)
        wait_for_a_waiter()
    making.join()

    assert [type(each) for each in ended] == [TreeError]
    assert Segment.objects.count() == 0


def test_two_presses_at_once_make_two_segments():
    custom_list = make("Identity\nann\n")
    ended: list[object] = []

    with transaction.atomic():
        keeping.make_segment(custom_list, by=factories.user(), now=NOW)
        making = beside(tried, ended, keeping.make_segment, custom_list)
        wait_for_a_waiter()
    making.join()

    assert sorted(each.name for each in Segment.objects.all()) == ["Guests", "Guests (copy)"]


def tried(ended: list[object], work, what: object) -> None:
    try:
        ended.append(work(what, by=factories.user(), now=NOW))
    except (InUse, TreeError) as error:
        ended.append(error)
