"""The settings area and the operators' pages in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role, User
from tests.conftest import MakeUser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = (
    *("/", "/settings", "/settings/account", "/settings/users", "/settings/users/new", "/settings/api-keys"),
    *("/settings/audit", "/settings/password"),
    *("/admin/", "/admin/accounts/user/", "/admin/accounts/auditentry/", "/admin/django_q/ormq/"),
)


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the browser complained about: errors of scripts, and things its policy refused."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    return found


@pytest.fixture
def signed_in(page: Page, live_server: LiveServer, make_user: MakeUser) -> Page:
    make_user(Role.ADMIN, username="anna")
    page.goto(f"{live_server.url}/login")
    page.get_by_label("Username").fill("anna")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{live_server.url}/")
    return page


def test_no_page_trips_over_its_own_policy(signed_in: Page, live_server: LiveServer, complaints: list[str]) -> None:
    for address in PAGES:
        signed_in.goto(live_server.url + address, wait_until="networkidle")

    assert [words for words in complaints if "favicon" not in words and "404" not in words] == []


def test_inviting_somebody_hands_over_a_password_that_works_once(signed_in: Page, live_server: LiveServer) -> None:
    signed_in.goto(f"{live_server.url}/settings/users/new")
    signed_in.get_by_label("Name to sign in with").fill("bea")
    signed_in.get_by_label("Role").select_option(Role.CREATOR)
    signed_in.get_by_role("button", name="Make the login").click()
    password = signed_in.locator("#one-time-password").inner_text()

    signed_in.context.clear_cookies()
    signed_in.goto(f"{live_server.url}/login")
    signed_in.get_by_label("Username").fill("bea")
    signed_in.get_by_label("Password").fill(password)
    signed_in.get_by_role("button", name="Sign in").click()

    expect(signed_in.get_by_role("heading", level=1)).to_have_text("Choose your own password")


def test_deactivating_asks_first(signed_in: Page, live_server: LiveServer, make_user: MakeUser) -> None:
    bea = make_user(Role.CREATOR, username="bea")
    signed_in.goto(f"{live_server.url}/settings/users")

    signed_in.get_by_role("button", name="Deactivate bea").click()
    expect(signed_in.locator("#confirm-question")).to_contain_text("Deactivate bea?")
    assert User.objects.get(pk=bea.pk).is_active
    signed_in.locator("[data-confirm-yes]").click()

    expect(signed_in.get_by_role("button", name="Reactivate bea")).to_be_visible()
    assert not User.objects.get(pk=bea.pk).is_active


def test_the_trail_is_filtered_while_typing(signed_in: Page, live_server: LiveServer, make_user: MakeUser) -> None:
    for name in ("bea", "carl"):
        signed_in.goto(f"{live_server.url}/settings/users/new")
        signed_in.get_by_label("Name to sign in with").fill(name)
        signed_in.get_by_role("button", name="Make the login").click()
        expect(signed_in.locator("#one-time-password")).to_be_visible()
    signed_in.goto(f"{live_server.url}/settings/audit")
    table = signed_in.locator("#audit-table")
    expect(table).to_contain_text("carl")

    signed_in.get_by_label("Name of the object").press_sequentially("be")

    expect(table).not_to_contain_text("carl")
    expect(table).to_contain_text("bea")
    expect(signed_in).to_have_url(re.compile("object_name=be"))
