"""A message that is a test says so wherever there is room, in a payload that keeps its schema."""

from typing import Any

import pytest

from connectors import registry
from tests.connectors.factories import outgoing
from tests.connectors.test_payloads import problems


def marked(kind: str, *, told: bool = False, **fields: Any) -> dict[str, Any]:
    message = outgoing(campaign={"Campaign Id": 7, "Is test": True}, address="a@example.com", **fields)
    return registry.payload(kind, registry.as_test(kind, message, told=told))


@pytest.mark.parametrize("kind", registry.DESTINATIONS)
def test_a_test_keeps_the_schema(kind: str) -> None:
    assert problems(f"{kind}.v1.json", marked(kind, told=True, fields={"subject": "Hi"})) == []


def test_every_destination_says_it_in_its_own_place() -> None:
    mparticle = marked("mparticle")["events"][0]["data"]["custom_attributes"]

    assert mparticle["Is test"] == "true"
    assert [marked(kind)["properties"]["Is test"] for kind in ("segment", "file")] == [True, True]
    assert marked("eventbridge")["campaign"]["is_test"] is True
    assert marked("webhook")["body"]["data"]["campaign"]["is_test"] is True


def test_a_webhook_says_it_in_a_header_below_those_of_the_marketer() -> None:
    own = {"headers": "X-Team: growth\n", "body": "{}"}

    assert marked("webhook", fields=own)["headers"] == {"X-Team": "growth", "Belfry-Test": "true"}


@pytest.mark.parametrize(("told", "subject"), [(True, "[Test] Hi"), (False, "Hi")])
def test_a_mail_says_it_in_its_subject_by_choice(told: bool, subject: str) -> None:
    assert marked("email", told=told, fields={"subject": "Hi"})["subject"] == subject


def test_only_mails_offer_the_choice() -> None:
    assert {kind: each.tells for kind, each in registry.DESTINATIONS.items() if each.tells} == {
        "email": "Begin the subject with [Test]"
    }
