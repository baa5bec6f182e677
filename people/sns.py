"""Messages of Amazon SNS, by which Amazon SES reports: signed with a certificate of Amazon's, or not believed.

As Amazon describes it in “Verifying the signatures of Amazon SNS messages”.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from connectors import http
from connectors.base import ConnectorError

AMAZON = re.compile(r"sns\.[a-z]{2}(?:-[a-z]+){1,3}-\d\.amazonaws\.com(?:\.cn)?")  # a region, such as eu-west-1
NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
HASHES: dict[str, hashes.HashAlgorithm] = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303 what Amazon signs with
MOST_CERTIFICATES = 16

# By address; Amazon gives a new certificate a new one.
certificates: dict[str, bytes] = {}


class Untrusted(Exception):
    """Nobody knows that this comes from Amazon."""


def verify(message: Mapping[str, object]) -> None:
    """Raises Untrusted."""
    fields = {name: value for name, value in message.items() if isinstance(value, str)}
    algorithm = HASHES.get(fields.get("SignatureVersion", ""))
    if algorithm is None:
        raise Untrusted("The message is not signed in a way we know.")
    try:
        key = x509.load_pem_x509_certificate(certificate(fields.get("SigningCertURL", ""))).public_key()
        signature = base64.b64decode(fields.get("Signature", ""), validate=True)
        assert isinstance(key, rsa.RSAPublicKey)  # noqa: S101 any other is an error as below
        key.verify(signature, signed(fields), padding.PKCS1v15(), algorithm)
    except (InvalidSignature, AssertionError, binascii.Error, ValueError) as error:
        raise Untrusted("The signature is wrong.") from error


def signed(fields: Mapping[str, str]) -> bytes:
    names = NOTIFICATION if fields.get("Type") == "Notification" else CONFIRMATION
    return "".join(f"{name}\n{fields[name]}\n" for name in names if name in fields).encode()


def confirm(message: Mapping[str, object]) -> None:
    """Say that the reports of this topic are wanted, as a verified message asks. Raises Untrusted."""
    fetched(str(message.get("SubscribeURL", "")))


def certificate(url: str) -> bytes:
    if url not in certificates:
        if not urlsplit(url).path.endswith(".pem"):
            raise Untrusted("This is the address of no certificate.")
        found = fetched(url)
        if len(certificates) >= MOST_CERTIFICATES:
            certificates.clear()
        certificates[url] = found
    return certificates[url]


def fetched(url: str) -> bytes:
    """From Amazon and nobody else. Raises Untrusted."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not AMAZON.fullmatch(parts.netloc):
        raise Untrusted("This is no address of Amazon's.")
    try:
        answer = http.run(http.client().without_record().request("GET", url, b"", {}, messages=0, shown=b""))
    except ConnectorError as error:
        raise Untrusted("Amazon did not answer.") from error
    if not answer.is_ok:
        raise Untrusted(f"Amazon answered {answer.status}.")
    return answer.text.encode()
