"""Nobody who is not signed in fills the disk with a file, and none that broke off stays there."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

pytestmark = pytest.mark.django_db
LIMIT = 5_000
LARGE = b"identity\n" + b"x" * LIMIT


@pytest.fixture(autouse=True)
def put_aside(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = LIMIT
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path


def upload(client: Client, path: str, content: bytes) -> Any:
    token = client.get("/login").context["csrf_token"]
    given = {"kind": "profiles", "file": SimpleUploadedFile("p.csv", content), "csrfmiddlewaretoken": str(token)}
    return client.post(path, given)


@pytest.mark.parametrize("path", ["/login", "/people/imports/new"])
def test_a_large_file_of_a_stranger_is_not_read(path: str, put_aside: Path) -> None:
    answer = upload(Client(enforce_csrf_checks=True), path, LARGE)

    assert (answer.status_code, answer.content) == (413, b"Sign in first, then upload the file.")


def test_a_small_form_of_a_stranger_is_answered_as_ever() -> None:
    assert upload(Client(enforce_csrf_checks=True), "/people/imports/new", b"identity\n").status_code == 302


def test_who_is_signed_in_uploads(creator: Client) -> None:
    file = SimpleUploadedFile("p.csv", LARGE)

    assert creator.post("/people/imports/new", {"kind": "profiles", "file": file}).status_code == 302


def test_a_large_file_of_who_may_not_upload_is_not_read(member: Client) -> None:
    file = SimpleUploadedFile("p.csv", LARGE)

    answer = member.post("/login", {"kind": "profiles", "file": file})

    assert (answer.status_code, answer.content) == (403, b"Your role does not upload files.")


def test_a_file_that_is_too_large_anyway_is_not_read(creator: Client, settings: Any) -> None:
    settings.UPLOAD_BYTES = LIMIT
    file = SimpleUploadedFile("p.csv", LARGE * 3)

    answer = creator.post("/people/imports/new", {"kind": "profiles", "file": file})

    assert (answer.status_code, answer.content.decode()) == (413, "A file has at most 4.9\xa0KB.")


class BrokenLine(BytesIO):
    """A body whose client goes away after what came."""

    def read(self, size: int | None = -1) -> bytes:
        if came := super().read(size):
            return came
        raise ConnectionResetError


def part(name: str, content: bytes, encoding: bytes = b"binary") -> bytes:
    disposition = f'--x\r\nContent-Disposition: form-data; name="{name}"; filename="p.csv"\r\n'.encode()
    return disposition + b"Content-Transfer-Encoding: " + encoding + b"\r\n\r\n" + content


@pytest.mark.parametrize(
    "body",
    [
        part("file", LARGE),
        part("first", LARGE) + b"\r\n" + part("second", LARGE),
        part("file", b"YWJj" * LIMIT + b"a\r\n--x--\r\n", b"base64"),
    ],
    ids=["broken off", "the second of two", "of no such encoding"],
)
@pytest.mark.parametrize("path", ["/people/imports/new", "/login"])
def test_a_file_that_broke_off_is_gone_when_its_request_has_ended(
    creator: Client, put_aside: Path, body: bytes, path: str
) -> None:
    given: Any = {"wsgi.input": BrokenLine(body), "CONTENT_LENGTH": str(len(body) + 1)}
    creator.raise_request_exception = False

    creator.post(path, body, content_type="multipart/form-data; boundary=x", **given)

    assert list(put_aside.iterdir()) == []


def test_a_broken_file_of_a_stranger_that_is_not_large_is_gone_too(put_aside: Path) -> None:
    body = part("file", b"YWJj" * 1000 + b"a\r\n--x--\r\n", b"base64")

    answer = Client().post("/login", body, content_type="multipart/form-data; boundary=x")

    assert (answer.status_code, list(put_aside.iterdir())) == (400, [])
