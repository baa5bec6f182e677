"""A page of settings open in two tabs: what nobody touched in the second keeps what the first one saved."""

from html.parser import HTMLParser

import pytest
from django.test import Client

from accounts.models import AccountSettings, Role, User
from tests.conftest import MakeUser

pytestmark = pytest.mark.django_db


class Filled(HTMLParser):
    """What the fields of a page hold, hidden ones too, by name."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "select":
            self.select = found.get("name") or ""
        if tag == "input":
            self.values[found.get("name") or ""] = found.get("value") or ""
        if tag == "option" and "selected" in found:
            self.values[self.select] = found.get("value") or ""


def filled_in(tab: Client, page: str) -> dict[str, str]:
    return Filled(tab.get(page).text).values


def test_a_name_corrected_in_an_old_tab_gives_no_old_role_back(admin: Client, make_user: MakeUser) -> None:
    page = f"/settings/users/{make_user(Role.APPROVER, username='bea').pk}"
    tab, old_tab = filled_in(admin, page), filled_in(admin, page)

    admin.post(page, {**tab, "role": Role.MEMBER})
    admin.post(page, {**old_tab, "first_name": "Bea"})

    bea = User.objects.get(username="bea")
    assert (bea.first_name, bea.role) == ("Bea", Role.MEMBER)


def test_a_field_that_was_emptied_is_empty(admin: Client, make_user: MakeUser) -> None:
    page = f"/settings/users/{make_user(Role.CREATOR, username='bea').pk}"
    admin.post(page, {**filled_in(admin, page), "first_name": "Bea"})
    before = User.objects.get(username="bea").first_name

    admin.post(page, {**filled_in(admin, page), "first_name": ""})

    assert (before, User.objects.get(username="bea").first_name) == ("Bea", "")


def test_the_account_keeps_what_was_saved_in_another_tab(admin: Client) -> None:
    page = "/settings/account"
    tab, old_tab = filled_in(admin, page), filled_in(admin, page)

    admin.post(page, {**tab, "zone": "Asia/Tokyo", "event_name_limit": "700"})
    admin.post(page, {**old_tab, "name": "Bells"})

    saved = AccountSettings.current()
    assert (saved.name, saved.zone, saved.event_name_limit) == ("Bells", "Asia/Tokyo", 700)
