"""What hostile senders and broken files get: a refusal in words, never a page of errors, never a file left behind."""

import json
import logging
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from config.logs import RequestIdMiddleware
from people import api, cleaning
from people.models import Import

pytestmark = pytest.mark.django_db
HALF = "bf_\ud800"


def post(address: str, body: object, **headers: str):
    return Client().post(address, json.dumps(body), content_type="application/json", headers=headers)


def upload(key: str, **fields: object):
    record = {"identity": "ann", "type": "event", "evtName": "Viewed", **fields}
    return post("/1/upload", {"d": [record]}, **{"X-CleverTap-Passcode": key})


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("track", {"userId": "ann", "event": "Viewed"}),
        ("batch", {"batch": [{"type": "track", "userId": "ann", "event": "Viewed"}]}),
    ],
)
def test_a_key_with_half_a_surrogate_pair_is_unknown(address: str, body: dict[str, object]):
    answer = post(f"/v1/{address}", {"writeKey": HALF, **body})

    assert (answer.status_code, answer.json()["success"]) == (401, False)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"ts": "\ud800"}, 525),
        ({"identity": "\ud800"}, 555),
        ({"identity": None, "objectId": "\ud800"}, 555),
        ({"evtName": "\ud800"}, 512),
        ({"evtData": {"\ud800": 1}}, 555),
        ({"evtData": {"a": "\ud800"}}, 555),
        ({"evtData": "\ud800"}, 512),
        ({"type": "\ud800"}, 524),
        ({"identity": {"\ud800": "\ud800"}}, 523),
        ({"\ud800": 1}, 555),
    ],
)
def test_half_a_surrogate_pair_anywhere_refuses_its_record_with_a_code(
    ingest_key: str, fields: dict[str, object], code: int
):
    answer = upload(ingest_key, **fields)

    assert (answer.status_code, answer.json()["processed"]) == (200, 0)
    assert [each["code"] for each in answer.json()["unprocessed"]] == [code]


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("track", {"userId": "ann", "event": "Viewed", "properties": "\ud800"}),
        ("track", {"userId": "ann", "event": "Viewed", "timestamp": "\ud800"}),
        ("identify", {"userId": ["\ud800"]}),
        ("batch", {"batch": [], "context": "\ud800"}),
    ],
)
def test_half_a_surrogate_pair_in_a_message_is_a_bad_request(ingest_key: str, address: str, body: dict[str, object]):
    answer = post(f"/v1/{address}", {"writeKey": ingest_key, **body})

    assert (answer.status_code, answer.json()["success"]) == (400, False)


def test_what_is_logged_of_a_refusal_quotes_nothing(ingest_key: str, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.WARNING, logger="people.api"):
        upload(ingest_key, evtData={"day": "$D_\ud800"})

    assert caplog.messages == ["Refused 1 records from upload: bad_time"]
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_an_unexpected_error_is_logged_and_answers_json_with_the_id_of_the_request(caplog: pytest.LogCaptureFixture):
    def broken(request: HttpRequest) -> HttpResponse:
        raise ZeroDivisionError

    with caplog.at_level(logging.ERROR, logger="people.api"):
        answer = RequestIdMiddleware(api.endpoint("POST")(broken))(RequestFactory().post("/1/upload"))

    told = json.loads(answer.content)
    assert (answer.status_code, answer["Content-Type"], answer["Access-Control-Allow-Origin"]) == (
        500,
        "application/json",
        "*",
    )
    assert told == {
        "status": "fail",
        "success": False,
        "error": f"Something went wrong here. It is in the log under {answer['X-Request-Id']}.",
        "message": told["error"],
        "code": "internal_server_error",
    }
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [ZeroDivisionError]


def test_a_column_name_that_cannot_be_stored_is_refused_and_no_file_stays(
    creator: Client, tmp_path: Path, settings: Settings
):
    settings.MEDIA_ROOT = tmp_path
    file = SimpleUploadedFile("people.csv", b"identity,a\0b\nann,1\n")

    answer = creator.post("/people/imports/new", {"kind": "profiles", "file": file})

    assert answer.status_code == 422
    assert answer.context["form"].errors["file"] == ["The name of a column has a character that cannot be stored."]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert Import.objects.count() == 0


@pytest.mark.parametrize("address", ["/people/?q=%00", "/people/?after=" + "9" * 5000, "/people/?before=" + "9" * 5000])
def test_the_list_of_people_reads_past_nonsense(member: Client, address: str):
    assert member.get(address).status_code == 200


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("event name", "An event name has 1 to 120 characters."),
        ("property name", "A property name has 1 to 120 characters."),
    ],
)
def test_a_name_that_is_too_long_is_refused_in_good_english(what: str, sentence: str):
    with pytest.raises(cleaning.Refused) as refused:
        cleaning.checked_name("x" * 121, "bad", what)

    assert refused.value.reason == sentence
