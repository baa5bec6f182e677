"""A connection that stops tells its owner, once, by mail and on its page, and tells when it is well again."""

import time
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.core import mail
from django.test import Client
from django.utils.html import strip_tags
from pytest_django import Settings

from accounts.models import User
from connectors import connections, health, http, telling
from connectors.base import Fault, Receipt
from connectors.connections import Settings as Chosen
from connectors.models import Connection, Notice
from operations import tasks
from tests.connectors.factories import connection
from tests.connectors.mail_servers import MailServer, running

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
ACCEPTED = Receipt("1", "accepted")
DOWN = Receipt("1", "retry", "", "Segment answered 503", 0.0, Fault.UNAVAILABLE)
REFUSED = Receipt("1", "retry", "", "The write key was refused.", 0.0, Fault.MISCONFIGURED)


@pytest.fixture
def alice() -> User:
    return User.objects.create_user("alice", "alice@example.com", role="admin")


@pytest.fixture(autouse=True)
def server(settings: Settings) -> None:
    settings.EMAIL_HOST, settings.PUBLIC_URL = "mail.example.com", "https://belfry.example.com"


def note(made: Connection, *receipts: Receipt, seconds: float = 0) -> None:
    made.refresh_from_db()
    for receipt in receipts:
        health.note(made, [receipt], now=NOW + timedelta(seconds=seconds))


def kinds() -> list[str]:
    return list(Notice.objects.order_by("pk").values_list("kind", flat=True))


def work(after: timedelta = timedelta(0)) -> None:
    for name, pk in telling.due(datetime.now(UTC) + after, 9):
        Notice.objects.filter(pk=pk).update(due_at=datetime.now(UTC))
        tasks.TASKS[name](pk, time.monotonic() + 1)


def test_a_connection_that_pauses_by_itself_mails_its_owner_why_and_where(alice: User) -> None:
    made = connections.create("segment", Chosen("Shop", None, {}, {}), by=alice)

    note(made, REFUSED, REFUSED)
    work()
    work()

    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (["alice@example.com"], "The connection “Shop” is paused")
    assert sent.body == (
        "The write key was refused.\n\n"
        "Nothing is sent over it until somebody mends it and resumes it. Nobody is lost: people stay queued.\n\n"
        f"https://belfry.example.com/connections/{made.pk}"
    )
    assert Notice.objects.values_list("due_at", "told").get() == (None, "alice@example.com")


def test_what_a_person_pauses_or_resumes_is_nothing_to_be_told(alice: User) -> None:
    made = connection(owner=alice)

    health.pause(made, "Holidays.", by=alice)
    health.resume(made, by=alice)

    assert kinds() == []


def test_an_open_breaker_is_told_once_and_so_is_its_end(alice: User) -> None:
    made = connection(owner=alice, name="Shop")

    note(made, *[DOWN] * 4)
    assert kinds() == []
    note(made, *[DOWN] * 6)
    note(made, ACCEPTED, seconds=60)
    note(made, ACCEPTED, seconds=70)
    work()

    assert kinds() == ["failing", "well"]
    assert [sent.subject for sent in mail.outbox] == [
        "The connection “Shop” is failing", "The connection “Shop” sends again",
    ]  # fmt: skip


def test_a_provider_that_comes_and_goes_is_told_of_once_an_hour() -> None:
    made = connection()

    for minute in range(0, 70, 10):
        note(made, *[DOWN] * 5, seconds=60 * minute)
        note(made, ACCEPTED, seconds=60 * minute + 30)

    assert kinds() == ["failing", "well"] * 2


def test_waits_and_refused_messages_are_nothing_to_be_told() -> None:
    note(connection(), *[Receipt("1", "retry", "", "429", 9.0, Fault.RATE_LIMITED)] * 9, *[Receipt("1", "failed")] * 9)

    assert kinds() == []


@pytest.mark.parametrize("gone", [{"is_active": False}, {"email": ""}])
def test_where_the_owner_cannot_be_told_those_are_who_can_mend_it(alice: User, gone: dict[str, object]) -> None:
    made = connection(owner=alice)
    User.objects.filter(pk=alice.pk).update(**gone)
    User.objects.create_user("bob", "bob@example.com", role="admin")
    User.objects.create_user("carol", "carol@example.com", role="creator")
    User.objects.create_user("dave", "dave@example.com", role="admin", is_active=False)

    note(made, REFUSED)
    work()

    assert [sent.to for sent in mail.outbox] == [["bob@example.com"]]


def test_without_a_mail_server_of_its_own_it_goes_over_an_e_mail_connection(alice: User, settings: Settings) -> None:
    settings.EMAIL_HOST = ""
    made = connection(owner=alice, name="<Shop>")
    note(made, REFUSED)

    with running(MailServer()) as mails:
        config = {"host": "127.0.0.1", "port": mails.port, "security": "none", "from_address": "news@example.com"}
        Connection.objects.create(name="Mail", kind="email", config=config)
        work()
        http.close()

    (taken,) = mails.taken
    assert (taken.recipient, taken.message["Subject"]) == ("alice@example.com", "The connection “<Shop>” is paused")
    assert "<p>The write key was refused.</p>" in taken.body("html")


def test_where_no_mail_can_be_sent_it_is_tried_for_hours_and_stays_on_the_page(
    alice: User, settings: Settings, client: Client
) -> None:
    settings.EMAIL_HOST = ""
    made = connection(owner=alice)
    note(made, REFUSED)

    for _ in range(7):
        work(timedelta(days=1))

    assert Notice.objects.values_list("due_at", "told", "attempts").get() == (None, "", 5)
    client.force_login(alice)
    page = client.get(f"/connections/{made.pk}").text
    assert "Paused by itself" in page
    assert "Not mailed" in page
    assert "The write key was refused." in client.get("/").text


def test_of_several_only_who_was_not_reached_is_mailed_again(settings: Settings) -> None:
    settings.EMAIL_HOST = ""
    for name in ("bob", "eve"):
        User.objects.create_user(name, f"{name}@example.com", role="admin")
    note(connection(), REFUSED)

    with running(MailServer(recipients={"eve@example.com": "450 4.2.0 later"})) as mails:
        config = {"host": "127.0.0.1", "port": mails.port, "security": "none", "from_address": "news@example.com"}
        Connection.objects.create(name="Mail", kind="email", config=config)
        work()
        told = Notice.objects.get()
        assert (told.told, told.due_at is None) == ("bob@example.com", False)
        mails.recipients.clear()
        work(timedelta(days=1))
        http.close()

    assert mails.recipients_taken == ["bob@example.com", "eve@example.com"]
    assert Notice.objects.values_list("told", "due_at").get() == ("bob@example.com, eve@example.com", None)


def test_an_error_nobody_foresaw_is_not_run_into_for_ever(alice: User, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "nowhere.Backend"
    note(connection(owner=alice), REFUSED)

    for _ in range(5):
        with pytest.raises(ImportError):
            work(timedelta(days=1))
    work(timedelta(days=1))

    assert Notice.objects.values_list("due_at", "told").get() == (None, "")


def test_the_workers_find_it_due() -> None:
    note(connection(), REFUSED)

    assert ("connectors.tell", Notice.objects.get().pk) in tasks.due(datetime.now(UTC), 8)


def test_a_name_over_two_lines_makes_no_header_of_its_own(alice: User) -> None:
    note(connection(owner=alice, name="Shop\nBcc: all@example.com"), REFUSED)
    work()

    assert mail.outbox[0].subject == "The connection “Shop Bcc: all@example.com” is paused"


def told(made: Connection, client: Client, user: User) -> str:
    client.force_login(user)
    return " ".join(unescape(strip_tags(facts(client.get(f"/connections/{made.pk}").text))).split())


def facts(page: str) -> str:
    return page.partition("Told of trouble</dt>")[2].partition("</dl>")[0]


def test_the_page_says_who_is_told_at_which_address(alice: User, client: Client) -> None:
    assert told(connection(owner=alice), client, alice) == "alice alice@example.com"


def test_an_owner_without_an_address_is_told_where_to_enter_one(alice: User, client: Client) -> None:
    bob = User.objects.create_user("bob", "", role="admin")
    made = connection(owner=bob)

    assert told(made, client, bob) == (
        "alice alice@example.com bob, who set it up, has no e-mail address. Enter yours under Settings."
    )
    assert 'href="/settings"' in facts(client.get(f"/connections/{made.pk}").text)
    assert told(made, client, alice).endswith("Enter one for bob.")
    assert f'href="/settings/users/{bob.pk}"' in facts(client.get(f"/connections/{made.pk}").text)


def test_where_nobody_has_an_address_the_page_says_that_nobody_is_mailed(client: Client) -> None:
    bob = User.objects.create_user("bob", "", role="admin")

    assert told(connection(owner=bob), client, bob).startswith("Nobody by mail: these pages alone say it. bob, who")


def test_where_no_mail_can_be_sent_the_page_says_so_and_what_to_do(
    alice: User, client: Client, settings: Settings
) -> None:
    settings.EMAIL_HOST = ""
    made = connection(kind="email", owner=alice, name="Mail")

    words = told(made, client, alice)
    other = connection(kind="email", name="Other")

    assert "No mail can be sent: there is no mail server for Belfry’s own mails" in words
    assert "BELFRY_MAIL_SERVER" in words
    assert told(made, client, alice) == "alice alice@example.com"
    Connection.objects.filter(pk=other.pk).update(state="paused")
    assert "No mail can be sent" in told(made, client, alice)
