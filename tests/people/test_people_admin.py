"""Promises of the operators' pages: every list opens, events cannot be changed, nothing big is counted."""

import pytest
from django.contrib import admin as django_admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from people.models import Event, Profile
from tests.people.facts import did, person, take_in

pytestmark = pytest.mark.django_db
MODELS = sorted(
    model._meta.model_name or "" for model in django_admin.site._registry if model._meta.app_label == "people"
)


def test_every_model_has_its_page():
    assert MODELS == [
        "arrival", "device", "event", "eventname", "identifier", "import", "importrefusal", "profile", "profileevent",
        "propertyname", "refusal", "seenmessage", "subscription", "wayhour",
    ]  # fmt: skip


INLINES = ("identifiers", "devices", "subscriptions")


@pytest.mark.parametrize("model", MODELS)
def test_list_opens_with_and_without_rows(admin: Client, model: str):
    empty = admin.get(f"/admin/people/{model}/")
    take_in(did("ann", "Charged", id="m1", Amount=1), person("ann", anonymous="a1"))

    assert [empty.status_code, admin.get(f"/admin/people/{model}/").status_code] == [200, 200]


@pytest.mark.parametrize("model", ["event", "profile", "profileevent", "seenmessage"])
def test_big_tables_are_not_counted(admin: Client, model: str):
    take_in(did("ann", "Charged", id="m1"))

    with CaptureQueriesContext(connection) as queries:
        admin.get(f"/admin/people/{model}/")

    assert [query["sql"] for query in queries if "COUNT(" in query["sql"] and f"people_{model}" in query["sql"]] == []


def test_person_opens_and_is_found(admin: Client):
    take_in(person("ann", anonymous="a1", name="Ann Lee"))

    assert admin.get(f"/admin/people/profile/{Profile.objects.get().pk}/change/").status_code == 200
    assert "Ann Lee" in admin.get("/admin/people/profile/?q=ann").content.decode()


def test_events_are_read_only(admin: Client):
    take_in(did("ann"))

    assert admin.get("/admin/people/event/add/").status_code == 403
    assert admin.post(f"/admin/people/event/{Event.objects.get().pk}/delete/", {"post": "yes"}).status_code == 403
    assert Event.objects.count() == 1


@pytest.mark.parametrize(("zone", "kept"), [("Asia/Tokyo", "Asia/Tokyo"), ("", None), ("Mars/Base", "Europe/Berlin")])
def test_only_a_zone_that_is_one_is_kept(admin: Client, zone: str, kept: str | None):
    take_in(person("ann", zone="Europe/Berlin"))
    formsets = {f"{name}-{field}": "0" for name in INLINES for field in ("TOTAL_FORMS", "INITIAL_FORMS")}

    admin.post(
        f"/admin/people/profile/{Profile.objects.get().pk}/change/",
        {"identity": "ann", "zone": zone, "properties": "{}", **formsets},
    )

    assert Profile.objects.get().zone == kept
