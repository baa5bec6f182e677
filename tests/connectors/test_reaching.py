"""Why a server is not reached is said apart, and what to do about it; real sockets, real certificates."""

import errno
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors import email, http
from connectors.base import ConnectorError, Fault, Part, Receipt
from connectors.email import From, Smtp
from connectors.http import Client, NoAnswer
from connectors.reaching import unreached
from connectors.smtp import Lines, Security
from connectors.smtp import Server as MailServer
from tests.connectors.factories import outgoing
from tests.connectors.mail_servers import MailServer as RunningMailServer
from tests.connectors.mail_servers import running
from tests.connectors.providers import free_port
from tests.connectors.servers import Server

REFUSED = "nothing listens at that address and port. Check both, and that the server runs."
IN_TIME = "no connection came about in time. Check the address, and the routes and firewalls in between."
FULL = {"html": "<p>Hi</p>", "subject": "Hi", "text": "Hi"}
NOW = datetime.now(UTC)


@dataclass(frozen=True)
class Certificate:
    path: Path
    issuer: tuple[x509.Name, ec.EllipticCurvePrivateKey]


def certificate(
    folder: Path, *, days: tuple[int, int] = (-1, 30), name: str = "localhost", by: Certificate | None = None
) -> Certificate:
    """Good for `days` from today on, signed by itself or `by` another."""
    key = ec.generate_private_key(ec.SECP256R1())
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name} {len(list(folder.iterdir()))}")])
    issuer, signing = by.issuer if by else (own, key)
    builder = x509.CertificateBuilder(issuer, own, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(NOW + timedelta(days[0])).not_valid_after(NOW + timedelta(days[1]))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    made = builder.add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / f"{own.rfc4514_string()}.pem"
    path.write_bytes(private + made.sign(signing, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return Certificate(path, (own, key))


@contextmanager
def encrypted(found: Certificate) -> Iterator[int]:
    """The port of a server that shakes hands with this certificate, and says no more."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(found.path)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=shake_hands, args=(listening, context))
        thread.start()
        yield listening.getsockname()[1]
        thread.join(10)


def shake_hands(listening: socket.socket, context: ssl.SSLContext) -> None:
    made, _ = listening.accept()
    try:
        context.wrap_socket(made, server_side=True).close()
    except OSError:
        made.close()


def words_for(shown: Certificate, trusted: Certificate | None, name: str = "localhost") -> str:
    context = ssl.create_default_context(cafile=trusted.path if trusted else None)
    with encrypted(shown) as port, socket.create_connection(("127.0.0.1", port)) as plain:
        with pytest.raises(ssl.SSLError) as found:
            context.wrap_socket(plain, server_hostname=name)
        return unreached(found.value)


def test_each_fault_of_a_certificate_has_its_own_words(tmp_path: Path) -> None:
    good, expired = certificate(tmp_path), certificate(tmp_path, days=(-30, -1))
    early, other = certificate(tmp_path, days=(1, 30)), certificate(tmp_path, name="other.example")
    signed = certificate(tmp_path, by=certificate(tmp_path))
    secure = "The server could not be reached securely: its certificate"

    assert words_for(expired, expired) == f"{secure} has expired. Whoever runs it has to renew it."
    assert words_for(early, early) == f"{secure} is not valid yet. Check the clocks of both machines."
    assert words_for(other, other) == f"{secure} is for another name. Check the name in the address."
    assert words_for(good, None) == f"{secure} is self-signed. It needs one from an authority that is known here."
    assert words_for(signed, None) == (
        f"{secure} is from an unknown authority. It needs one from an authority that is known here, and to send the"
        " certificates in between."
    )


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENETUNREACH, ""), "no network leads there from here. Check the address, and the routes and"),
        (OSError(errno.EHOSTUNREACH, ""), "no network leads there from here. Check the address, and the routes and"),
        (OSError(errno.EPERM, ""), "this machine may not connect to it. Check its own firewall."),
        (OSError(errno.ECONNRESET, ""), "it broke the connection off at once. Check the port, and whom it lets in."),
        (OSError(errno.ETIMEDOUT, ""), IN_TIME),
        (TimeoutError(), IN_TIME),
        (socket.gaierror(socket.EAI_NONAME, ""), "its name was not found. Check how it is written."),
        (socket.gaierror(socket.EAI_AGAIN, ""), "its name could not be looked up just now. Check the name server"),
    ],
)
def test_each_fault_of_the_network_has_its_own_words(error: OSError, words: str) -> None:
    assert unreached(error).startswith(f"The server could not be reached: {words}")
    assert unreached(chained(error), "Mailgun").startswith(f"Mailgun could not be reached: {words}")


def chained(error: OSError) -> Exception:
    """As the libraries wrap it."""
    made = RuntimeError()
    made.__cause__ = error
    return made


def silence(wire: Client, url: str) -> NoAnswer:
    with pytest.raises(NoAnswer) as found:
        http.run(wire.post(url, b"{}", {}, messages=1, shown=b"{}"))
    return found.value


def test_where_nobody_listens_that_is_said(wire: Client) -> None:
    error = silence(wire, f"http://127.0.0.1:{free_port()}/")

    assert (str(error), error.maybe_taken) == (f"The server could not be reached: {REFUSED}", False)
    assert error.fault == Fault.UNAVAILABLE


def test_a_server_that_speaks_no_tls_is_told_apart(server: Server, wire: Client) -> None:
    error = silence(wire, server.url.replace("http://", "https://"))

    assert (str(error), error.maybe_taken) == (
        "The server could not be reached securely: it speaks no TLS at that port. Perhaps another port is meant, or an"
        " address that begins with http://.",
        False,
    )


def test_a_certificate_that_nobody_vouches_for_is_told_apart(tmp_path: Path, wire: Client) -> None:
    with encrypted(certificate(tmp_path)) as port:
        error = silence(wire, f"https://localhost:{port}/")

    assert (str(error), error.maybe_taken) == (
        "The server could not be reached securely: its certificate is self-signed. It needs one from an authority that"
        " is known here.",
        False,
    )


def test_a_connection_that_does_not_come_about_in_time_is_told_apart() -> None:
    """Nobody takes the connection: nobody shakes hands."""
    hasty = Client(http.client().session, timeout=aiohttp.ClientTimeout(total=10, sock_connect=0.2))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        error = silence(hasty, f"https://127.0.0.1:{listening.getsockname()[1]}/")
    http.close()

    assert (str(error), error.maybe_taken) == (f"The server could not be reached: {IN_TIME}", False)


def mailed(wire: Client, port: int, security: Security) -> Receipt:
    destination = Smtp(Lines(MailServer("localhost", port, security), wire), From("news@shop.example.com"))
    message = outgoing(address="ana@example.com", fields=FULL)
    try:
        (receipt,) = http.run(destination.send([message], Part("c", "1")))
    except ConnectorError as error:
        return Receipt(message.id, "retry", answer=str(error), fault=error.fault)
    return receipt


def test_a_mail_server_without_tls_and_one_that_waits_for_it_say_which_port_is_meant(impatient: Client) -> None:
    with running(RunningMailServer()) as server:
        plain = mailed(impatient, server.port, "tls")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        waits = mailed(impatient, silent.getsockname()[1], "starttls")

    assert (plain.state, plain.answer) == (
        "retry",
        "The mail server could not be reached securely: it speaks no TLS at that port. Use STARTTLS there, or the port"
        " where TLS is there from the start, usually 465.",
    )
    assert (waits.state, waits.answer) == (
        "retry",
        "The mail server did not answer in time. Where TLS is there from the start, as it usually is at port 465,"
        " choose that.",
    )


def test_where_no_mail_server_listens_or_its_certificate_is_no_good_that_is_said(tmp_path: Path, wire: Client) -> None:
    with encrypted(certificate(tmp_path)) as port:
        untrusted = mailed(wire, port, "tls")

    assert untrusted.answer.startswith("The mail server could not be reached securely: its certificate is self-signed.")
    assert mailed(wire, free_port(), "tls").answer == f"The mail server could not be reached: {REFUSED}"


def test_a_provider_of_mails_that_is_not_reached_says_why_and_got_nothing(server: Server, wire: Client) -> None:
    def sent(url: str) -> Receipt:
        config = {"service": "postmark", "api_url": url, "from_address": "news@shop.example.com"}
        message = outgoing(address="ana@example.com", fields=FULL)
        (receipt,) = http.run(email.make(config, {"api_key": "k"}, wire).send([message], Part("c", "1")))
        return receipt

    refused, plain = sent(f"http://127.0.0.1:{free_port()}"), sent(server.url.replace("http://", "https://"))

    assert (refused.state, refused.answer) == ("retry", f"Postmark could not be reached: {REFUSED}")
    assert (plain.state, plain.answer) == (
        "retry",
        "Postmark could not be reached securely: it speaks no TLS at that port. Perhaps another port is meant, or an"
        " address that begins with http://.",
    )
