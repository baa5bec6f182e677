"""Who may open which address: every URL of the product × every role, and nobody."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts import api_keys
from accounts.models import AuditEntry, Role
from accounts.permissions import GRANTED, Permission
from tests.conftest import ClientAs

pytestmark = pytest.mark.django_db

OPEN = {"login", "logout", "health", "openapi", "api-nothing"}
BY_KEY = {
    "api-upload", "api-segment", "api-segment-settings", "in-segment", "in-segment-signed", "in-mparticle",
    "in-eventbridge",
}  # fmt: skip
BY_LINK = {"unsubscribe", "open", "click", "mail-events"}  # signed, in a message; the last with a secret
SIGNED_IN = {"settings", "password"}
NEEDS = {
    Permission.VIEW_PEOPLE: {
        "home", "workers-light",
        "people", "person", "person-timeline", "catalogue", "catalogue-people", "catalogue-event",
        "segments", "segment", "segment-people", "segment-builder", "segment-cities", "segment-reach", "segment-count",
        "segment-count-now", "segment-breakdown",
        "segment-checks", "segment-examples", "segment-why",
        "lists", "list", "list-progress", "list-people",
        "live-segment-builder", "live-segment-try",
        "campaigns", "campaign", "campaign-people", "campaign-happened", "campaign-sent", "campaign-reach",
        "campaign-figures", "campaign-tokens", "campaign-lacking", "person-why", "campaign-preview",
        "campaign-preview-people", "campaign-preview-mail",
        "connections", "connection", "connection-calls", "connection-call", "connection-queue",
    },
    Permission.EDIT_PEOPLE: {
        "catalogue-event-edit", "catalogue-property-edit", "imports", "import-new", "import", "import-progress",
        "import-mapping", "import-mapping-note", "import-people", "import-stop", "import-resume",
        "import-choose-again", "import-problems",
        "ways-in", "way-in", "person-allow-again",
    },
    Permission.EXPORT: {"segment-export", "list-unmatched", "run-file"},
    Permission.EDIT_SEGMENTS: {
        "segment-new", "segment-edit", "segment-unsaved-keep", "segment-unsaved-drop", "segment-unsaved-undo",
        "segment-clone", "segment-delete", "campaign-save-segment", "live-segment-new", "live-segment-edit",
        "list-new", "list-upload", "list-rename", "list-segment", "list-delete", "list-stop", "list-resume",
    },
    Permission.EDIT_CAMPAIGNS: {
        "campaign-test", "campaign-testers", "campaign-test-find", "campaign-test-answers", "campaign-test-again",
        "campaign-new", "campaign-edit", "campaign-copies", "campaign-review", "campaign-clone", "campaign-archive",
        "campaign-restore",
    },
    Permission.PUBLISH: {
        "campaigns-bulk", "campaign-publish", "campaign-pause", "campaign-resume", "campaign-stop", "run-retry",
        "run-send-missed", "campaign-lost",
    },
    Permission.MANAGE_CONNECTIONS: {
        "connection-new", "connection-new-kind", "connection-test", "connection-pause", "connection-resume",
        "connection-delete",
    },
    Permission.MANAGE_ACCOUNT: {
        "account", "users", "user-new", "user-edit", "user-password", "user-deactivate", "user-reactivate",
        "api-keys", "api-key-revoke", "audit", "signing-secret",
    },
}  # fmt: skip
ARGUMENTS = {
    "pk": 2_000_000_000,
    "call": 1,
    "person": 1,
    "place": 1,
    "step": "who",
    "kind": "file",
    "key": "none",
    "address": "batch",
    "slug": "x",
    "service": "postmark",
    "token": "bm90LW91cnM",
    "unsaved_key": "00000000-0000-4000-8000-000000000000",
    "rest": "nothing",
}


def patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    """Ours: the operators' pages have a namespace, and a test of their own."""
    for each in resolver.url_patterns:
        if isinstance(each, URLPattern) and each.name:
            yield each
        elif isinstance(each, URLResolver) and each.namespace is None:
            yield from patterns(each)


def addresses() -> dict[str, str]:
    """Name → an address that leads to nothing that exists."""
    found = {}
    for pattern in patterns(get_resolver()):
        arguments = {name: ARGUMENTS[name] for name in pattern.pattern.regex.groupindex}
        found[str(pattern.name)] = reverse(str(pattern.name), kwargs=arguments)
    return found


def statuses(client: Client, address: str) -> set[int]:
    return {client.get(address).status_code, client.post(address).status_code}


def test_every_address_is_in_this_table_once() -> None:
    listed = [name for names in (OPEN, BY_KEY, BY_LINK, SIGNED_IN, *NEEDS.values()) for name in names]

    assert sorted(listed) == sorted(addresses())


@pytest.mark.parametrize("role", Role.values)
def test_a_role_opens_what_it_may_and_nothing_else(role: str, client_as: ClientAs) -> None:
    client, known = client_as(role), addresses()
    answers = {
        (name, permission): statuses(client, known[name])
        for permission, names in NEEDS.items()
        for name in names
        if name in known
    }

    wrongly_open = [
        name for (name, needs), found in answers.items() if needs not in GRANTED[role] and found - {403, 405}
    ]
    wrongly_shut = [name for (name, needs), found in answers.items() if needs in GRANTED[role] and 403 in found]

    assert (wrongly_open, wrongly_shut) == ([], [])


def test_who_is_not_signed_in_is_sent_to_sign_in(client: Client) -> None:
    for name, address in addresses().items():
        if name in OPEN | BY_KEY | BY_LINK:
            continue
        for answer in (client.get(address), client.post(address)):
            sent_away = answer.status_code == 302 and answer.headers["Location"].startswith("/login?next=")
            assert sent_away or answer.status_code == 405, name


def test_the_ingest_api_wants_a_key(client: Client) -> None:
    known = addresses()

    for name in BY_KEY - {"api-segment-settings"}:
        answer = client.post(known[name], data=b'{"batch": []}', content_type="application/json")
        assert answer.status_code == 401, name


def test_a_link_that_nobody_signed_leads_nowhere(client: Client) -> None:
    known = addresses()

    assert {name: statuses(client, known[name]) - {405} for name in BY_LINK} == {name: {404} for name in BY_LINK}


def test_no_state_changes_without_the_token_of_the_page(client_as: ClientAs) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client_as(Role.ADMIN).cookies
    open_ones = BY_KEY | BY_LINK | {"health", "api-nothing"}
    changing = [address for name, address in addresses().items() if name not in open_ones]

    assert {strict.post(address).status_code for address in changing} <= {403, 405}


@pytest.mark.parametrize("role", Role.values)
def test_the_operators_pages_are_for_admins(role: str, client_as: ClientAs) -> None:
    answer = client_as(role).get("/admin/")

    assert answer.status_code == (200 if role == Role.ADMIN else 302)


def test_an_address_of_nothing_is_404_for_who_is_signed_in(admin: Client) -> None:
    assert admin.get("/nothing/here").status_code == 404


def test_the_operators_pages_offer_no_second_way_to_a_password_and_no_function_to_run(admin: Client) -> None:
    assert admin.get("/admin/password_change/").headers["Location"] == "/settings/password"
    assert admin.get("/admin/django_q/schedule/add/").status_code == 404
    assert admin.get("/admin/accounts/user/add/").status_code == 403


def test_an_operator_revokes_a_key_by_the_page_s_own_function(admin: Client) -> None:
    key, secret = api_keys.issue("Shop", ["ingest"], None)

    admin.post("/admin/accounts/apikey/", {"action": "revoke", "_selected_action": [key.pk]})

    assert api_keys.authenticate(secret, "ingest") is None
    assert AuditEntry.objects.filter(action="revoked").count() == 1
