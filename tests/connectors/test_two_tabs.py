"""A connection open in two tabs: neither overwrites what it did not touch, and nobody's change goes without a word."""

import html
import re
import threading

import pytest
from django.db import connection as database
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from connectors import connections
from connectors.connections import Settings
from connectors.forms import FORMS
from connectors.models import Connection
from connectors.secrets import open_sealed
from tests.conftest import ClientAs, MakeUser
from tests.connectors.test_email_form import MAIL
from tests.connectors.test_webhook_form import BASIC, BEARER, NEW, OTHER, WEBHOOK, held, made

pytestmark = pytest.mark.django_db
BASIS = re.compile(r'name="basis" value="([^"]*)"')
ROWS = re.compile(r'<tr><th scope="row">(.*?)</th><td[^>]*>(.*?)</td><td[^>]*>(.*?)</td></tr>', re.DOTALL)
SHOWN = WEBHOOK | {"signing_secret": ""}
SIGNED = {"signing_secret": NEW}


def basis(page: str) -> str:
    found = BASIS.search(page)
    assert found
    return html.unescape(found[1])


def opened(tab: Client, connection: Connection) -> str:
    return basis(tab.get(f"/connections/{connection.pk}").text)


def save(tab: Client, connection: Connection, known: str, **typed: str) -> HttpResponse:
    return tab.post(f"/connections/{connection.pk}", SHOWN | typed | {"basis": known})  # type: ignore[return-value]


def rows(page: str) -> dict[str, tuple[str, str]]:
    """Of the table: what it is → theirs, mine."""
    plain = [[html.unescape(re.sub(r"<[^>]*>", "", cell)).strip() for cell in row] for row in ROWS.findall(page)]
    return {what: (theirs, mine) for what, theirs, mine in plain}


def test_a_tab_leaves_alone_what_it_did_not_touch(admin: Client) -> None:
    connection = made(admin)
    known = opened(admin, connection)

    save(admin, connection, known, rate_per_second="5", deduplicates="on")
    answer = save(admin, connection, known, name="Renamed")

    connection.refresh_from_db()
    assert (answer.status_code, connection.name, connection.rate_per_second) == (302, "Renamed", 5)
    assert connection.config["deduplicates"] is True


def test_who_saved_beside_others_is_told_what_stays(admin: Client) -> None:
    connection = made(admin)
    known = opened(admin, connection)

    save(admin, connection, known, rate_per_second="5")
    page = admin.get(save(admin, connection, known, name="Renamed").headers["Location"]).text

    assert "What was changed meanwhile in another window stays: Messages a second." in page


def test_a_box_is_unticked_only_where_somebody_unticked_it(admin: Client) -> None:
    connection = made(admin, deduplicates="on")
    known = opened(admin, connection)

    save(admin, connection, known)
    save(admin, connection, known, name="Renamed", deduplicates="on")

    connection.refresh_from_db()
    assert (connection.name, connection.config["deduplicates"]) == ("Renamed", False)


def test_what_both_changed_is_asked_about_and_saved_over_only_then(admin: Client, client_as: ClientAs) -> None:
    ana = client_as("admin")
    connection = made(admin)
    known = opened(admin, connection)

    save(ana, connection, known, rate_per_second="5", batch_size="7")
    asked = save(admin, connection, known, rate_per_second="9", name="Renamed")
    page = asked.content.decode()
    connection.refresh_from_db()

    assert (asked.status_code, connection.rate_per_second, connection.name) == (409, 5, "Hooks")
    assert f"{ana.user} saved it" in page  # type: ignore[attr-defined]
    assert rows(page) == {
        "Messages a second · yours differs": ("5", "9"),
        "People a request": ("7", "As it was: theirs stays"),
    }
    assert re.search(r'name="rate_per_second" value="9"', page)
    assert re.search(r'name="name" value="Renamed"', page)
    assert re.search(r'name="batch_size" value="7"', page)

    over = save(admin, connection, basis(page), rate_per_second="9", name="Renamed", batch_size="7")
    connection.refresh_from_db()
    assert (over.status_code, connection.rate_per_second, connection.name) == (302, 9, "Renamed")
    assert connection.config["batch_size"] == 7


def test_a_third_save_is_not_overwritten_by_who_was_asked_before_it(admin: Client) -> None:
    connection = made(admin)
    known = opened(admin, connection)
    save(admin, connection, known, rate_per_second="5")
    asked = save(admin, connection, known, rate_per_second="9")

    save(admin, connection, opened(admin, connection), rate_per_second="6")
    again = save(admin, connection, basis(asked.content.decode()), rate_per_second="9")

    connection.refresh_from_db()
    assert (again.status_code, connection.rate_per_second) == (409, 6)


def test_the_same_in_both_tabs_is_no_conflict(admin: Client) -> None:
    connection = made(admin)
    known = opened(admin, connection)

    answers = [save(admin, connection, known, rate_per_second="5").status_code for _ in range(2)]

    assert answers == [302, 302]


def test_a_credential_is_not_sent_to_where_another_tab_has_led_it(admin: Client) -> None:
    connection = made(admin, **BEARER)
    known = opened(admin, connection)

    save(admin, connection, known, **BEARER, url="https://elsewhere.example.com/")
    asked = save(admin, connection, known, **BEARER | {"bearer_token": "n3w t0ken"})
    page = asked.content.decode()

    assert (asked.status_code, held(connection)["bearer_token"]) == (409, "t0ken")
    assert rows(page)["Address"] == ("https://elsewhere.example.com/", "As it was: theirs stays")
    assert rows(page)["Token · yours differs"][1] == "A new one, never shown: type it again to save it"
    assert "t0ken" not in page


def test_a_first_credential_is_not_sent_to_where_another_tab_has_led_the_connection(admin: Client) -> None:
    connection = made(admin)
    known = opened(admin, connection)

    save(admin, connection, known, url="https://elsewhere.example.com/")
    asked = save(admin, connection, known, **BEARER)

    assert (asked.status_code, held(connection)) == (409, SIGNED)


def test_a_field_that_was_not_there_to_be_filled_in_is_no_conflict(admin: Client) -> None:
    connection = made(admin, **BASIC)
    known = opened(admin, connection)

    moved = save(admin, connection, known, **BASIC | {"user": "them"})
    answer = save(admin, connection, known, auth="none")

    connection.refresh_from_db()
    assert (moved.status_code, answer.status_code, connection.config["auth"]) == (302, 302, "none")


def test_a_credential_that_both_replaced_is_asked_about_and_never_shown(admin: Client) -> None:
    connection = made(admin)
    known = opened(admin, connection)
    third = "whsec_" + "b" * 40

    save(admin, connection, known, signing_secret=OTHER)
    asked = save(admin, connection, known, signing_secret=third)
    page = asked.content.decode()

    assert (asked.status_code, held(connection)) == (409, {"signing_secret": OTHER, "previous_signing_secret": NEW})
    assert rows(page) == {
        "Signing secret · yours differs": (
            "Changed, never shown",
            "A new one, never shown: type it again to save it",
        )
    }
    assert [secret for secret in (NEW, OTHER, third) if secret in page] == []
    assert save(admin, connection, basis(page), signing_secret=third).status_code == 302
    assert held(connection)["signing_secret"] == third


def test_the_secret_before_another_one_is_not_dropped_unasked(admin: Client) -> None:
    connection = made(admin)
    known = opened(admin, connection)

    save(admin, connection, known, signing_secret=OTHER)
    asked = save(admin, connection, known, drop_previous="on")

    assert (asked.status_code, held(connection)["previous_signing_secret"]) == (409, NEW)


def test_a_new_way_to_be_known_stays_under_a_tab_opened_before_it(admin: Client) -> None:
    connection = made(admin)
    known = opened(admin, connection)

    save(admin, connection, known, auth="basic", user="us", password="pässw0rd")
    answer = save(admin, connection, known, name="Renamed")

    connection.refresh_from_db()
    assert answer.status_code == 302
    assert (connection.name, connection.config["auth"], connection.config["user"]) == ("Renamed", "basic", "us")
    assert held(connection)["password"] == "pässw0rd"


def test_another_choice_without_javascript_keeps_what_the_page_was_made_from(admin: Client) -> None:
    connection = made(admin)
    known = opened(admin, connection)
    save(admin, connection, known, rate_per_second="5")

    turned = admin.post(f"/connections/{connection.pk}", SHOWN | {"auth": "bearer", "turn": "1", "basis": known})
    save(admin, connection, basis(turned.text), name="Renamed")

    connection.refresh_from_db()
    assert (connection.name, connection.rate_per_second) == ("Renamed", 5)


def test_what_is_wrong_keeps_theirs_in_the_untouched_fields(admin: Client) -> None:
    connection = made(admin)
    known = opened(admin, connection)
    save(admin, connection, known, rate_per_second="5")

    refused = save(admin, connection, known, name="")

    page = refused.content.decode()
    assert (refused.status_code, rows(page)) == (422, {"Messages a second": ("5", "As it was: theirs stays")})
    assert re.search(r'name="rate_per_second" value="5"', page)


def test_choices_are_compared_in_words(admin: Client) -> None:
    admin.post("/connections/new/email", MAIL)
    connection = Connection.objects.get()
    known, shown = opened(admin, connection), MAIL | {"password": ""}

    with_server = MAIL | {"security": "tls", "port": "465", "basis": known}
    assert admin.post(f"/connections/{connection.pk}", with_server).status_code == 302
    page = admin.post(f"/connections/{connection.pk}", shown | {"port": "2525", "basis": known}).text

    assert rows(page)["Encryption"][0] == "TLS from the start, as on port 465"
    assert rows(page)["Port · yours differs"] == ("465", "2525")


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("known", ["", "{", '{"at": "2026-11-22T10:00:00", "credentials": "", "values": {}}', "[]"])
def test_a_page_that_says_nothing_it_was_made_from_counts_as_typed(admin: Client, kind: str, known: str) -> None:
    connection = Connection.objects.create(name="One", kind=kind)

    answer = admin.post(f"/connections/{connection.pk}", {"name": "", "drop_previous": "on", "basis": known})

    assert answer.status_code == 422


@pytest.mark.django_db(transaction=True)
def test_two_saves_at_once_keep_both(admin: Client, make_user: MakeUser) -> None:
    connection = made(admin)
    known = opened(admin, connection)
    answers: list[int] = []

    def rename() -> None:
        answers.append(save(admin, connection, known, name="Renamed").status_code)
        database.close()

    second = threading.Thread(target=rename)
    with transaction.atomic():
        first = connections.to_change().get(pk=connection.pk)
        second.start()
        wait_for_a_lock(second)
        chosen = Settings(name="Hooks", rate_per_second=5, config=first.config)
        connections.change(first, chosen, by=make_user("admin"))
    second.join()

    connection.refresh_from_db()
    assert (answers, connection.name, connection.rate_per_second) == ([302], "Renamed", 5)
    assert open_sealed(connection.secrets) == SIGNED


def wait_for_a_lock(other: threading.Thread) -> None:
    """Until it waits for what this transaction holds, or has ended."""
    waiting = 0
    while other.is_alive() and not waiting:
        with database.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            (waiting,) = cursor.fetchone()
