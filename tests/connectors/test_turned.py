"""A form asks for what the chosen way needs and for nothing else; errors and other choices keep what was typed."""

import re

import pytest
from django.test import Client

from connectors.forms import FORMS
from connectors.models import Connection
from connectors.secrets import open_sealed
from tests.connectors.mail_servers import PASSWORD
from tests.connectors.test_email_form import MAIL
from tests.connectors.test_webhook_form import NEW, WEBHOOK

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
NAMES = re.compile(r'<(?:input|select|textarea)[^>]* name="(\w+)"')
SERVER = {"host", "port", "security", "user", "password"}
KEYS = {"api_key", "secret_key", "region", "api_url"}


def asked(page: str, among: set[str]) -> set[str]:
    return set(NAMES.findall(page)) & among


@pytest.mark.parametrize(
    ("service", "fields"),
    [
        ("smtp", SERVER),
        ("amazon_ses", {"api_key", "secret_key", "region"}),
        ("postal", {"api_key", "api_url"}),
        ("postmark", {"api_key"}),
        ("mailjet", {"api_key", "secret_key"}),
        ("console", SERVER),
    ],
)
def test_a_way_to_send_mails_asks_for_its_own_fields_only(admin: Client, service: str, fields: set[str]) -> None:
    turned = admin.post("/connections/new/email", {"service": service, "turn": "1"}, headers=HTMX).text
    refused = admin.post("/connections/new/email", {"service": service})

    assert asked(turned, SERVER | KEYS | {"name"}) == fields
    assert asked(refused.text, SERVER | KEYS) == fields
    assert refused.status_code == 422


def test_a_new_mail_connection_begins_with_a_mail_server(admin: Client) -> None:
    assert asked(admin.get("/connections/new/email").text, SERVER | KEYS) == SERVER


@pytest.mark.parametrize(
    ("auth", "fields"),
    [
        ("none", set()),
        ("basic", {"user", "password"}),
        ("bearer", {"bearer_token"}),
        ("oauth", {"token_url", "client_id", "client_secret", "scope"}),
    ],
)
def test_a_webhook_asks_for_what_the_receiver_knows_us_by(admin: Client, auth: str, fields: set[str]) -> None:
    turned = admin.post("/connections/new/webhook", {"auth": auth, "turn": "1"}, headers=HTMX).text

    assert set(NAMES.findall(turned)) == fields


def test_without_javascript_another_choice_keeps_what_was_typed_and_checks_nothing(admin: Client) -> None:
    typed = MAIL | {"service": "postal", "from_address": "no address", "turn": "1", "tracks": "on"}

    page = admin.post("/connections/new/email", typed)

    assert (page.status_code, "field-error" in page.text, Connection.objects.exists()) == (200, False, False)
    assert 'value="no address"' in page.text
    assert re.search(r'name="tracks"[^>]* checked', page.text)
    assert not re.search(r'name="one_per_address"[^>]* checked', page.text)
    assert '<option value="postal" selected>' in page.text
    assert PASSWORD not in page.text


def test_another_choice_of_a_webhook_keeps_the_secret_that_was_made_up(admin: Client) -> None:
    page = admin.post("/connections/new/webhook", WEBHOOK | {"auth": "basic", "turn": "1"}).text

    assert NEW in page


def test_errors_keep_what_was_typed_and_the_fields_of_the_way(admin: Client) -> None:
    typed = MAIL | {"service": "amazon_ses", "region": "eu-west-3", "api_key": "AKIA1"}

    page = admin.post("/connections/new/email", typed).text

    assert asked(page, SERVER | KEYS) == {"api_key", "secret_key", "region"}
    assert 'name="region" value="eu-west-3"' in page
    assert "The provider knows us by it." in page


def test_the_page_of_a_connection_turns_too_and_changes_nothing(admin: Client, creator: Client) -> None:
    admin.post("/connections/new/email", MAIL)
    connection = Connection.objects.get()
    path, turn = f"/connections/{connection.pk}", MAIL | {"service": "resend", "turn": "1", "name": "Other"}

    assert asked(admin.post(path, turn, headers=HTMX).text, {"name", *SERVER, *KEYS}) == {"api_key"}
    whole = admin.post(path, turn)
    assert (whole.status_code, 'value="Other"' in whole.text) == (200, True)
    assert creator.post(path, turn).status_code == 403
    connection.refresh_from_db()
    assert (connection.name, connection.config["service"]) == ("Mail", "smtp")


def test_a_password_is_not_led_to_another_server_by_way_of_a_provider(admin: Client) -> None:
    admin.post("/connections/new/email", MAIL)
    connection = Connection.objects.get()
    path, elsewhere = f"/connections/{connection.pk}", {"host": "evil.example.com", "password": ""}

    by_api = admin.post(path, MAIL | elsewhere | {"service": "postmark", "api_key": "t0ken"})
    back = admin.post(path, MAIL | elsewhere)

    assert (by_api.status_code, back.status_code) == (302, 422)
    connection.refresh_from_db()
    assert (connection.config["service"], connection.config["host"]) == ("postmark", "smtp.example.com")


def test_another_provider_does_not_get_the_address_of_the_one_before(admin: Client) -> None:
    postal = {"service": "postal", "api_key": "k", "api_url": "https://postal.example.com"}
    admin.post("/connections/new/email", MAIL | postal)
    connection = Connection.objects.get()

    admin.post(f"/connections/{connection.pk}", MAIL | {"service": "postmark", "api_key": "t0ken"})

    connection.refresh_from_db()
    assert (connection.config["service"], connection.config["api_url"]) == ("postmark", "")
    assert open_sealed(connection.secrets) == {"api_key": "t0ken"}


@pytest.mark.parametrize("kind", FORMS)
def test_every_form_shows_each_of_its_fields_once(kind: str) -> None:
    form = FORMS[kind]()

    assert [bound.name for part in (*form.parts(), form.folded_fields()) for bound in part] == list(form.fields)


@pytest.mark.parametrize(
    ("kind", "choice", "optional"),
    [
        ("email", {"service": "smtp"}, {"user", "password"}),
        ("email", {"service": "amazon_ses"}, set()),
        ("email", {"service": "postal"}, set()),
        ("webhook", {"auth": "oauth"}, {"scope"}),
    ],
)
def test_what_is_needed_is_not_called_optional(kind: str, choice: dict[str, str], optional: set[str]) -> None:
    form = FORMS[kind](choice)

    assert {bound.name for bound in form.parts()[1] if not bound.field.required} == optional
    assert all(len(errors) == 1 for errors in form.errors.values())


def test_a_key_that_is_held_need_not_be_typed_again_but_for_another_provider_it_must(admin: Client) -> None:
    admin.post("/connections/new/email", MAIL | {"service": "resend", "api_key": "k"})
    connection = Connection.objects.get()

    assert [FORMS["email"](connection=connection, turned=way).fields["api_key"].required
            for way in ("resend", "postmark")] == [False, True]  # fmt: skip
