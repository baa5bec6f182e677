"""Nobody deletes what somebody else is just making a rule of: two connections at once."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from campaigns import editor, saving
from campaigns.saving import Edit, NotEditable
from segments import keeping
from segments.keeping import InUse
from segments.models import Segment
from segments.parse import TreeError
from tests import factories
from tests.segments.making import NOW, rule, segment
from tests.stack import lock_waiters, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def within(each: Segment) -> dict[str, Any]:
    return rule({"segment": each.pk, "is": "in"})


def beside(work: Callable[[], object], ended: list[str]) -> threading.Thread:
    """In a thread with a connection of its own; until it waits for the lock of those who save and delete."""

    def begin() -> None:
        try:
            work()
            ended.append("done")
        except (InUse, TreeError, NotEditable) as error:
            ended.append(type(error).__name__)
        finally:
            connection.close()

    thread = threading.Thread(target=begin)
    thread.start()
    wait_for_a_waiter()
    return thread


def wait_for_a_waiter() -> None:
    wait_until(lambda: lock_waiters() > 0, "somebody waits for the lock")


def save_campaign(pk: int, tree: dict[str, Any]) -> Callable[[], object]:
    alice, known = factories.user(), saving.basis(editor.load(pk), "who")
    return lambda: saving.save(pk, Edit("who", campaign={"tree": tree}), known, by=alice, now=NOW)


def test_a_segment_stays_that_another_one_begins_to_refer_to() -> None:
    hats, alice, ended = segment("Hats"), factories.user(), list[str]()

    with transaction.atomic():
        keeping.create(Segment(name="Coats", tree=within(hats)), by=alice, now=NOW)
        deleting = beside(lambda: keeping.delete(hats, by=alice), ended)
    deleting.join()

    assert ended == ["InUse"]


def test_a_segment_that_was_just_deleted_is_not_referred_to() -> None:
    hats, coats, alice, ended = segment("Hats"), segment("Coats"), factories.user(), list[str]()
    coats.tree = within(hats)

    with transaction.atomic():
        keeping.delete(Segment.objects.get(pk=hats.pk), by=alice)
        changing = beside(lambda: keeping.change(coats, version=1, by=alice, now=NOW), ended)
    changing.join()

    assert ended == ["TreeError"]


def test_a_segment_stays_that_a_campaign_begins_to_refer_to() -> None:
    hats, alice, ended = segment("Hats"), factories.user(), list[str]()
    save = save_campaign(factories.campaign(state="draft").pk, within(hats))

    with transaction.atomic():
        save()
        deleting = beside(lambda: keeping.delete(hats, by=alice), ended)
    deleting.join()

    assert ended == ["InUse"]


def test_a_campaign_does_not_refer_to_a_segment_that_was_just_deleted() -> None:
    hats, alice, ended = segment("Hats"), factories.user(), list[str]()
    save = save_campaign(factories.campaign(state="draft").pk, within(hats))

    with transaction.atomic():
        keeping.delete(hats, by=alice)
        saved = beside(save, ended)
    saved.join()

    assert ended == ["NotEditable"]


def test_two_presses_at_once_make_two_copies() -> None:
    hats, alice, ended = segment("Hats"), factories.user(), list[str]()

    with transaction.atomic():
        keeping.clone(hats, by=alice, now=NOW)
        cloning = beside(lambda: keeping.clone(hats, by=alice, now=NOW), ended)
    cloning.join()

    assert ended == ["done"]
    assert [each.name for each in Segment.objects.order_by("pk")] == ["Hats", "Hats (copy)", "Hats (copy 2)"]


def test_a_name_that_another_got_meanwhile_is_refused_in_words() -> None:
    segment("Hats")

    with pytest.raises(keeping.NameTaken, match="Another segment has this name"):
        keeping.create(Segment(name="Hats", tree=rule()), by=factories.user(), now=NOW)


def test_a_copy_may_refer_to_what_its_original_refers_to() -> None:
    gone = segment("Gone")
    coats = segment("Coats", {"segment": gone.pk, "is": "in"})
    gone.delete()

    assert keeping.clone(coats, by=factories.user(), now=NOW).tree == coats.tree
