"""Promises of the catalogue pages: names with types, counts and values; describing, hiding and discarding them."""

import pytest
from django.test import Client

from accounts.models import AuditEntry
from people import frequencies
from people.models import EventName, PropertyName
from tests.people.facts import NOW, ago, did, person, reasons, take_in

pytestmark = pytest.mark.django_db


def test_frequencies_are_counted_from_the_data():
    take_in(*(did(f"u{number % 3}", "Charged", category="coat" if number % 4 else "hat", n=1) for number in range(8)))
    take_in(
        did("u0", "Charged", category=5, at=ago(days=1)),
        person("u0", language="es", plan="x"),
        person("u1", language="es"),
    )

    frequencies.refresh_all(now=NOW)

    event = EventName.objects.get()
    category = PropertyName.objects.get(event=event, name="category")
    assert (event.times, event.people, event.refreshed_at) == (9, 3, NOW)
    assert (category.types, category.frequent) == ({"text": 8, "number": 1}, [["coat", 6], ["hat", 2], [5, 1]])
    assert PropertyName.objects.get(event=None, name="language").frequent == [["es", 2]]
    assert PropertyName.objects.get(event=None, name="plan").types == {"text": 1}


def test_counting_again_forgets_no_type():
    take_in(did("ann", a="text"))
    PropertyName.objects.filter(name="a").update(types={"date": 1})

    frequencies.refresh_all(now=NOW)

    assert PropertyName.objects.get(name="a").types == {"date": 1, "text": 1}


def test_pages_show_names_with_types_and_values(member: Client):
    take_in(did("ann", "Charged", category="coat"), person("ann", plan="gold"))
    frequencies.refresh_all(now=NOW)

    event = member.get(f"/people/names/{EventName.objects.get().pk}").content.decode()

    assert "Charged" in member.get("/people/names").content.decode()
    assert "1 time by 1 person" in event
    assert "coat" in event
    assert "gold" in member.get("/people/names/people").content.decode()
    assert "No event name has" in member.get("/people/names?search=zzz").content.decode()


def test_event_is_described_discarded_and_then_refused(creator: Client):
    take_in(did("ann", "Noise"))
    pk = EventName.objects.get().pk

    creator.post(f"/people/names/{pk}/edit", {"description": "Not wanted", "is_discarded": "on"})

    assert reasons(take_in(did("ann", "Noise"))) == [(0, "discarded_event")]
    assert AuditEntry.objects.get().changes == {"description": ["", "Not wanted"], "is_discarded": [False, True]}


def test_property_is_hidden(creator: Client):
    take_in(did("ann", a=1))
    found = PropertyName.objects.get()

    answer = creator.post(f"/people/names/properties/{found.pk}/edit", {"is_hidden": "on"})

    found.refresh_from_db()
    assert (found.is_hidden, answer.headers["Location"]) == (True, f"/people/names/{found.event_id}")


def test_who_may_only_look_changes_no_name(member: Client):
    take_in(did("ann", a=1))
    urls = [
        f"/people/names/{EventName.objects.get().pk}/edit",
        f"/people/names/properties/{PropertyName.objects.get().pk}/edit",
    ]

    assert [member.post(url, {"is_discarded": "on"}).status_code for url in urls] == [403, 403]
    assert not EventName.objects.get().is_discarded
