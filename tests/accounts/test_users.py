"""Inviting, changing and closing logins, through the pages."""

import pytest
from django.test import Client

from accounts import users
from accounts.models import AuditEntry, Role, User
from tests.conftest import ClientAs, MakeUser

pytestmark = pytest.mark.django_db


def signed_in(client: Client) -> bool:
    return client.get("/settings").status_code == 200


def invited(admin: Client, username: str = "bea", role: str = Role.CREATOR) -> tuple[User, str]:
    answer = admin.post("/settings/users/new", {"username": username, "role": role})
    return User.objects.get(username=username), answer.context["password"]


def test_an_invited_person_signs_in_once_and_then_chooses_a_password(admin: Client) -> None:
    user, password = invited(admin)
    bea = Client()

    bea.post("/login", {"username": "bea", "password": password})

    assert bea.get("/people").headers["Location"] == "/settings/password"
    chosen = {"old_password": password, "new_password1": "a bell at dawn", "new_password2": "a bell at dawn"}
    assert bea.post("/settings/password", chosen).headers["Location"] == "/"
    user.refresh_from_db()
    assert (user.role, user.is_staff, user.must_change_password) == (Role.CREATOR, False, False)
    assert signed_in(bea)


def test_the_password_page_is_not_loaded_anew_by_its_own_parts(admin: Client) -> None:
    _, password = invited(admin)
    bea = Client()
    bea.post("/login", {"username": "bea", "password": password})

    light = bea.get("/workers-light", headers={"HX-Request": "true"})
    elsewhere = bea.get("/campaigns/", headers={"HX-Request": "true"})

    assert (light.status_code, light.headers.get("HX-Redirect")) == (200, None)
    assert elsewhere.headers["HX-Redirect"] == "/settings/password"


def test_the_one_time_password_is_shown_on_no_other_page_and_not_kept(admin: Client) -> None:
    user, password = invited(admin)

    assert password not in admin.get("/settings/users").text
    assert password not in admin.get(f"/settings/users/{user.pk}").text
    assert password not in admin.get("/settings/audit").text
    assert user.check_password(password)


def test_a_new_password_ends_every_session_of_the_person(admin: Client, client_as: ClientAs) -> None:
    bea = client_as(Role.CREATOR)
    user = User.objects.get(role=Role.CREATOR)
    assert signed_in(bea)

    admin.post(f"/settings/users/{user.pk}/password")

    assert not signed_in(bea)


def test_changing_ones_password_ends_the_other_sessions_only(make_user: MakeUser) -> None:
    make_user(Role.CREATOR, username="bea")
    here, there = Client(), Client()
    for client in (here, there):
        client.post("/login", {"username": "bea", "password": "correct horse"})

    words = {"old_password": "correct horse", "new_password1": "a bell at dawn", "new_password2": "a bell at dawn"}
    here.post("/settings/password", words)

    assert (signed_in(here), signed_in(there)) == (True, False)


def test_deactivating_ends_sessions_and_reactivating_lets_in_again(admin: Client, client_as: ClientAs) -> None:
    bea = client_as(Role.CREATOR)
    user = User.objects.get(role=Role.CREATOR)

    admin.post(f"/settings/users/{user.pk}/deactivate")
    assert not signed_in(bea)

    admin.post(f"/settings/users/{user.pk}/reactivate")
    assert signed_in(bea)
    assert list(AuditEntry.objects.values_list("action", flat=True)) == ["reactivated", "deactivated"]


def test_the_last_admin_stays_admin(make_user: MakeUser) -> None:
    only = make_user(Role.ADMIN)
    make_user(Role.CREATOR)

    with pytest.raises(users.LastAdmin):
        users.deactivate(only, only)
    only.role = Role.MEMBER
    with pytest.raises(users.LastAdmin):
        users.change(only, only)

    only.refresh_from_db()
    assert (only.role, only.is_active) == (Role.ADMIN, True)


def test_the_page_says_why_the_last_admin_stays_admin(admin: Client) -> None:
    user = User.objects.get()

    answer = admin.post(f"/settings/users/{user.pk}", {"username": user.username, "role": Role.MEMBER})

    assert answer.context["form"].errors == {"role": ["This is the only admin. Make somebody else an admin first."]}


def test_a_change_of_role_is_in_the_trail_and_moves_the_operators_pages(admin: Client, make_user: MakeUser) -> None:
    bea = make_user(Role.CREATOR, username="bea")

    admin.post(f"/settings/users/{bea.pk}", {"username": "bea", "role": Role.ADMIN})

    bea.refresh_from_db()
    assert (bea.is_staff, bea.is_superuser) == (True, True)
    assert AuditEntry.objects.get().changes == {"role": ["creator", "admin"]}
