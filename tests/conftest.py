"""Fixtures of every test: the browser, and a logged-in client per role."""

import os
import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role, User
from config.install import browser

# Playwright keeps an event loop in the thread that also talks to the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

IN_CI = os.environ.get("CI", "").lower() in ("1", "true")
NO_BROWSER = "There is no Chromium: install one, or point CHROMIUM at it."
ONE_AT_A_TIME = pytest.mark.xdist_group("whole machine")
BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

QUIET, PATIENCE = 0.2, 10.0  # seconds without a request after which no more comes; at most
expect.set_options(timeout=30_000)  # a browser has to share two busy cores with everything else

MakeUser = Callable[..., User]
ClientAs = Callable[[str], Client]


chromium = cache(browser)


def needs_browser(item: pytest.Item) -> bool:
    return "browser" in item.keywords or "page" in getattr(item, "fixturenames", ())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that start servers share one worker; without a browser its tests are skipped, in CI they fail."""
    for item in items:
        if "stack" in item.keywords or "crash" in item.keywords:
            item.add_marker(ONE_AT_A_TIME)
    browsing = [item for item in items if needs_browser(item)]
    if IN_CI or not browsing or chromium():
        return
    for item in browsing:
        item.add_marker(pytest.mark.skip(reason=NO_BROWSER))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if NO_BROWSER in str(report.longrepr)]
    if skipped:
        terminalreporter.section(f"{len(skipped)} BROWSER TESTS WERE NOT RUN", sep="!", red=True, bold=True)
        terminalreporter.line(NO_BROWSER)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "args": BROWSER_ARGUMENTS, "executable_path": chromium()}


@pytest.fixture(scope="session")
def base_url() -> str:
    """Tests say the whole address, or make a context of their own; the plugins' own fixture is deprecated by pytest."""
    return ""


@pytest.fixture(scope="session")
def live_server(django_db_setup: None, live_server: LiveServer) -> LiveServer:
    """The plugin's, which ends before its database does: otherwise a thread that is still at it keeps the database."""
    return live_server


class Answering:
    """Requests that the live server is at, and when the last one began or ended."""

    def __init__(self) -> None:
        self.under_way, self.at = 0, time.monotonic()

    def begin(self, **_: object) -> None:
        self.under_way, self.at = self.under_way + 1, time.monotonic()

    def end(self, **_: object) -> None:
        self.under_way, self.at = self.under_way - 1, time.monotonic()

    @property
    def is_over(self) -> bool:
        return self.under_way <= 0 and time.monotonic() > self.at + QUIET


@pytest.fixture
def page(page: Page) -> Iterator[Page]:
    """The plugin's, left before the database is emptied: what pages say when they are left is answered by then."""
    answering = Answering()
    request_started.connect(answering.begin)
    request_finished.connect(answering.end)
    yield page
    page.context.close()
    answering.at, until = time.monotonic(), time.monotonic() + PATIENCE
    while not answering.is_over and time.monotonic() < until:
        time.sleep(0.02)


@pytest.fixture
def make_user(db: None) -> MakeUser:
    """`make_user(role, username=…)`: a user whose password is "correct horse"."""

    def make(role: str = Role.ADMIN, username: str = "") -> User:
        staff = role == Role.ADMIN
        return User.objects.create_user(
            username or f"{role}-{User.objects.count()}",
            password="correct horse",
            role=role,
            is_staff=staff,
            is_superuser=staff,
        )

    return make


@pytest.fixture
def client_as(make_user: MakeUser) -> ClientAs:
    """`client_as(role)`: a client logged in as a new user of that role; the user is `client.user`."""

    def log_in(role: str) -> Client:
        client = Client()
        client.user = make_user(role)  # type: ignore[attr-defined]  # for the test to compare with
        client.force_login(client.user)  # type: ignore[attr-defined]  # the same
        return client

    return log_in


@pytest.fixture
def admin(client_as: ClientAs) -> Client:
    return client_as(Role.ADMIN)


@pytest.fixture
def approver(client_as: ClientAs) -> Client:
    return client_as(Role.APPROVER)


@pytest.fixture
def creator(client_as: ClientAs) -> Client:
    return client_as(Role.CREATOR)


@pytest.fixture
def member(client_as: ClientAs) -> Client:
    return client_as(Role.MEMBER)
