"""Requests made up from the OpenAPI document, good and bad, against the real server: it does what the document says."""

from collections import Counter
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy
from schemathesis import Case, GenerationMode, Response
from schemathesis.specs.openapi.checks import ignored_auth, negative_data_rejection, positive_data_acceptance

from people import openapi
from people.openapi import OPERATIONS, Operation
from tests.people.pressure.wire import Server, keys

pytestmark = pytest.mark.stack
SEED = 20261122
OURS = [ignored_auth, negative_data_rejection, positive_data_acceptance]  # a bad record is no bad request: see below
MANY, FEW = 20, 3
AnyCase = Case[Any]
DIFFERENT = {"/1/upload", "/v1/batch", "/v1/track", "/v1/identify", "/in/segment", "/in/mparticle", "/in/eventbridge"}
WITH_BODY = [each for each in OPERATIONS if each.body is not None]

schema = schemathesis.openapi.from_dict(openapi.document())
schema.config.generation.with_security_parameters = False


def made_up(operation: Operation, mode: GenerationMode) -> SearchStrategy[AnyCase]:
    method = "GET" if operation.body is None else "POST"
    return schema[operation.path][method].as_strategy(generation_mode=mode)


def examples(operation: Operation) -> settings:
    """The same ones each time; addresses that share their code get few."""
    return settings(
        max_examples=MANY if operation.path in DIFFERENT else FEW,
        phases=[Phase.explicit, Phase.generate],
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def sent(case: AnyCase, server: Server, key: str) -> Response:
    return case.call(base_url=f"http://127.0.0.1:{server.port}", headers={"Authorization": f"Bearer {key}"})


def says_what_it_refused(answer: Response) -> bool:
    told = answer.json()
    return told.get("status") in ("partial", "fail") or bool(told.get("rejected"))


@pytest.fixture(scope="module")
def key(server: Server) -> str:
    return keys(1)[0]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.path)
def test_requests_as_the_document_has_them_are_answered_as_it_says(server: Server, key: str, operation: Operation):
    @seed(SEED)
    @examples(operation)
    @given(case=made_up(operation, GenerationMode.POSITIVE))
    def check(case: AnyCase) -> None:
        answer = sent(case, server, key)

        case.validate_response(answer, excluded_checks=OURS)
        assert answer.status_code < 500

    check()


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda each: each.path)
def test_requests_that_break_the_document_are_refused_or_their_bad_records_are(
    server: Server, key: str, operation: Operation
):
    @seed(SEED)
    @examples(operation)
    @given(case=made_up(operation, GenerationMode.NEGATIVE))
    def check(case: AnyCase) -> None:
        answer = sent(case, server, key)

        case.validate_response(answer, excluded_checks=OURS)
        assert 400 <= answer.status_code < 500 or is_free_text(case) or says_what_it_refused(answer)

    check()


def is_free_text(case: AnyCase) -> bool:
    """What is wrong are headers or the query, where any text will do."""
    assert case.meta is not None
    return all(part.mode.is_positive for place, part in case.meta.components.items() if place.value == "body")


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda each: each.path)
def test_whoever_has_no_key_gets_a_401_whatever_they_send(server: Server, operation: Operation):
    statuses: Counter[int] = Counter()

    @seed(SEED)
    @examples(operation)
    @given(case=made_up(operation, GenerationMode.POSITIVE))
    def check(case: AnyCase) -> None:
        statuses[sent(case, server, "bf_unknown").status_code] += 1

    check()
    assert set(statuses) == {401}
