"""What a process keeps of the catalogue between batches never lets a name in wrongly, and never leaves one out."""

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from people import catalogue
from people.catalogue import Admission, Kept, Seen
from people.models import EventName, PropertyName

pytestmark = pytest.mark.django_db

BOUGHT: Seen = {"Bought": {("price", "number")}}


@pytest.fixture(autouse=True)
def for_a_minute(settings: Settings) -> None:
    settings.CATALOGUE_SECONDS = 60.0


def admit(seen: Seen, kept: Kept) -> Admission:
    return catalogue.admit(seen, kept.look_up, now=timezone.now())


@pytest.mark.parametrize(("seconds", "refused"), [(60.0, set()), (0.0, {"Bought"})])
def test_an_operators_word_is_heard_when_the_time_is_over(
    settings: Settings, seconds: float, refused: set[str]
) -> None:
    settings.CATALOGUE_SECONDS = seconds
    kept = Kept()
    admit(BOUGHT, kept)
    admit(BOUGHT, kept)  # now it is read and kept
    EventName.objects.update(is_discarded=True)

    assert admit(BOUGHT, kept).refused_events.keys() == refused


def test_what_is_new_of_a_name_that_is_kept_is_added() -> None:
    kept = Kept()
    first = admit(BOUGHT, kept)

    again = admit({"Bought": {("price", "text"), ("size", "number")}}, kept)

    assert (again.ids, again.is_whole) == (first.ids, True)
    assert dict(PropertyName.objects.values_list("name", "types")) == {
        "price": {"number": 1, "text": 1},
        "size": {"number": 1},
    }


def test_what_another_process_added_is_found_and_kept() -> None:
    kept = Kept()
    admit(BOUGHT, kept)
    theirs = admit({"Sold": {("price", "number")}}, Kept())

    mine = admit({**BOUGHT, "Sold": {("price", "number")}}, kept)

    assert mine.ids["Sold"] == theirs.ids["Sold"]
    assert kept.known.keys() >= {"Bought", "Sold"}


def test_names_of_a_batch_that_was_rolled_back_are_added_by_the_next() -> None:
    kept = Kept()
    with transaction.atomic():
        lost = admit(BOUGHT, kept)
        transaction.set_rollback(True)

    found = admit(BOUGHT, kept)

    assert lost.ids.keys() == {"Bought"}
    assert found.ids == dict(EventName.objects.values_list("name", "pk"))
    assert PropertyName.objects.get().name == "price"
