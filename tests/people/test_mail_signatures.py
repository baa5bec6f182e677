"""Providers that sign their reports are believed by their signature, not by the secret of the address alone."""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from django.test import Client
from standardwebhooks import Webhook

from connectors.esp import SERVICES
from people import sns
from people.mail_dialects import DIALECTS
from people.models import Profile, Subscription

pytestmark = pytest.mark.django_db

SECRET, KEY = "provider:s3cret", "whsec_" + base64.b64encode(b"k" * 32).decode()
CERTIFICATE = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem"
PRIVATE = rsa.generate_private_key(65537, 2048)
PUBLIC = PRIVATE.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
ONE_LINE = "".join(PUBLIC.decode().splitlines()[1:-1])
NOW = datetime.now(UTC)


def pem() -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    begun = x509.CertificateBuilder(name, name, PRIVATE.public_key(), 1, NOW, NOW + timedelta(days=1))
    return begun.sign(PRIVATE, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.fixture(autouse=True)
def maria(settings: Any) -> Iterator[Profile]:
    settings.ANYMAIL = {
        "WEBHOOK_SECRET": SECRET, "RESEND_SIGNING_SECRET": KEY, "POSTAL_WEBHOOK_KEY": ONE_LINE,
        "MAILERSEND_SIGNING_SECRET": "k", "MAILTRAP_TRACKING_SECRET": "k", "MAILGUN_WEBHOOK_SIGNING_KEY": "k",
        "MANDRILL_WEBHOOK_KEY": "k",
    }  # fmt: skip
    sns.certificates[CERTIFICATE] = pem()
    yield Profile.objects.create(identity="maria", email="maria@example.com")
    sns.certificates.clear()


def report(service: str, body: bytes, headers: dict[str, str], secret: str = SECRET) -> int:
    basic = {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"} if secret else {}
    path = f"/mail-events/{service}"
    return Client().post(path, body, content_type="text/plain", headers=headers | basic).status_code


def states() -> list[tuple[str, str]]:
    return list(Subscription.objects.filter(channel="email").values_list("state", "cause"))


def of_amazon(kind: str = "Bounce", version: str = "2", **changes: str) -> dict[str, str]:
    """A signed message of SNS; `changes` are made after it was signed."""
    said = {
        "eventType": kind,
        "mail": {"messageId": "m", "destination": ["maria@example.com"], "headers": []},
        "bounce": {"bounceType": "Permanent", "bounceSubType": "General",
                   "bouncedRecipients": [{"emailAddress": "maria@example.com"}]},
        "complaint": {"complainedRecipients": [{"emailAddress": "maria@example.com"}]},
    }  # fmt: skip
    return signed_by_amazon({"Message": orjson.dumps(said).decode(), "Type": "Notification"}, version) | changes


def signed_by_amazon(fields: dict[str, str], version: str = "2") -> dict[str, str]:
    message = {
        "MessageId": "1",
        "Timestamp": "2026-11-22T10:00:00.000Z",
        "TopicArn": "arn:aws:sns:eu-west-1:1:t",
        **fields,
    }
    algorithm: hashes.HashAlgorithm = hashes.SHA1() if version == "1" else hashes.SHA256()
    signature = PRIVATE.sign(sns.signed(message), padding.PKCS1v15(), algorithm)
    return message | {
        "SignatureVersion": version, "SigningCertURL": CERTIFICATE, "Signature": base64.b64encode(signature).decode(),
    }  # fmt: skip


def sent_by_amazon(message: dict[str, str], secret: str = SECRET) -> int:
    headers = {"x-amz-sns-message-type": message["Type"], "x-amz-sns-message-id": message["MessageId"]}
    return report("amazon_ses", orjson.dumps(message), headers, secret)


@pytest.mark.parametrize(
    ("kind", "version", "state"),
    [("Bounce", "1", ("suppressed", "bounce")), ("Complaint", "2", ("suppressed", "complaint")), ("Send", "2", None)],
)
def test_amazon_is_believed_by_its_certificate(kind: str, version: str, state: tuple[str, str] | None) -> None:
    assert sent_by_amazon(of_amazon(kind, version)) == 200
    assert states() == ([state] if state else [])


def test_a_mailbox_that_is_full_for_now_suppresses_nobody() -> None:
    said = orjson.loads(of_amazon()["Message"])
    said["bounce"]["bounceType"] = "Transient"

    assert sent_by_amazon(signed_by_amazon({"Message": orjson.dumps(said).decode(), "Type": "Notification"})) == 200
    assert states() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"Message": "{}"},
        {"Timestamp": "2027-01-01T00:00:00.000Z"},
        {"Subject": "Another"},
        {"Signature": ""},
        {"Signature": "§"},
        {"SignatureVersion": "3"},
        {"SignatureVersion": "1"},
        {"SigningCertURL": ""},
        {"SigningCertURL": CERTIFICATE.replace("https", "http")},
        {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com.evil.example/c.pem"},
        {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com@evil.example/c.pem"},
        {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com:8443/c.pem"},
        {"SigningCertURL": "https://s3.eu-west-1.amazonaws.com/c.pem"},
        {"SigningCertURL": "https://sns.s3-us-west-2.amazonaws.com/c.pem"},
        {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com/c.html"},
    ],
)
def test_what_amazon_did_not_sign_is_refused(changes: dict[str, str]) -> None:
    assert sent_by_amazon(of_amazon(**changes)) == 401
    assert states() == []


def test_amazons_signature_does_not_stand_for_the_secret() -> None:
    assert sent_by_amazon(of_amazon(), secret="") == 401
    assert sent_by_amazon(of_amazon(), secret="provider:wrong") == 401


@pytest.mark.parametrize("url", ["https://evil.example/confirm", "http://169.254.169.254/", "file:///etc/passwd"])
def test_a_topic_is_confirmed_with_amazon_and_nobody_else(url: str) -> None:
    asks = {"Type": "SubscriptionConfirmation", "Message": "?", "Token": "t", "SubscribeURL": url}

    assert sent_by_amazon(signed_by_amazon(asks)) == 401


def of_resend(ago: timedelta = timedelta(0), kind: str = "complained", **more: object) -> tuple[bytes, dict[str, str]]:
    moment = datetime.now(UTC) - ago
    data = {"email_id": "m", "to": ["maria@example.com"], "headers": [], "tags": {}, **more}
    said = {"type": f"email.{kind}", "created_at": "2026-11-22T10:00:00Z", "data": data}
    body = orjson.dumps(said)
    signature = Webhook(KEY).sign("msg_1", moment, body.decode())
    return body, {"svix-id": "msg_1", "svix-timestamp": str(int(moment.timestamp())), "svix-signature": signature}


def test_resend_is_believed_by_its_signature() -> None:
    body, headers = of_resend()

    assert report("resend", body.replace(b"maria", b"other"), headers) == 401
    assert report("resend", body, headers | {"svix-signature": "v1,AAAA"}) == 401
    assert report("resend", body, {}) == 401
    assert report("resend", *of_resend(timedelta(hours=1))) == 401
    assert states() == []
    assert report("resend", body, headers) == 200
    assert states() == [("suppressed", "complaint")]


@pytest.mark.parametrize(("kind", "state"), [("Permanent", [("suppressed", "bounce")]), ("Transient", [])])
def test_resend_tells_for_how_long_a_mailbox_is_no_good(kind: str, state: list[tuple[str, str]]) -> None:
    bounce = {"message": "The recipient's email provider sent a bounce message.", "type": kind}

    assert report("resend", *of_resend(kind="bounced", bounce=bounce)) == 200
    assert states() == state


def test_postal_is_believed_by_its_signature() -> None:
    original = {"id": 1, "token": "t", "to": "maria@example.com", "tag": None}
    payload = {"original_message": original, "bounce": {"id": 2}}
    said = {"event": "MessageBounced", "timestamp": 1, "uuid": "1", "payload": payload}
    body = orjson.dumps(said)
    signature = base64.b64encode(PRIVATE.sign(body, padding.PKCS1v15(), hashes.SHA1())).decode()

    assert report("postal", body + b" ", {"X-Postal-Signature": signature}) == 401
    assert report("postal", body, {}) == 401
    assert report("postal", body, {"X-Postal-Signature": signature}) == 200
    assert states() == [("suppressed", "bounce")]


@pytest.mark.parametrize(("service", "header"), [("mailersend", "Signature"), ("mailtrap", "Mailtrap-Signature")])
def test_others_sign_with_a_shared_key(service: str, header: str) -> None:
    body = b'{"events": [], "type": "activity.sent", "data": {"email": {}}}'
    right = hmac.new(b"k", body, hashlib.sha256).hexdigest()

    assert report(service, body, {header: "0" * 64}) == 401
    assert report(service, body, {}) == 401
    assert report(service, body, {header: right}) in (200, 400)


@pytest.mark.parametrize("service", ["mailersend", "mailgun", "mailtrap", "mandrill", "postal", "resend"])
def test_who_signs_is_not_heard_without_its_key(service: str, settings: Any) -> None:
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}

    assert report(service, b"{}", {}) == 404


def test_every_provider_that_sends_mails_can_report() -> None:
    assert set(DIALECTS) == set(SERVICES)
