"""The settings area: one's own settings, the account's, API keys, the audit trail."""

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts import api_keys, audit, zones
from accounts.models import AccountSettings, ApiKey, AuditEntry, User
from tests.conftest import ClientAs

pytestmark = pytest.mark.django_db


def test_times_are_shown_in_ones_own_zone_else_in_the_accounts(admin: Client) -> None:
    AccountSettings.objects.update_or_create(pk=1, defaults={"zone": "Asia/Tokyo"})
    assert 'data-zone="Asia/Tokyo"' in admin.get("/settings").text

    admin.post("/settings", {"first_name": "Anna", "zone": "America/Sao_Paulo"})

    assert 'data-zone="America/Sao_Paulo"' in admin.get("/settings").text
    assert timezone.get_current_timezone_name() == "UTC"


def test_a_zone_that_is_no_zone_is_refused(admin: Client) -> None:
    answer = admin.post("/settings", {"zone": "../../etc/passwd"})

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["zone"])
    assert User.objects.get().zone == ""


def test_every_offered_zone_is_known_to_the_database_and_to_python() -> None:
    assert set(zones.offered()) <= zones.known()
    assert zones.offered()[0] == "UTC"
    assert "Europe/Berlin" in zones.offered()


def test_a_change_of_the_account_is_saved_and_in_the_trail(admin: Client) -> None:
    words = {"name": "Acme", "zone": "Europe/Lisbon", "event_name_limit": 100, "event_property_limit": 256}

    admin.post("/settings/account", words)

    assert AccountSettings.objects.values_list("name", "zone", "event_name_limit").get() == (
        "Acme", "Europe/Lisbon", 100,
    )  # fmt: skip
    assert AuditEntry.objects.get().changes == {
        "name": ["Belfry", "Acme"],
        "zone": ["UTC", "Europe/Lisbon"],
        "event_name_limit": [512, 100],
    }


def test_a_limit_of_nothing_is_refused(admin: Client) -> None:
    words = {"name": "Acme", "zone": "UTC", "event_name_limit": 0, "event_property_limit": 256}

    answer = admin.post("/settings/account", words)

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["event_name_limit"])


def test_an_api_key_is_shown_once(admin: Client) -> None:
    answer = admin.post("/settings/api-keys", {"name": "Shop", "scopes": ["ingest"]})

    secret = answer.context["secret"]
    assert api_keys.authenticate(secret, "ingest") == ApiKey.objects.get()
    assert answer.headers["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    assert secret in answer.text
    assert secret not in admin.get("/settings/api-keys").text


def test_a_revoked_key_stays_in_the_list(admin: Client) -> None:
    key, secret = api_keys.issue("Shop", ["ingest"], None)

    admin.post(f"/settings/api-keys/{key.pk}/revoke")

    assert api_keys.authenticate(secret, "ingest") is None
    assert "Revoked" in admin.get("/settings/api-keys").text


def test_the_trail_goes_page_by_page_without_gap_or_repeat(admin: Client) -> None:
    account = AccountSettings.current()
    for number in range(audit.PAGE * 2 + 3):
        audit.record(None, "changed", account, reason=str(number))
    everything = list(AuditEntry.objects.order_by("-pk").values_list("pk", flat=True))

    first = admin.get("/settings/audit").context["page"]
    second = admin.get(f"/settings/audit?before={first.older}").context["page"]
    third = admin.get(f"/settings/audit?before={second.older}").context["page"]
    back = admin.get(f"/settings/audit?after={third.newer}").context["page"]

    assert [entry.pk for page in (first, second, third) for entry in page.entries] == everything
    assert [entry.pk for entry in back.entries] == [entry.pk for entry in second.entries]
    assert (first.newer, third.older) == (None, None)


def test_the_trail_is_filtered_by_object_person_and_action(admin: Client) -> None:
    user, account = User.objects.get(), AccountSettings.current()
    audit.record(user, "changed", account)
    audit.record(None, "changed", account)
    audit.record(None, "created", user)

    def shown(query: str) -> list[tuple[str, str]]:
        page = admin.get(f"/settings/audit?{query}").context["page"]
        return [(entry.action, entry.object_type) for entry in page.entries]

    assert shown(f"actor={user.pk}") == [("changed", "account settings")]
    assert shown("action=created") == [("created", "user")]
    assert shown("object_type=account+settings&object_id=1") == [("changed", "account settings")] * 2
    assert shown("object_name=belf") == [("changed", "account settings")] * 2
    assert len(shown("")) == 3


@pytest.mark.parametrize("rows", [1, 3])
def test_the_lists_take_the_same_queries_however_long(
    admin: Client, rows: int, django_assert_num_queries: DjangoAssertNumQueries, client_as: ClientAs
) -> None:
    AccountSettings.current()
    for number in range(rows):
        api_keys.issue(f"Key {number}", ["ingest"], client_as("member").user)  # type: ignore[attr-defined]  # set there

    with django_assert_num_queries(4):
        admin.get("/settings/api-keys")
    with django_assert_num_queries(4):
        admin.get("/settings/users")
    with django_assert_num_queries(7):
        admin.get("/settings/audit")


def test_names_are_escaped_wherever_they_are_shown(admin: Client) -> None:
    nasty = '<img src=x onerror="alert(1)">'
    AccountSettings.objects.update_or_create(pk=1, defaults={"name": nasty})
    User.objects.update(first_name=nasty)
    api_keys.issue(nasty, ["ingest"], User.objects.get())

    pages = [admin.get(f"/settings{page}").text for page in ("", "/users", "/api-keys", "/audit", "/account")]

    assert [page for page in pages if "<img" in page] == []
