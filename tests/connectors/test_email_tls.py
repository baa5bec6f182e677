"""Encryption to the mail server: both ways of it, passwords only behind it, trusted certificates only."""

import logging
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors import http
from connectors.base import Fault, Part
from connectors.email import From, Smtp
from connectors.http import Client
from connectors.smtp import Lines, Server
from tests.connectors.factories import outgoing
from tests.connectors.mail_servers import PASSWORD, MailServer, running

logging.getLogger("mail.log").setLevel(logging.ERROR)
OPTIONS = {"tls": "ssl_context", "starttls": "tls_context"}


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Of a server called localhost, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    begin = datetime.now(UTC) - timedelta(days=1)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(begin).not_valid_after(begin + timedelta(days=30))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    made = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(
        key, hashes.SHA256()
    )
    path = tmp_path / "localhost.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def context(certificate: Path) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate)
    return made


def send(server: MailServer, security: Any, wire: Client, host: str = "localhost") -> Any:
    lines = Lines(Server(host, server.port, security, "us", PASSWORD), wire)
    message = outgoing(address="ana@example.com", fields={"subject": "Hi", "html": "<p>Hi</p>", "text": "Hi"})
    (receipt,) = http.run(Smtp(lines, From("news@shop.example.com")).send([message], Part("c", "1")))
    return receipt


def served(security: str, certificate: Path) -> Any:
    """aiosmtpd knows of encryption only where it began with STARTTLS, and then refuses passwords without it."""
    options: dict[str, Any] = {OPTIONS[security]: context(certificate), "auth_require_tls": security == "starttls"}
    return running(MailServer(), **options)


@pytest.mark.parametrize("security", OPTIONS)
def test_a_mail_and_the_password_go_encrypted(
    security: str, certificate: Path, wire: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with served(security, certificate) as server:
        assert send(server, security, wire).state == "accepted"
        assert (server.signed_in, server.recipients_taken) == (1, ["ana@example.com"])


@pytest.mark.parametrize("security", OPTIONS)
def test_a_certificate_that_nobody_trusts_gets_neither(security: str, certificate: Path, wire: Client) -> None:
    with served(security, certificate) as server:
        receipt = send(server, security, wire)

    assert (receipt.state, receipt.fault) == ("retry", Fault.UNAVAILABLE)
    assert (server.signed_in, server.taken) == (0, [])


@pytest.mark.parametrize("security", OPTIONS)
def test_a_certificate_of_another_server_gets_neither(
    security: str, certificate: Path, wire: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with served(security, certificate) as server:
        receipt = send(server, security, wire, host="127.0.0.1")

    assert (receipt.state, server.signed_in, server.taken) == ("retry", 0, [])
