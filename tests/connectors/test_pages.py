"""The pages of connections: what they show, who may change what, credentials that are never shown."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry
from campaigns.models import Campaign
from connectors import registry, segment
from connectors.models import Call, Connection, Scope
from connectors.secrets import open_sealed
from tests.conftest import ClientAs
from tests.connectors.factories import WRITE_KEY, connection

pytestmark = pytest.mark.django_db

SEGMENT = {
    "name": "Production",
    "write_key": WRITE_KEY,
    "region": segment.EU,
    "url": "",
    "compress": "on",
    "rate_per_second": "",
}


def settings_of(made: Connection) -> dict[str, Any]:
    """What the form of a connection shows, typed in again."""
    return {
        "name": made.name,
        "region": segment.US,
        "url": "",
        "compress": "on",
        "rate_per_second": "",
        "write_key": "",
    }


def test_an_empty_list_says_what_a_connection_is_for(admin: Client) -> None:
    page = admin.get("/connections/").text

    assert "No connections yet" in page
    words = page.partition("No connections yet")[2].casefold()
    assert [kind.label for kind in registry.DESTINATIONS.values() if kind.label.casefold() not in words] == []
    assert "Set one up first and send a test; a file needs nothing but a name." in page


def test_who_may_not_set_one_up_is_told_whom_to_ask(member: Client) -> None:
    page = member.get("/connections/").text

    assert "Ask an admin to set one up; then a campaign can choose it." in page
    assert "connections/new" not in page


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_however_many_there_are(
    admin: Client, django_assert_num_queries: Any, count: int
) -> None:
    for number in range(count):
        connection(name=f"Connection {number}")
    admin.get("/connections/")

    with django_assert_num_queries(LIST_QUERIES):
        page = admin.get("/connections/").text

    assert page.count("data-row") == count


LIST_QUERIES = 4  # session, user, account, connections


def test_the_list_says_how_each_one_fares(admin: Client) -> None:
    now = timezone.now()
    connection(name="New")
    connection(name="Well", last_success_at=now)
    connection(name="Off", state="paused", paused_reason="The write key was refused.")
    connection(name="Down", failures=6, last_error="Segment answered 503", not_before=now + timedelta(minutes=1))
    asked = Scope.objects.create(key="asked", not_before=now + timedelta(minutes=1))
    connection(name="Slow", scope=asked, last_success_at=now)
    connection(name="Hoarse", failures=2, last_error="Segment answered 500", not_before=now + timedelta(minutes=1))
    connection(name="Odd", last_failure_at=now, last_error="Segment answered 422")

    rows = admin.get("/connections/").context["rows"]

    assert {row.connection.name: (row.status.word, row.status.words) for row in rows} == {
        "New": ("Not tested yet", "Nothing was sent over it so far."),
        "Well": ("Healthy", "The last message was accepted."),
        "Off": ("Paused", "The write key was refused."),
        "Down": ("Failing", "Segment answered 503"),
        "Slow": ("Waiting", "The provider asked to wait."),
        "Hoarse": ("Waiting", "Segment answered 500"),
        "Odd": ("Failed last time", "Segment answered 422"),
    }


def test_a_connection_is_set_up_with_its_key_sealed(admin: Client) -> None:
    assert "Segment" in admin.get("/connections/new").text
    assert "Write key" in admin.get("/connections/new/segment").text

    answer = admin.post("/connections/new/segment", SEGMENT)

    made = Connection.objects.get()
    assert answer.headers["Location"] == f"/connections/{made.pk}"
    assert (made.name, made.kind, made.config, made.rate_per_second) == (
        "Production", "segment", {"url": segment.EU, "compress": True}, None,
    )  # fmt: skip
    assert open_sealed(made.secrets) == {"write_key": WRITE_KEY}
    assert AuditEntry.objects.values_list("action", "object_name").get() == ("created", "Production")


def test_an_unknown_kind_cannot_be_set_up(admin: Client) -> None:
    assert admin.get("/connections/new/pigeon").status_code == 404


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"name": ""}, "name"),
        ({"name": "pROduction"}, "name"),
        ({"write_key": ""}, "write_key"),
        ({"rate_per_second": "0"}, "rate_per_second"),
        ({"rate_per_second": "-1"}, "rate_per_second"),
        ({"region": "mars"}, "region"),
        ({"region": "other", "url": ""}, "url"),
        ({"region": "other", "url": "http://collector.example.com/v1"}, "url"),
        ({"region": "other", "url": "https://169.254.169.254/v1"}, "url"),
        ({"region": "other", "url": "https://2130706433/v1"}, "url"),
        ({"region": "other", "url": "javascript:alert(1)"}, "url"),
    ],
)
def test_bad_settings_are_refused_in_place(admin: Client, settings: Any, changes: dict[str, str], wrong: str) -> None:
    settings.ALLOW_PRIVATE_ADDRESSES = False
    connection(name="Production")

    answer = admin.post("/connections/new/segment", SEGMENT | {"name": "Second"} | changes)

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [wrong])
    assert WRITE_KEY not in answer.text
    assert Connection.objects.count() == 1


def test_the_key_is_never_shown_again(admin: Client) -> None:
    made = connection()

    page = admin.get(f"/connections/{made.pk}").text

    assert "It is set and never shown again." in page
    for text in (WRITE_KEY, "s3cret", made.secrets):
        assert text not in page


def test_an_empty_key_keeps_the_old_one_and_a_typed_one_replaces_it(admin: Client) -> None:
    made = connection(config={"url": segment.US, "compress": True})

    admin.post(f"/connections/{made.pk}", settings_of(made) | {"rate_per_second": "50"})
    made.refresh_from_db()
    assert (open_sealed(made.secrets), made.rate_per_second) == ({"write_key": WRITE_KEY}, 50)

    admin.post(f"/connections/{made.pk}", settings_of(made) | {"write_key": "another key"})
    made.refresh_from_db()
    assert (open_sealed(made.secrets), made.rate_per_second) == ({"write_key": "another key"}, None)


def test_a_key_whose_encryption_key_is_lost_can_be_replaced(admin: Client, settings: Any) -> None:
    made = connection(config={"url": segment.US, "compress": True})
    settings.SECRETS_KEYS = ["a new key"]

    admin.post(f"/connections/{made.pk}", settings_of(made) | {"write_key": "typed again"})

    made.refresh_from_db()
    assert open_sealed(made.secrets) == {"write_key": "typed again"}


def test_the_key_is_not_sent_to_a_new_address_unless_typed_again(admin: Client) -> None:
    made = connection(config={"url": segment.US, "compress": True})
    elsewhere = settings_of(made) | {"region": "other", "url": "https://evil.example.com/v1"}

    refused = admin.post(f"/connections/{made.pk}", elsewhere)

    made.refresh_from_db()
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["write_key"])
    assert made.config["url"] == segment.US
    admin.post(f"/connections/{made.pk}", elsewhere | {"write_key": WRITE_KEY})
    made.refresh_from_db()
    assert made.config["url"] == "https://evil.example.com/v1"


def test_a_change_is_in_the_trail_without_the_key(admin: Client) -> None:
    made = connection(config={"url": segment.US, "compress": True}, name="Old")

    admin.post(f"/connections/{made.pk}", settings_of(made) | {"name": "New", "write_key": "another key"})

    assert AuditEntry.objects.get().changes == {"name": ["Old", "New"], "secrets": ["•••", "•••"]}


def test_saving_without_a_change_leaves_no_entry(admin: Client) -> None:
    made = connection(config={"url": segment.US, "compress": True})

    admin.post(f"/connections/{made.pk}", settings_of(made))

    assert AuditEntry.objects.count() == 0


def test_the_last_calls_open_with_request_and_answer_escaped(admin: Client) -> None:
    made = connection()
    kept = Call.objects.create(
        connection=made, messages=2, status="400", milliseconds=12, request="POST /v1", answer="<b>bad</b>"
    )

    assert "400" in admin.get(f"/connections/{made.pk}").text
    assert "400" in admin.get(f"/connections/{made.pk}/calls").text
    opened = admin.get(f"/connections/{made.pk}/calls/{kept.pk}").text
    assert "POST /v1" in opened
    assert "&lt;b&gt;bad&lt;/b&gt;" in opened
    assert admin.get(f"/connections/{connection().pk}/calls/{kept.pk}").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_however_many_calls_there_were(
    admin: Client, django_assert_num_queries: Any, count: int
) -> None:
    made = connection()
    for _ in range(count):
        Call.objects.create(connection=made, messages=1, status="200", milliseconds=1)
    admin.get(f"/connections/{made.pk}")

    with django_assert_num_queries(PAGE_QUERIES):
        admin.get(f"/connections/{made.pk}")


PAGE_QUERIES = 9  # session, user, account, connection, calls, who is told, the way for mails, notices, who shares


def test_it_is_paused_with_a_reason_and_resumed(admin: Client) -> None:
    made = connection()

    admin.post(f"/connections/{made.pk}/pause", {"reason": "Moving to a new workspace"})
    made.refresh_from_db()
    assert (made.state, made.paused_reason) == ("paused", "Moving to a new workspace")
    assert "Moving to a new workspace" in admin.get(f"/connections/{made.pk}").text

    admin.post(f"/connections/{made.pk}/resume")
    made.refresh_from_db()
    assert made.state == "active"
    assert list(AuditEntry.objects.values_list("action", "reason")) == [
        ("resumed", ""),
        ("paused", "Moving to a new workspace"),
    ]


@pytest.mark.parametrize(
    ("back", "leads_to"),
    [
        ("/campaigns/7/", "/campaigns/7/"),
        ("", ""),
        ("https://evil.example/", ""),
        ("//evil.example/", ""),
        ("javascript:alert(1)", ""),
        ("nowhere", ""),
    ],
)
def test_resuming_leads_back_to_the_page_of_ours_that_asked_for_it(admin: Client, back: str, leads_to: str) -> None:
    made = connection(state="paused")

    answer = admin.post(f"/connections/{made.pk}/resume", {"back": back})

    assert answer.headers["Location"] == (leads_to or f"/connections/{made.pk}")


def test_it_is_deleted_with_its_calls(admin: Client) -> None:
    made = connection(name="Old")
    Call.objects.create(connection=made, messages=1, status="200", milliseconds=1)

    answer = admin.post(f"/connections/{made.pk}/delete")

    assert answer.headers["Location"] == "/connections/"
    assert (Connection.objects.count(), Call.objects.count()) == (0, 0)
    assert AuditEntry.objects.values_list("action", "object_name").get() == ("deleted", "Old")


def test_one_in_use_is_not_deleted_and_its_users_are_named(admin: Client) -> None:
    made = connection()
    Campaign.objects.create(name="Autumn <offer>", owner=admin.user, connection=made, control_salt=SALT)  # type: ignore[attr-defined]  # see conftest

    answer = admin.post(f"/connections/{made.pk}/delete")

    assert answer.status_code == 409
    assert "Autumn &lt;offer&gt;" in answer.text
    assert [(use.kind, use.name) for use in answer.context["page"].uses] == [("Campaign", "Autumn <offer>")]
    assert Connection.objects.get() == made
    assert AuditEntry.objects.count() == 0


SALT = "00000000-0000-0000-0000-000000000001"


def test_a_kind_this_installation_does_not_know_can_still_be_looked_at_and_deleted(admin: Client) -> None:
    made = connection("pigeon")

    assert "Unknown kind" in admin.get("/connections/").text
    assert "Unknown kind" in admin.get(f"/connections/{made.pk}").text
    assert "There is no connector “pigeon” here." in admin.post(f"/connections/{made.pk}/test").text
    assert admin.post(f"/connections/{made.pk}/delete").status_code == 302


@pytest.mark.parametrize("role", ["approver", "creator", "member"])
def test_others_look_and_change_nothing(client_as: ClientAs, role: str) -> None:
    made = connection()
    kept = Call.objects.create(connection=made, messages=1, status="200", milliseconds=1)
    visitor = client_as(role)
    pages = ["", f"{made.pk}", f"{made.pk}/calls", f"{made.pk}/calls/{kept.pk}"]
    closed = ["new", "new/segment"]
    changing = [
        f"{made.pk}",
        f"{made.pk}/test",
        f"{made.pk}/pause",
        f"{made.pk}/resume",
        f"{made.pk}/delete",
        "new/file",
    ]

    assert [visitor.get(f"/connections/{page}").status_code for page in pages] == [200] * 4
    assert [visitor.get(f"/connections/{page}").status_code for page in closed] == [403] * 2
    assert [visitor.post(f"/connections/{page}").status_code for page in changing] == [403] * 6
    page = visitor.get(f"/connections/{made.pk}").text
    for words in ("Write key", "Save the settings", "Send a test", "Delete the connection", "Pause the connection"):
        assert words not in page


def test_strangers_are_sent_to_the_login(client: Client) -> None:
    made = connection()

    for page in ("", "new", f"{made.pk}", f"{made.pk}/calls"):
        assert client.get(f"/connections/{page}").headers["Location"].startswith("/login")


def test_changes_need_a_post(admin: Client) -> None:
    made = connection()

    for page in ("test", "pause", "resume", "delete"):
        assert admin.get(f"/connections/{made.pk}/{page}").status_code == 405


def test_changes_need_a_csrf_token(client_as: ClientAs) -> None:
    made = connection()
    visitor = client_as("admin")
    visitor.handler.enforce_csrf_checks = True

    for page in ("", "/test", "/pause", "/resume", "/delete"):
        assert visitor.post(f"/connections/{made.pk}{page}").status_code == 403


def test_operators_look_at_connections_without_credentials(admin: Client) -> None:
    made = connection()

    listed = admin.get("/admin/connectors/connection/")
    opened = admin.get(f"/admin/connectors/connection/{made.pk}/change/")

    assert (listed.status_code, opened.status_code) == (200, 200)
    assert made.secrets not in opened.text
    assert admin.post(f"/admin/connectors/connection/{made.pk}/change/", {"name": "x"}).status_code == 403
    assert admin.get("/admin/connectors/call/").status_code == 200


def test_operators_pause_through_the_same_function(admin: Client) -> None:
    made = connection()

    admin.post("/admin/connectors/connection/", {"action": "pause", "_selected_action": [made.pk]})

    made.refresh_from_db()
    assert made.state == "paused"
    assert AuditEntry.objects.get().action == "paused"
