"""The document of the ingest API: whole, valid, open to everybody, and true: real answers are as it says."""

import json
import re
from typing import Any

import jsonschema
import pytest
from django.test import Client
from django.urls import get_resolver
from openapi_spec_validator import validate
from pytest_django import Settings

from accounts.api_keys import issue
from people import openapi
from people.segment_format import ADDRESSES
from tests.test_access import patterns

BEGINNINGS = re.compile(r"^\^?(1|v1|in)/")
ROUTES = {each.route for each in openapi.OPERATIONS}


def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(openapi.written()[0])
    return found


def answer_schema(path: str, status: int) -> dict[str, Any]:
    """Of an answer, with everything it refers to."""
    found = document()
    [operation] = found["paths"][path].values()
    response = operation["responses"][str(status)]
    if "$ref" in response:
        response = found["components"]["responses"][str(status)]
    return {**response["content"]["application/json"]["schema"], "components": found["components"]}


def test_it_is_valid_openapi_3_1():
    validate(document())


def test_every_address_of_the_api_is_in_it():
    api = [
        each for each in patterns(get_resolver()) if BEGINNINGS.match(str(each.pattern)) and each.name != "api-nothing"
    ]

    assert {each.name for each in api} == ROUTES
    assert {f"/v1/{address}" for address in ADDRESSES} <= document()["paths"].keys()


def test_it_names_no_address_that_leads_nowhere():
    def leads(path: str) -> str:
        return str(get_resolver().resolve(path.replace("{key}", "none").replace("{pk}", "1")).url_name)

    assert {each.path: leads(each.path) for each in openapi.OPERATIONS} == {
        each.path: each.route for each in openapi.OPERATIONS
    }


@pytest.mark.django_db
def test_everybody_may_read_it_and_keep_it_for_a_while():
    first = Client().get("/api/openapi.json")
    again = Client().get("/api/openapi.json", headers={"If-None-Match": first["ETag"]})

    assert (first.status_code, first["Content-Type"], first.json()) == (200, "application/json", document())
    assert (first["Cache-Control"], first["Access-Control-Allow-Origin"]) == ("public, max-age=3600", "*")
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert Client().post("/api/openapi.json").status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/1/upload", {"d": [{"identity": "a", "type": "event", "evtName": "Did"}]}, 200),
        (
            "/1/upload",
            {"d": [{"identity": "a", "type": "event", "evtName": "Did"}, {}, 5, {"identity": "\ud800"}]},
            200,
        ),
        ("/1/upload", {}, 400),
        ("/v1/batch", {"batch": [{"type": "track", "userId": "a", "event": "Did"}]}, 200),
        ("/v1/batch", {"batch": [{"type": "track", "userId": "a", "event": "Did"}, {}, None]}, 200),
        ("/v1/track", {"userId": "a"}, 400),
        ("/in/segment", [{"type": "track", "userId": "a", "event": "Did"}, {}], 200),
        ("/in/mparticle", {"events": []}, 200),
        ("/in/eventbridge", {}, 400),
    ],
)
def test_real_answers_are_as_it_says(ingest_key: str, path: str, body: object, status: int):
    headers = {"Authorization": f"Bearer {ingest_key}"}

    answer = Client().post(path, json.dumps(body), content_type="application/json", headers=headers)

    assert answer.status_code == status
    jsonschema.validate(answer.json(), answer_schema(path, status))


@pytest.mark.django_db
@pytest.mark.parametrize("operation", openapi.OPERATIONS, ids=lambda each: each.path)
def test_without_a_key_every_address_is_a_401_as_it_says(operation: openapi.Operation):
    path = operation.path.replace("{key}", "none").replace("{pk}", "1")
    method = "GET" if operation.body is None else "POST"

    answer = Client().generic(method, path, b"{}" if "track" not in path else b'{"userId": "a"}')

    assert answer.status_code in ((400, 401) if operation.route == "api-segment" else (401,))
    jsonschema.validate(answer.json(), answer_schema(operation.path, answer.status_code))


@pytest.mark.django_db
def test_the_library_s_settings_are_as_it_says(ingest_key: str):
    answer = Client().get(f"/v1/projects/{ingest_key}/settings")

    jsonschema.validate(answer.json(), answer_schema("/v1/projects/{key}/settings", 200))
    assert answer.json()["metrics"] == {"sampleRate": 0}  # nothing is reported to the library's maker


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/1/nothing", "/v1/unknown", "/v1/tracks", "/in/other", "/in/segment/none"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_address_that_is_none_is_a_404_in_json(path: str, method: str):
    answer = Client().generic(method, path)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.django_db
def test_one_key_s_requests_a_second_are_counted_whatever_the_address(settings: Settings):
    settings.KEY_REQUESTS_PER_SECOND = 2
    (_, key), (_, other) = issue("Busy", ["ingest"], None), issue("Other", ["ingest"], None)

    def ask(secret: str, path: str, body: object) -> tuple[int, str | None]:
        headers = {"Authorization": f"Bearer {secret}"}
        answer = Client().post(path, json.dumps(body), content_type="application/json", headers=headers)
        return answer.status_code, answer.headers.get("Retry-After")

    answers = [ask(key, "/1/upload", {"d": []}), ask(key, "/v1/batch", {"batch": []}), ask(key, "/1/upload", {"d": []})]

    assert answers == [(200, None), (200, None), (429, "1")]
    assert ask(other, "/1/upload", {"d": []}) == (200, None)
