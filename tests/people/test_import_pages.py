"""Promises of the import pages, from upload to the list of refused lines."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import AuditEntry
from people import tasks
from people.models import Import, Profile
from tests.people.facts import NOW, counts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def uploads(tmp_path: Path, settings) -> None:
    settings.MEDIA_ROOT = tmp_path


def upload(client: Client, content: bytes, kind: str = "profiles", name: str = "people.csv"):
    return client.post("/people/imports/new", {"kind": kind, "file": SimpleUploadedFile(name, content)})


def mapped(client: Client, made: Import, **changes: str):
    form = client.get(f"/people/imports/{made.pk}/mapping").context["form"]
    given = {name: form[name].value() or "" for name in form.fields}
    return client.post(f"/people/imports/{made.pk}/mapping", {**given, **changes})


def problems(client: Client, made: Import) -> str:
    return b"".join(client.get(f"/people/imports/{made.pk}/problems.csv")).decode()


def run(made: Import) -> Import:
    tasks.TASKS["people.import"](made.pk, float("inf"))
    made.refresh_from_db()
    return made


def test_from_upload_to_people_and_refused_lines(creator: Client):
    answer = upload(creator, b"id,email,points\nann,a@b.co,1\nbob,nobody,2\n=cid,c@d.co,many\n")
    made = Import.objects.get()
    assert answer.headers["Location"] == f"/people/imports/{made.pk}/mapping"
    page = creator.get(answer.headers["Location"]).content.decode()
    assert "nobody" in page
    assert mapped(creator, made, **{"type-2": "number"}).headers["Location"] == f"/people/imports/{made.pk}"

    run(made)

    progress = creator.get(f"/people/imports/{made.pk}/progress")
    assert progress.status_code == 286
    assert "The e-mail address is not valid." in progress.content.decode()
    assert list(Profile.objects.values_list("identity", "properties")) == [("ann", {"points": 1})]
    assert problems(creator, made) == (
        "\ufeffline,kept,reason\r\n3,no,The e-mail address is not valid.\r\n4,no,points: “many” is no number.\r\n"
    )
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == ["created", "started"]


def test_problems_are_read_from_the_database_before_the_file_is_sent(creator: Client, django_assert_num_queries):
    upload(creator, b"id,email\nann,x\nbob,y\n")
    made = Import.objects.get()
    mapped(creator, made)
    run(made)

    answer = creator.get(f"/people/imports/{made.pk}/problems.csv")

    with django_assert_num_queries(0):
        assert b"".join(answer).count(b"e-mail address") == 2
    assert answer.headers["Content-Disposition"] == f'attachment; filename="import-{made.pk}-problems.csv"'


def test_waiting_import_is_polled_and_can_be_stopped_and_continued(creator: Client):
    upload(creator, b"id\nann\n")
    made = Import.objects.get()
    mapped(creator, made)
    assert creator.get(f"/people/imports/{made.pk}/progress").status_code == 200

    creator.post(f"/people/imports/{made.pk}/stop")
    run(made)
    assert (made.state, counts()) == ("stopped", (0, 0))
    creator.post(f"/people/imports/{made.pk}/resume")
    run(made)

    assert (made.state, counts()) == ("completed", (1, 0))


def test_events_need_a_name_before_they_start(creator: Client):
    upload(creator, b"user_id,time\nann,2026-01-01\n", "events")
    made = Import.objects.get()

    refused = mapped(creator, made)
    assert refused.status_code == 422
    assert "Say what happened" in refused.content.decode()
    mapped(creator, made, event_name="Visited")
    run(made)

    assert counts() == (1, 1)


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\n", b" ; ;\n1;2;3\n"])
def test_empty_file_is_refused_in_words(creator: Client, content: bytes):
    answer = upload(creator, content)

    assert answer.status_code == 422
    assert Import.objects.count() == 0


def test_names_of_columns_and_files_are_only_text(creator: Client):
    upload(creator, b"id,<script>alert(1)</script>\nann,<img src=x>\n", name="../../<b>.csv")
    made = Import.objects.get()

    page = creator.get(f"/people/imports/{made.pk}/mapping").content.decode()

    assert made.file_name == "<b>.csv"
    assert "<script>alert" not in page
    assert "<img src=x>" not in page


def test_mapping_cannot_be_changed_once_it_runs(creator: Client):
    upload(creator, b"id,a\nann,1\n")
    made = Import.objects.get()
    mapped(creator, made)

    answer = creator.post(f"/people/imports/{made.pk}/mapping", {})

    assert answer.headers["Location"] == f"/people/imports/{made.pk}"


@pytest.mark.parametrize("path", ["", "/new", "/1", "/1/mapping", "/1/progress", "/1/problems.csv"])
def test_who_may_only_look_sees_no_imports(member: Client, path: str):
    Import.objects.create(pk=1, kind="profiles", file_name="x", path="x", size=1, created_at=NOW)

    assert member.get(f"/people/imports{path}").status_code == 403


@pytest.mark.parametrize("action", ["stop", "resume", "mapping"])
def test_who_may_only_look_changes_nothing(member: Client, action: str):
    Import.objects.create(pk=1, kind="profiles", file_name="x", path="x", size=1)

    assert member.post(f"/people/imports/1/{action}").status_code == 403
    assert Import.objects.get().state == "mapping"


@pytest.mark.parametrize("action", ["stop", "resume"])
def test_looking_changes_nothing(creator: Client, action: str):
    Import.objects.create(pk=1, kind="profiles", file_name="x", path="x", size=1)

    assert creator.get(f"/people/imports/1/{action}").status_code == 405
