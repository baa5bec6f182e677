"""Promises of *Ways in*: what comes is counted, what is refused is kept with its reason, and the pages say so."""

import base64
import hashlib
import hmac
import json
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts import api_keys
from accounts.models import ApiKey, AuditEntry
from people import refusals, signing, tally
from people.mail_dialects import DIALECTS
from people.models import Import, Refusal, WayHour
from people.records import Outcome, Rejected
from tests.stack import wait_until

pytestmark = pytest.mark.django_db
BASE = "https://belfry.example.com"


@pytest.fixture(autouse=True)
def reached(settings: Settings) -> None:
    settings.PUBLIC_URL = BASE


@pytest.fixture
def key(ingest_key: str) -> ApiKey:
    found = api_keys.authenticate(ingest_key, "ingest")
    assert found is not None
    return found


def upload(secret: str, *records: object) -> Any:
    headers = {"X-CleverTap-Passcode": secret}
    return Client().post("/1/upload", json.dumps({"d": records}), content_type="application/json", headers=headers)


def event(**fields: object) -> dict[str, object]:
    return {"identity": "ann", "type": "event", "evtName": "Viewed", **fields}


def counts(way: str) -> tuple[int, int, int]:
    hours = WayHour.objects.filter(way=way)
    accepted, refused, turned_away = (
        hours.aggregate(n=Sum(each))["n"] for each in ("accepted", "refused", "turned_away")
    )
    return accepted, refused, turned_away


def test_what_comes_is_counted_for_its_way_and_key(ingest_key: str, key: ApiKey) -> None:
    upload(ingest_key, event(), event(), event(evtName=""))
    upload(ingest_key, event())

    assert counts("upload") == (3, 1, 0)
    assert {hour.key for hour in WayHour.objects.all()} == {key}


def test_every_way_counts_under_its_own_name(ingest_key: str, settings: Settings) -> None:
    settings.ANYMAIL = {"WEBHOOK_SECRET": "user:word"}
    client, bearer = Client(), {"Authorization": f"Bearer {ingest_key}"}
    bounce = {"RecordType": "Bounce", "Type": "HardBounce", "ID": 1, "Email": "m@example.com", "MessageID": "m",
              "BouncedAt": "2026-11-22T10:00:00Z", "Description": "no", "Details": "x"}  # fmt: skip
    basic = {"Authorization": "Basic " + base64.b64encode(b"user:word").decode()}
    sent = {
        "/v1/track": ({"userId": "ann", "event": "A"}, bearer),
        "/in/segment": ({"type": "track", "userId": "ann", "event": "A"}, bearer),
        "/in/mparticle": ({"mpid": 1, "events": [{"event_type": "session_start", "data": {}}]}, bearer),
        "/in/eventbridge": (
            {"id": "1", "detail-type": "A", "time": "2026-01-01T00:00:00Z", "detail": {"userId": "ann"}},
            bearer,
        ),
        "/mail-events/postmark": (bounce, basic),
    }
    for address, (body, headers) in sent.items():
        answer = client.post(address, json.dumps(body), content_type="application/json", headers=headers)
        assert answer.status_code == 200, answer.content

    upload(ingest_key, event())

    assert dict(WayHour.objects.values_list("way", "accepted")) == {
        "segment": 1, "segment-webhook": 1, "mparticle": 1, "eventbridge": 1, "mail": 1, "upload": 1,
    }  # fmt: skip


def test_a_refusal_is_kept_with_its_reason_and_record(ingest_key: str, key: ApiKey) -> None:
    upload(ingest_key, event(), event(evtName=""), "text")

    assert list(Refusal.objects.order_by("place").values_list("way", "key", "place", "code", "reason", "record")) == [
        ("upload", key.pk, 1, "no_event_name", "The event has no name.",
         '{"identity": "ann", "type": "event", "evtName": ""}'),
        ("upload", key.pk, 2, "bad_shape", "The record must be an object, not a text.", '"(text)"'),
    ]  # fmt: skip


def test_no_secret_is_kept_with_a_refusal(ingest_key: str) -> None:
    hidden = {"password": "hunter2", "push_token": "t0k3n", "deep": [{"API-Key": "k3y"}], "note": f"see {ingest_key}"}

    upload(ingest_key, event(evtName="", evtData=hidden))
    bad = {"batch": [{"type": "track", "userId": "ann", "messageId": "m", "writeKey": ingest_key}]}
    Client().post("/v1/batch", json.dumps({**bad, "writeKey": ingest_key}), content_type="application/json")

    kept = " ".join(Refusal.objects.values_list("record", flat=True))
    assert kept.count("•••") == 4
    assert [word for word in ("hunter2", "t0k3n", "k3y", ingest_key) if word in kept] == []


def test_a_record_and_a_reason_are_kept_short(ingest_key: str) -> None:
    many = {f"property {number}": 1 for number in range(99)}

    upload(ingest_key, event(evtName="", evtData=many), event(evtData={"day": "$D_" + "9" * 5000}))

    assert max(map(len, Refusal.objects.values_list("record", flat=True))) == refusals.RECORD_LENGTH
    assert max(map(len, Refusal.objects.values_list("reason", flat=True))) <= refusals.REASON_LENGTH


DEEP = json.loads('{"a":[' * 400 + "]}" * 400)


@pytest.mark.parametrize("note", ["\x00", "\ud800", "é🌍", 10**30, 10.0**300, ["x"] * 9999, DEEP])
def test_any_record_can_be_kept(ingest_key: str, note: object) -> None:
    answer = upload(ingest_key, event(evtName="", evtData={"note": note}))

    assert (answer.status_code, Refusal.objects.count()) == (200, 1)


def test_what_is_stored_is_a_success_even_if_it_cannot_be_counted(ingest_key: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE people_wayhour ADD CONSTRAINT broken CHECK (accepted < 0) NOT VALID")

    answer = upload(ingest_key, event())

    assert (answer.status_code, answer.json()["status"]) == (200, "success")


def test_the_last_hundred_of_a_way_are_kept_and_of_one_request_twenty(key: ApiKey) -> None:
    for turn in range(7):
        refused = [Rejected(place, "bad", f"{turn}") for place in range(30)]
        tally.note("upload", key, Outcome(0, refused), lambda: [{}] * 30)
    tally.note("segment", key, Outcome(0, [Rejected(0, "bad", "x")]), lambda: [{}])

    of_upload = Refusal.objects.filter(way="upload")
    assert (of_upload.count(), Refusal.objects.filter(way="segment").count()) == (100, 1)
    assert set(of_upload.values_list("reason", flat=True)) == {"2", "3", "4", "5", "6"}
    assert counts("upload") == (0, 210, 0)


def turned_away(body: bytes, secret: str) -> int:
    headers = {"X-CleverTap-Passcode": secret}
    return Client().post("/1/upload", body, content_type="application/json", headers=headers).status_code


def test_requests_turned_away_take_one_row_a_reason_with_the_key_that_sent_them(ingest_key: str, key: ApiKey) -> None:
    bodies = (b"{", b"[]", b"{}", b'{"d": 5}')

    assert [turned_away(body, ingest_key) for body in bodies] == [400] * 4
    assert [turned_away(body, "bf_wrong") for body in bodies] == [401] * 4

    kept = Refusal.objects.order_by("reason").values_list("code", "reason", "times", "key", "place")
    assert list(kept) == [
        ("401", "The key is unknown, revoked or not for sending data.", 4, None, None),
        ("400", "The request has no list “d”.", 2, key.pk, None),
        ("400", "The request is no JSON in UTF-8.", 1, key.pk, None),
        ("400", "The request must be a JSON object.", 1, key.pk, None),
    ]
    assert list(WayHour.objects.order_by("key").values_list("key", "turned_away")) == [(key.pk, 4), (None, 4)]


def test_the_same_reason_of_two_keys_takes_two_rows(ingest_key: str, key: ApiKey) -> None:
    other, secret = api_keys.issue("Other", ["ingest"], None)

    for each in (ingest_key, secret, secret):
        turned_away(b"{", each)

    assert sorted(Refusal.objects.values_list("key", "times")) == [(key.pk, 1), (other.pk, 2)]


def test_of_each_key_the_last_twenty_reasons_are_kept(ingest_key: str, key: ApiKey) -> None:
    turned_away(b"{", "bf_wrong")
    for number in range(refusals.REASONS_A_KEY + 2):
        refusals.keep_turned_away("upload", key, timezone.now(), "400", f"{number}")

    kept = set(Refusal.objects.filter(key=key).values_list("reason", flat=True))
    assert kept == {f"{number}" for number in range(2, refusals.REASONS_A_KEY + 2)}
    assert Refusal.objects.filter(key=None).count() == 1


def test_strangers_do_not_push_out_what_others_should_read(key: ApiKey) -> None:
    upload("bf_wrong", event())
    for _ in range(6):
        tally.note("upload", key, Outcome(0, [Rejected(0, "bad", "x")] * 20), lambda: [{}])

    assert Refusal.objects.filter(code="401").count() == 1


def test_old_counts_and_refusals_go_when_an_hour_begins(ingest_key: str, key: ApiKey) -> None:
    old = timezone.now() - timedelta(days=8)
    WayHour.objects.create(way="segment", hour=old)
    Refusal.objects.create(way="segment", at=old, place=0, code="bad", reason="old")

    upload(ingest_key, event())

    assert list(WayHour.objects.values_list("way", flat=True)) == ["upload"]
    assert Refusal.objects.count() == 0


def test_good_records_cost_one_statement(ingest_key: str, key: ApiKey) -> None:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        tally.note("upload", key, Outcome(1, []), lambda: pytest.fail("nobody asked"))
        first = len(asked)
        tally.note("upload", key, Outcome(1, []), lambda: pytest.fail("nobody asked"))

    assert (first, len(asked)) == (3, 4)


@pytest.mark.django_db(transaction=True)
def test_counts_of_one_process_are_written_together_and_none_is_lost(key: ApiKey, settings: Settings) -> None:
    settings.TALLY_SECONDS = 1.0
    tally.held.written_at = time.monotonic() + 60  # nobody's time is up, so nobody writes but the thread
    for _ in range(50):
        tally.note("upload", key, Outcome(2, []))
    assert WayHour.objects.count() == 0

    wait_until(lambda: WayHour.objects.exists(), "the counts are written")

    assert counts("upload") == (100, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_counts_that_threads_make_at_once_add_up(key: ApiKey, settings: Settings) -> None:
    settings.TALLY_SECONDS = 0.05

    def work() -> None:
        for _ in range(100):
            tally.note("upload", key, Outcome(1, []))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    wait_until(WayHour.objects.filter(way="upload", accepted__gte=400).exists, "all counts are written")
    assert counts("upload") == (400, 0, 0)


def test_the_list_shows_the_last_24_hours_of_every_way(admin: Client, ingest_key: str, key: ApiKey) -> None:
    now = timezone.now()
    upload(ingest_key, event(), event(evtName=""))
    WayHour.objects.create(way="upload", hour=now - timedelta(hours=25), accepted=1000, last_at=now)
    Import.objects.create(kind="profiles", size=1, accepted=7, rejected=2, started_at=now - timedelta(hours=1))
    Import.objects.create(kind="profiles", size=1, accepted=70, started_at=now - timedelta(hours=30))

    rows = {row.way.slug: row.received for row in admin.get("/people/ways-in").context["rows"]}

    assert list(rows) == ["segment", "upload", "segment-webhook", "mparticle", "eventbridge", "mail", "csv"]
    assert (rows["upload"].accepted, rows["upload"].refused) == (1, 1)
    assert (rows["csv"].accepted, rows["csv"].refused) == (7, 2)
    assert (rows["mail"].accepted, rows["mail"].last_at) == (0, None)


def test_the_list_asks_as_much_with_one_key_as_with_three(admin: Client, key: ApiKey) -> None:
    tally.note("upload", key, Outcome(1, []))
    admin.get("/people/ways-in")
    with CaptureQueriesContext(connection) as with_one:
        admin.get("/people/ways-in")
    for name in ("b", "c"):
        tally.note("upload", api_keys.issue(name, ["ingest"], None)[0], Outcome(1, []))
    with CaptureQueriesContext(connection) as with_three:
        admin.get("/people/ways-in")

    assert len(with_one) == len(with_three)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("segment", f"curl {BASE}/v1/track"),
        ("upload", f"{BASE}/1/upload"),
        ("mparticle?identity=other_id_2&numbers=1", f"{BASE}/in/mparticle?identity=other_id_2&amp;numbers=1"),
        ("eventbridge?identity=order.customer", f"{BASE}/in/eventbridge?identity=order.customer"),
        ('eventbridge?identity="><b>', f"{BASE}/in/eventbridge?identity=%22%3E%3Cb%3E"),
        ("mail", "https://user:password@belfry.example.com/mail-events/postmark"),
        ("csv", "/people/imports/new"),
    ],
)
def test_each_page_shows_the_address_to_enter(admin: Client, key: ApiKey, address: str, shown: str) -> None:
    answer = admin.get(f"/people/ways-in/{address}")

    assert answer.status_code == 200
    assert shown in answer.content.decode()


def test_the_line_to_try_a_way_with_comes_with_the_first_key(admin: Client) -> None:
    promised = "With the first key, a line to try it with stands here."
    before = admin.get("/people/ways-in/upload").text
    api_keys.issue("Shop", ["ingest"], None)
    after = admin.get("/people/ways-in/upload").text

    assert (promised in before, "Authorization: Bearer $KEY" in before) == (True, False)
    assert (promised in after, "Authorization: Bearer $KEY" in after) == (False, True)


def test_every_provider_that_may_report_is_named(admin: Client) -> None:
    page = admin.get("/people/ways-in/mail").content.decode()

    assert [provider for provider in DIALECTS if provider not in page] == []


def test_segments_address_names_the_chosen_key(admin: Client, key: ApiKey) -> None:
    other = api_keys.issue("Zoo", ["ingest"], None)[0]
    gone = api_keys.issue("Gone", ["ingest"], None)[0]
    api_keys.revoke(gone, admin.user)  # type: ignore[attr-defined]  # see conftest

    pages = [admin.get(f"/people/ways-in/segment-webhook{asked}") for asked in ("", f"?key={other.pk}", "?key=x")]

    assert [page.context["set_up"].key for page in pages] == [key, other, key]
    assert f"{BASE}/in/segment/{other.pk}" in pages[1].content.decode()
    assert "Gone" not in pages[0].content.decode()


def test_the_signing_secret_is_shown_on_demand_and_the_trail_says_so(admin: Client, key: ApiKey) -> None:
    secret = signing.secret(key)
    assert secret not in admin.get("/people/ways-in/segment-webhook").content.decode()

    answer = admin.post(f"/people/ways-in/keys/{key.pk}/signing-secret")

    assert secret in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    assert AuditEntry.objects.filter(action="saw the signing secret of", object_id=str(key.pk)).count() == 1


def test_who_may_not_make_keys_does_not_see_the_secret(creator: Client, key: ApiKey) -> None:
    assert creator.post(f"/people/ways-in/keys/{key.pk}/signing-secret").status_code == 403
    assert "An admin can show it here." in creator.get("/people/ways-in/segment-webhook").content.decode()


def test_a_revoked_keys_secret_is_shown_to_nobody(admin: Client, key: ApiKey) -> None:
    api_keys.revoke(key, admin.user)  # type: ignore[attr-defined]  # see conftest

    assert admin.post(f"/people/ways-in/keys/{key.pk}/signing-secret").status_code == 404


def test_refusals_stand_on_the_page_of_their_way_without_becoming_markup(admin: Client, ingest_key: str) -> None:
    upload(ingest_key, event(evtName="", evtData={"x": "<script>alert(1)</script>"}))
    upload("bf_wrong", event())

    page = admin.get("/people/ways-in/upload").content.decode()

    assert "The event has no name." in page
    assert "The whole request was turned away" in page
    assert "<script>alert(1)" not in page
    assert "Nothing was refused." in admin.get("/people/ways-in/segment").content.decode()


def test_without_keys_the_page_teaches_to_make_one(admin: Client, creator: Client) -> None:
    assert "Make an API key" in admin.get("/people/ways-in/upload").content.decode()
    assert "Make an API key" not in creator.get("/people/ways-in/upload").content.decode()


def test_without_a_public_address_the_page_says_which_it_shows(admin: Client, settings: Settings) -> None:
    settings.PUBLIC_URL = ""

    page = admin.get("/people/ways-in/upload").content.decode()

    assert "http://testserver/1/upload" in page
    assert "BELFRY_PUBLIC_URL" in page


def test_the_secret_of_a_key_signs_what_segment_signs(key: ApiKey) -> None:
    text = b'{"type":"track","userId":"ann","event":"A"}'
    made = hmac.new(signing.secret(key).encode(), text, hashlib.sha1).hexdigest()

    answer = Client().post(
        f"/in/segment/{key.pk}", text, content_type="application/json", headers={"X-Signature": made}
    )

    assert answer.status_code == 200
