"""HTTP as browsers, proxies and libraries speak it, on the real server."""

import http.client
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import Role, User
from people.models import Event, Import
from tests.people.pressure.wire import PATIENCE, Server, answer, got, keys
from tests.stack import wait_until

pytestmark = pytest.mark.stack
LIMITS = {"BELFRY_BODY_SECONDS": "60"}


def signed_in(name: str) -> dict[str, str]:
    """The cookie of somebody who may import, and of the page's form."""
    client = Client()
    client.force_login(User.objects.create_user(name, password="correct horse", role=Role.CREATOR))
    return {"Cookie": f"sessionid={client.cookies['sessionid'].value}; csrftoken={'a' * 32}"}


def form_with_file(content: bytes) -> tuple[bytes, dict[str, str]]:
    parts = [
        b'--cut\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n' + b"a" * 32,
        b'--cut\r\nContent-Disposition: form-data; name="kind"\r\n\r\nprofiles',
        b'--cut\r\nContent-Disposition: form-data; name="file"; filename="people.csv"\r\nContent-Type: text/csv\r\n\r\n'
        + content,
        b"--cut--\r\n",
    ]
    return b"\r\n".join(parts), {"Content-Type": "multipart/form-data; boundary=cut"}


def test_a_connection_is_kept_for_several_requests_each_with_an_id_of_its_own(server: Server):
    [key] = keys(1)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    connection.connect()
    first_socket = connection.sock

    ids = []
    for number in range(3):
        connection.request("POST", "/1/upload", b'{"d": []}', {"X-CleverTap-Passcode": key})
        ids.append(got(connection.getresponse()).headers["x-request-id"])
        connection.request("GET", f"/login?{number}")
        ids.append(got(connection.getresponse()).headers["x-request-id"])

    assert connection.sock is first_socket
    assert len({each for each in ids if re.fullmatch(r"[0-9a-f]{12}", each)}) == 6
    connection.close()


def test_head_tells_the_length_and_sends_nothing(server: Server):
    head, whole = server.ask("HEAD", "/api/openapi.json"), server.ask("GET", "/api/openapi.json")

    assert (head.status, head.body, head.headers["etag"]) == (200, b"", whole.headers["etag"])
    assert int(whole.headers["content-length"]) == len(whole.body)


def test_who_asks_before_sending_is_told_to_go_on(server: Server):
    [key], before = keys(1), Event.objects.count()
    body = b'{"d": [{"identity": "a", "type": "event", "evtName": "Asked"}]}'
    with server.begin(
        f"POST /1/upload HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nX-CleverTap-Passcode: {key}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n".encode()
    ) as asking:
        assert asking.recv(100).startswith(b"HTTP/1.1 100 ")
        asking.sendall(body)
        told = answer(asking)

    assert (told.status, Event.objects.count() - before) == (200, 1)


def test_old_clients_are_answered(server: Server):
    assert server.say(b"GET /login HTTP/1.0\r\nHost: localhost\r\n\r\n").status == 200


@pytest.mark.parametrize(
    "sent", [b"rubbish\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\nHo st: a\r\n\r\n", b"GET /login HTTP/9.9\r\n\r\n"]
)
def test_what_is_no_http_is_a_400_or_an_end(server: Server, sent: bytes):
    with server.begin(sent) as connection:
        told = connection.recv(1000)

    assert told == b"" or told.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4"))
    assert server.ask("GET", "/login").status == 200


def test_a_header_cannot_pass_for_another(server: Server):
    """`Host_` and the like would overwrite what a proxy says, were they not dropped."""
    told = server.ask("GET", "/login", Host="localhost", X_Forwarded_Host="evil.example", Content_Length="9")

    assert told.status == 200


def test_a_path_comes_as_it_was_sent(server: Server):
    assert server.ask("GET", "/login%3Fx").status == 404  # its question mark is part of the path
    assert server.ask("GET", "/people/?q=%C3%A9%00", **signed_in("reader")).status == 200


@pytest.mark.parametrize("megabytes", [1, 25])
def test_a_file_is_uploaded_whole_held_or_while_it_comes(server: Server, megabytes: int):
    """Small ones are held in memory; larger ones than a body may be go to a thread piece by piece."""
    content = b"identity,name\n" + b"ann,Ann\n" * (megabytes * 1024 * 1024 // 8)
    body, headers = form_with_file(content)

    told = server.ask("POST", "/people/imports/new", body, **headers, **signed_in(f"importer-{megabytes}"))

    assert (told.status, told.headers["location"].startswith("/people/imports/")) == (302, True)
    made = Import.objects.latest("pk")
    assert stored(made).stat().st_size == len(content)
    stored(made).unlink()


def test_an_upload_that_stops_in_the_middle_leaves_the_others_alone(server: Server):
    body, headers = form_with_file(b"x" * 30 * 1024 * 1024)
    cookies = signed_in("leaver")
    lines = "".join(f"{name}: {value}\r\n" for name, value in {**headers, **cookies}.items())
    head = (
        f"POST /people/imports/new HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n{lines}\r\n".encode()
    )

    before = Import.objects.count()
    for _ in range(10):
        server.begin(head + body[: 1024 * 1024]).close()

    small, more = form_with_file(b"identity\nann\n")
    wait_until(
        lambda: server.ask("POST", "/people/imports/new", small, **more, **cookies).status == 302, "others upload"
    )
    assert Import.objects.count() - before == 1
    stored(Import.objects.latest("pk")).unlink()


def stored(made: Import) -> Path:
    return Path(settings.MEDIA_ROOT) / made.path
