"""What every page promises the browser: headers, cookies, no inline script or style."""

import re

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.logins import address_behind_proxy
from tests.conftest import MakeUser
from tests.test_access import ARGUMENTS, addresses

pytestmark = pytest.mark.django_db

INLINE = re.compile(
    r"<script(?![^>]*\ssrc=)(?![^>]*type=\"application/json\")|<style|\sstyle=|\son\w+=|\shx-on|javascript:", re.I
)
OPERATORS = ["/admin/", "/admin/accounts/user/", "/admin/accounts/auditentry/"]
POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "object-src": "'none'",
    "frame-ancestors": "'none'",
    "form-action": "'self'",
    "base-uri": "'self'",
}


def pages(client: Client) -> dict[str, str]:
    """Address → HTML of every page that needs no object, the operators' included."""
    nowhere = str(ARGUMENTS["pk"])
    asked = [address for address in addresses().values() if nowhere not in address] + OPERATORS
    answers = {address: client.get(address) for address in asked}
    return {address: answer.text for address, answer in answers.items() if answer.status_code == 200}


def test_no_page_holds_inline_script_or_style(admin: Client) -> None:
    found = pages(admin)

    assert {"/", "/settings", "/settings/users", "/campaigns/", "/segments/", "/connections/"} <= found.keys()
    assert {address: INLINE.findall(html) for address, html in found.items() if INLINE.search(html)} == {}


@pytest.mark.parametrize("address", ["/login", "/", "/admin/", "/nothing/here"])
def test_every_answer_carries_the_strict_policy(admin: Client, address: str) -> None:
    headers = admin.get(address).headers

    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert {name: policy[name] for name in POLICY} == POLICY
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert (headers["X-Content-Type-Options"], headers["X-Frame-Options"]) == ("nosniff", "DENY")
    assert (headers["Referrer-Policy"], headers["Cross-Origin-Opener-Policy"]) == ("same-origin", "same-origin")


def test_cookies_are_kept_from_scripts_and_other_sites(client: Client, make_user: MakeUser) -> None:
    make_user(username="bea")
    cookies = client.post("/login", {"username": "bea", "password": "correct horse"}).cookies

    assert (cookies["sessionid"]["httponly"], cookies["sessionid"]["samesite"]) == (True, "Lax")
    assert cookies["csrftoken"]["samesite"] == "Lax"


def test_signing_in_changes_the_session_s_key(client: Client, make_user: MakeUser) -> None:
    make_user(username="bea")
    client.get("/login")
    session = client.session
    session["before"] = True
    session.save()
    client.cookies["sessionid"] = str(session.session_key)

    client.post("/login", {"username": "bea", "password": "correct horse"})

    assert client.cookies["sessionid"].value != session.session_key


def test_a_host_that_is_not_ours_is_refused(client: Client, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["belfry.example.com"]

    assert client.get("/login", headers={"host": "evil.example"}).status_code == 400
    assert client.get("/login", headers={"host": "belfry.example.com"}).status_code == 200


def test_every_answer_has_a_request_id_of_its_own(client: Client) -> None:
    ids = [client.get("/login").headers["X-Request-Id"] for _ in range(2)]

    assert len(set(ids)) == 2
    assert all(re.fullmatch(r"[0-9a-f]{12}", each) for each in ids)


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("1.2.3.4, 203.0.113.9", "203.0.113.9"),
        ("1.2.3.4:80, 203.0.113.9:5678", "203.0.113.9"),
        ("2001:db8::9", "2001:db8::9"),
        ("[2001:db8::9]:5678", "2001:db8::9"),
        ("[2001:db8::9]", "2001:db8::9"),
        ("", "127.0.0.1"),
        ("unknown", "127.0.0.1"),
        ("203.0.113.9:5678:1", "127.0.0.1"),
    ],
)
def test_behind_a_proxy_only_the_address_it_saw_counts(client: Client, forwarded: str, address: str) -> None:
    request = client.get("/login", headers={"x-forwarded-for": forwarded}).wsgi_request

    assert address_behind_proxy(request) == address


@pytest.mark.parametrize("address", ["/1/upload", "/v1/track", "/in/segment", "/v1/nothing/here"])
def test_the_ingest_api_answers_in_json_without_a_session_or_what_pages_carry(client: Client, address: str) -> None:
    answer = client.post(address, "{", content_type="application/json", headers={"Cookie": "sessionid=stale"})

    assert (answer.status_code in (400, 401, 404), answer.headers["Content-Type"]) == (True, "application/json")
    assert (answer.headers["X-Content-Type-Options"], answer.headers["Access-Control-Allow-Origin"]) == ("nosniff", "*")
    assert answer.headers["X-Request-Id"]
    assert {"Vary", "Content-Security-Policy", "Set-Cookie"} & answer.headers.keys() == set()


@pytest.mark.parametrize("address", ["/1/", "/v1/", "/in/"])
def test_an_address_that_only_begins_as_the_ingest_api_is_a_page_that_is_not_there(admin: Client, address: str) -> None:
    answer = admin.get(address)

    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "Content-Security-Policy" in answer.headers
