"""Reports of several events at once: what cannot be read is refused alone, with a reason; none is an error of ours."""

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from django.test import Client

from people.models import Profile, Refusal, Subscription, WayHour
from tests.people.test_mail_events import SECRET, report

pytestmark = pytest.mark.django_db

JET = {"event": "bounce", "time": 1790000000, "email": "maria@example.com", "MessageID": 1, "error": "user unknown",
       "hard_bounce": True}  # fmt: skip
SPARK = {"type": "bounce", "event_id": "e", "raw_rcpt_to": "maria@example.com", "timestamp": "1790000000",
         "bounce_class": "10", "rcpt_meta": {}, "rcpt_tags": [], "message_id": "1", "campaign_id": "c",
         "raw_reason": "550 5.1.1 no"}  # fmt: skip
CHIMP = {"event": "spam", "ts": 1790000000, "_id": "1", "msg": {"email": "maria@example.com", "metadata": {}}}
TRAP = {"event": "bounce", "timestamp": 1790000000, "email": "maria@example.com", "message_id": "1", "event_id": "1",
        "response": "550 5.1.1 no"}  # fmt: skip
HUGE = 10**40


@pytest.fixture(autouse=True)
def maria(settings: Any) -> Profile:
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET, "MAILTRAP_TRACKING_SECRET": "k", "MANDRILL_WEBHOOK_KEY": "k"}
    return Profile.objects.create(identity="maria", email="maria@example.com")


def states() -> list[tuple[str | None, str, str]]:
    return list(Subscription.objects.values_list("profile__identity", "state", "cause"))


def counted() -> list[tuple[int, int]]:
    return list(WayHour.objects.filter(way="mail").values_list("accepted", "refused"))


def wrapped(**changes: Any) -> dict[str, Any]:
    return {"msys": {"message_event": SPARK | changes}}


def from_mandrill(events: list[Any]) -> int:
    body = orjson.dumps(events).decode()
    address = f"http://{SECRET}@testserver/mail-events/mandrill"
    signature = base64.b64encode(hmac.new(b"k", f"{address}mandrill_events{body}".encode(), hashlib.sha1).digest())
    headers = {"Authorization": f"Basic {base64.b64encode(SECRET.encode()).decode()}",
               "X-Mandrill-Signature": signature.decode()}  # fmt: skip
    form = "application/x-www-form-urlencoded"
    said = urlencode({"mandrill_events": body})
    return Client().post("/mail-events/mandrill", said, content_type=form, headers=headers).status_code


def from_mailtrap(events: list[Any]) -> int:
    body = orjson.dumps({"events": events})
    headers = {"Authorization": f"Basic {base64.b64encode(SECRET.encode()).decode()}",
               "Mailtrap-Signature": hmac.new(b"k", body, hashlib.sha256).hexdigest()}  # fmt: skip
    path = "/mail-events/mailtrap"
    return Client().post(path, body, content_type="application/json", headers=headers).status_code


@pytest.mark.parametrize(
    ("service", "odd"),
    [
        ("mailjet", JET | {"time": "x"}),
        ("mailjet", JET | {"time": 1e300}),
        ("mailjet", JET | {"event": []}),
        ("mailjet", 7),
        ("sparkpost", wrapped(timestamp="1" * 40)),
        ("sparkpost", wrapped(type=[])),
        ("sparkpost", wrapped(bounce_class={})),
        ("sparkpost", {"msys": {"message_event": None}}),
        ("sparkpost", {"msys": {"a": {}, "b": {}}}),
        ("sparkpost", {"msys": {"relay_message": {}}}),
        ("sparkpost", 7),
    ],
)
def test_an_event_that_cannot_be_read_costs_no_other_of_its_report(service: str, odd: Any) -> None:
    fine: dict[str, Any] = JET if service == "mailjet" else wrapped()

    assert report([odd, fine], service=service) == 200

    assert (states(), counted()) == ([("maria", "suppressed", "bounce")], [(1, 1)])
    assert [(each.place, each.code) for each in Refusal.objects.filter(way="mail")] == [(0, "odd_event")]


def test_what_is_refused_stands_in_the_list_in_outline_at_its_place() -> None:
    assert report([JET, JET | {"time": "x"}], service="mailjet") == 200

    (kept,) = Refusal.objects.filter(way="mail")
    assert (kept.place, kept.reason) == (1, "This event of a mail cannot be read.")
    assert "hard_bounce" in kept.record


def test_numbers_beyond_all_time_are_refused_alone() -> None:
    body = orjson.dumps([JET | {"time": 1}, JET]).replace(b'"time":1,', f'"time":{HUGE},'.encode())

    assert report(body, service="mailjet") == 200

    assert (states(), counted()) == ([("maria", "suppressed", "bounce")], [(1, 1)])


@pytest.mark.parametrize("odd", [CHIMP | {"ts": 1e300}, CHIMP | {"msg": 7}, {"event": "inbound"}, 7])
def test_mandrills_signed_form_is_taken_event_by_event(odd: Any) -> None:
    assert from_mandrill([odd, CHIMP]) == 200

    assert (states(), counted()) == ([("maria", "suppressed", "complaint")], [(1, 1)])


@pytest.mark.parametrize("odd", [TRAP | {"timestamp": 1e300}, TRAP | {"event": "inbound.x"}, {}, None])
def test_mailtraps_signed_list_is_taken_event_by_event(odd: Any) -> None:
    assert from_mailtrap([odd, TRAP]) == 200

    assert (states(), counted()) == ([("maria", "suppressed", "bounce")], [(1, 1)])


@pytest.mark.parametrize("moment", [1e300, HUGE, "x", [], {}])
def test_an_event_that_comes_alone_and_cannot_be_read_is_refused(moment: Any) -> None:
    said = {"event": "hard_bounce", "email": "maria@example.com", "message-id": "1", "ts_epoch": 0}
    body = orjson.dumps(said).replace(b'"ts_epoch":0', f'"ts_epoch":{orjson_or_digits(moment)}'.encode())

    assert report(body, service="brevo") == 400
    assert states() == []


def orjson_or_digits(value: Any) -> str:
    return str(value) if isinstance(value, int) else orjson.dumps(value).decode()
