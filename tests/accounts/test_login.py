"""Signing in and out."""

import pytest
from django.test import Client

from accounts.models import Role
from tests.conftest import MakeUser

pytestmark = pytest.mark.django_db


def attempt(client: Client, username: str, password: str) -> tuple[int, str]:
    answer = client.post("/login", {"username": username, "password": password})
    errors = answer.context["form"].non_field_errors() if answer.context and "form" in answer.context else [""]
    return answer.status_code, errors[0]


def test_signing_in_leads_to_the_page_that_was_asked_for(client: Client, make_user: MakeUser) -> None:
    make_user(Role.MEMBER, username="bea")
    assert client.get("/settings").headers["Location"] == "/login?next=/settings"

    answer = client.post("/login", {"username": "bea", "password": "correct horse", "next": "/settings"})

    assert answer.headers["Location"] == "/settings"


def test_signing_in_never_leads_to_another_site(client: Client, make_user: MakeUser) -> None:
    make_user(Role.MEMBER, username="bea")

    answer = client.post("/login", {"username": "bea", "password": "correct horse", "next": "https://evil.example/"})

    assert answer.headers["Location"] == "/"


def test_an_unknown_name_a_wrong_password_and_a_closed_login_look_the_same(client: Client, make_user: MakeUser) -> None:
    make_user(Role.MEMBER, username="bea")
    closed = make_user(Role.MEMBER, username="carl")
    closed.is_active = False
    closed.save()

    answers = [
        attempt(client, "bea", "wrong"),
        attempt(client, "nobody", "wrong"),
        attempt(client, "carl", "correct horse"),
    ]

    assert len({words.replace("nobody", "bea") for _, words in answers}) == 1
    assert {status for status, _ in answers} == {200}


def test_five_wrong_passwords_close_the_login_for_a_while(client: Client, make_user: MakeUser) -> None:
    make_user(Role.MEMBER, username="bea")
    for _ in range(5):
        attempt(client, "bea", "wrong")

    assert attempt(client, "bea", "correct horse")[0] == 429
    assert "_auth_user_id" not in client.session


def test_a_name_nobody_has_is_closed_the_same_way(client: Client) -> None:
    statuses = [attempt(client, "nobody", "wrong")[0] for _ in range(6)]

    assert statuses == [200, 200, 200, 200, 429, 429]


def test_signing_out_needs_a_post_with_its_token(member: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = member.cookies

    assert strict.get("/logout").status_code == 405
    assert strict.post("/logout").status_code == 403
    assert member.post("/logout").headers["Location"] == "/login"
    assert member.get("/settings").status_code == 302
