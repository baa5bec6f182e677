"""Reports of mail providers: bounces and complaints suppress, opting out unsubscribes, strangers change nothing."""

import base64
from typing import Any

import orjson
import pytest
from django.test import Client

from connectors.email import signed_person
from people.models import Profile, Subscription

pytestmark = pytest.mark.django_db

SECRET = "provider:s3cret"
BOUNCE = {"RecordType": "Bounce", "Type": "HardBounce", "ID": 1, "Email": "maria@example.com", "MessageID": "m",
          "BouncedAt": "2026-11-22T10:00:00Z", "Description": "no", "Details": "x"}  # fmt: skip


@pytest.fixture(autouse=True)
def maria(settings: Any) -> Profile:
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}
    Profile.objects.create(identity="other", email="other@example.com")
    return Profile.objects.create(identity="maria", email="maria@example.com")


def report(said: object, secret: str = SECRET, service: str = "postmark") -> int:
    basic = base64.b64encode(secret.encode()).decode()
    body = said if isinstance(said, bytes) else orjson.dumps(said)
    headers = {"Authorization": f"Basic {basic}"} if secret else {}
    answer = Client().post(f"/mail-events/{service}", body, content_type="application/json", headers=headers)
    return answer.status_code


def states() -> list[tuple[str | None, str, str]]:
    return list(Subscription.objects.filter(channel="email").values_list("profile__identity", "state", "cause"))


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, ("suppressed", "bounce")),
        ({"RecordType": "SpamComplaint", "Type": "SpamComplaint"}, ("suppressed", "complaint")),
        ({"Type": "BadEmailAddress"}, ("suppressed", "bounce")),
        ({"Type": "Unsubscribe"}, ("unsubscribed", "provider")),
        ({"Type": "Transient"}, None),
        ({"Type": "Blocked"}, None),
        ({"RecordType": "Delivery"}, None),
        ({"RecordType": "Open"}, None),
    ],
)
def test_what_a_report_means(changes: dict[str, str], state: tuple[str, str] | None) -> None:
    assert report(BOUNCE | changes) == 200
    assert report(BOUNCE | changes) == 200

    assert states() == ([("maria", *state)] if state else [])


def test_everybody_at_the_address_is_meant_however_it_is_written(maria: Profile) -> None:
    Profile.objects.create(identity="twin", email="MARIA@example.com")

    report(BOUNCE | {"Email": "Maria@Example.COM"})

    assert states() == [("maria", "suppressed", "bounce"), ("twin", "suppressed", "bounce")]


def test_our_own_sign_counts_for_more_than_the_address(maria: Profile) -> None:
    report(BOUNCE | {"Email": "other@example.com", "Metadata": {"person": signed_person(maria.pk)}})

    assert states() == [("maria", "suppressed", "bounce")]


@pytest.mark.parametrize("secret", ["", "provider:wrong", "x"])
def test_who_does_not_know_the_secret_reports_nothing(secret: str) -> None:
    assert report(BOUNCE, secret) == 401
    assert states() == []


def test_it_is_closed_until_a_secret_is_set(settings: Any) -> None:
    settings.ANYMAIL = {"WEBHOOK_SECRET": ""}

    assert report(BOUNCE) == 404
    assert states() == []


def test_a_provider_that_signs_needs_its_key() -> None:
    assert report(BOUNCE, service="mailgun") == 404
    assert report(BOUNCE, service="nobody") == 404


@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b"1", b'{"RecordType": []}', b"\xff"])
def test_nonsense_is_refused_and_breaks_nothing(body: bytes) -> None:
    assert report(body) == 400
    assert states() == []
