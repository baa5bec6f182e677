"""The settings of a webhook: credentials by the way that is chosen, signing secrets that change without a gap."""

import base64
import html
from typing import Any

import pytest
from django.test import Client

from connectors.forms.webhook import is_key, made_up_secret
from connectors.models import Connection
from connectors.secrets import open_sealed
from connectors.webhook import public_key

pytestmark = pytest.mark.django_db

NEW, OTHER = made_up_secret(), made_up_secret()
WEBHOOK = {
    "name": "Hooks",
    "url": "https://hooks.example.com/belfry",
    "auth": "none",
    "signing_secret": NEW,
    "batch_size": "1",
    "rate_per_second": "",
}
BASIC = {"auth": "basic", "user": "us", "password": "pässw0rd"}
BEARER = {"auth": "bearer", "bearer_token": "t0ken"}
TOKENS = "https://tokens.example.com/"
OAUTH = {"auth": "oauth", "token_url": TOKENS, "client_id": "us", "client_secret": "s3cret"}


def made(admin: Client, **changes: str) -> Connection:
    answer = admin.post("/connections/new/webhook", WEBHOOK | changes)
    assert answer.status_code == 302, answer.text
    return Connection.objects.get()


def held(connection: Connection) -> dict[str, str]:
    connection.refresh_from_db()
    return open_sealed(connection.secrets)


def change(admin: Client, connection: Connection, **changes: str) -> Any:
    return admin.post(f"/connections/{connection.pk}", WEBHOOK | {"signing_secret": ""} | changes)


def test_a_webhook_is_set_up_with_a_secret_made_up_for_it(admin: Client) -> None:
    page = admin.get("/connections/new/webhook").text

    assert "whsec_" in page
    assert held(made(admin)) == {"signing_secret": NEW}


def test_every_secret_made_up_is_one_and_no_two_are_alike() -> None:
    assert is_key(NEW)
    assert NEW != OTHER


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"url": "http://hooks.example.com/"}, "Only https:// addresses are called"),
        ({"url": "https://169.254.169.254/"}, "This address is not public."),
        ({"url": "https://hooks.example.com/?a=b"}, "Leave out the ?"),
        ({"url": "https://hooks.example.com/#a"}, "Leave out the #"),
        ({"auth": "bearer", "bearer_token": "to\nken"}, "Line breaks and the like"),
        ({"auth": "basic", "user": "us", "password": "pass\x7fword"}, "Line breaks and the like"),
        ({"signing_secret": "whsec_c2hvcnQ="}, "A signing secret is whsec_"),
        ({"signing_secret": "no base64!"}, "A signing secret is whsec_"),
        ({"auth": "basic", "user": "us"}, "This is needed to be known that way."),
        ({"auth": "bearer"}, "This is needed to be known that way."),
        ({"auth": "oauth", "token_url": "https://a.example.com/"}, "This is needed to be known that way."),
        ({"auth": "oauth", "token_url": "https://10.0.0.1/"}, "This address is not public."),
        ({"batch_size": "0"}, "greater than or equal to 1"),
        ({"batch_size": "501"}, "less than or equal to 500"),
    ],
)
def test_what_cannot_work_is_refused_in_place(
    admin: Client, settings: Any, changes: dict[str, str], words: str
) -> None:
    settings.ALLOW_PRIVATE_ADDRESSES = False

    answer = admin.post("/connections/new/webhook", WEBHOOK | changes)

    assert (answer.status_code, Connection.objects.count()) == (422, 0)
    assert words in answer.text


def test_a_new_signing_secret_signs_beside_the_one_before_until_that_is_dropped(admin: Client) -> None:
    connection = made(admin)

    change(admin, connection, signing_secret=OTHER)
    both = held(connection)
    change(admin, connection)
    change(admin, connection, drop_previous="on")

    assert both == {"signing_secret": OTHER, "previous_signing_secret": NEW}
    assert held(connection) == {"signing_secret": OTHER}


def test_secrets_left_empty_stay_and_are_never_shown(admin: Client) -> None:
    connection = made(admin, **BASIC)

    answer = change(admin, connection, name="Renamed", auth="basic", user="us")

    assert answer.status_code == 302
    assert held(connection) == {"password": "pässw0rd", "signing_secret": NEW}
    page = admin.get(f"/connections/{connection.pk}").text
    assert "pässw0rd" not in page
    assert NEW not in page


@pytest.mark.parametrize(
    ("auth", "moved"),
    [
        (BASIC, {"url": "https://elsewhere.example.com/"}),
        (BEARER, {"url": "https://elsewhere.example.com/"}),
        (OAUTH, {"url": "https://elsewhere.example.com/"}),
        (OAUTH, {"token_url": "https://elsewhere.example.com/"}),
    ],
)
def test_no_credential_goes_to_a_new_address_unless_typed_again(
    admin: Client, auth: dict[str, str], moved: dict[str, str]
) -> None:
    connection = made(admin, **auth)
    untyped = dict.fromkeys(("password", "bearer_token", "client_secret"), "")

    refused = change(admin, connection, **auth | untyped | moved)
    taken = change(admin, connection, **auth | moved)

    assert (refused.status_code, taken.status_code) == (422, 302)
    assert "type this again" in refused.text


def test_a_private_key_is_kept_and_its_public_key_shown_to_give_to_the_receiver(admin: Client) -> None:
    seed = base64.b64encode(bytes(range(32))).decode()
    connection = made(admin, signing_secret=f"whsk_{seed}")

    page = admin.get(f"/connections/{connection.pk}").text

    assert public_key(f"whsk_{seed}") in html.unescape(page)
    assert seed not in page


@pytest.mark.parametrize("typed", ["whsk_", "whsk_AAAA", "whsk_" + "§" * 44, "whsk_" + "A" * 43])
def test_what_is_no_private_key_is_refused(admin: Client, typed: str) -> None:
    answer = admin.post("/connections/new/webhook", WEBHOOK | {"signing_secret": typed})

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["signing_secret"])
