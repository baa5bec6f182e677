"""Promises of the import pages, from upload to the list of refused lines."""

from datetime import date
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import AuditEntry
from people import imports, tasks, uploads
from people.models import EventName, Import, Profile, PropertyName
from tests.people.facts import NOW, counts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder_of_uploads(tmp_path: Path, settings) -> None:
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


def test_all_faults_of_a_line_are_told_at_once(creator: Client):
    upload(creator, b"id,email,points,born\nann,nobody,many,never\nnull,a@b.co,1,2000-01-02\n,x,1,2000-01-02\n,,x,\n")
    made = Import.objects.get()
    mapped(creator, made, **{"type-2": "number", "target-3": "birth_date"})

    run(made)

    assert list(made.refusals.values_list("line", "reason")) == [
        (
            2,
            "The e-mail address is not valid. points: “many” is no number."
            " The birth date must be written year-month-day.",
        ),
        (3, "“null” is no identity."),
        (4, "The record names no person. The e-mail address is not valid."),
        (5, "The record names no person. points: “x” is no number."),
    ]
    assert (made.accepted, made.rejected) == (0, 4)


def test_only_a_property_is_read_as_a_type(creator: Client):
    upload(creator, b"id,phone,name,code,born\n00012,+4915112345678,007,7,13/12/2000\n")
    made = Import.objects.get()

    mapped(creator, made, **{"target-4": "birth_date"}, **{f"type-{place}": "number" for place in range(4)})
    run(made)

    assert list(Profile.objects.values_list("identity", "phone", "name", "properties", "birth_date")) == [
        ("00012", "+4915112345678", "007", {"code": 7}, date(2000, 12, 13))
    ]


def test_a_type_that_a_property_has_not_here_is_warned_of(creator: Client):
    PropertyName.objects.create(name="points", types={"number": 9, "text": 1})
    PropertyName.objects.create(name="since", types={"date": 1})
    upload(creator, b"id,points,since,new\nann,x,01/02/2020,1\n")
    made = Import.objects.get()

    rows = creator.get(f"/people/imports/{made.pk}/mapping").context["rows"]
    note = creator.get(
        f"/people/imports/{made.pk}/mapping/3/note",
        {"target-3": "custom", "name-3": "since", "type-3": "number"},
    ).text

    assert [list(row.notes) for row in rows] == [
        [],
        ["Until now “points” is a number here. Segments that compare it as a number would not find these people."],
        [],
        [],
    ]
    assert "Until now “since” is a date here." in note


@pytest.mark.parametrize("asked", [{}, {"target-1": "custom", "name-1": "a\x00", "type-1": "text"}, {"type-1": "odd"}])
def test_a_choice_that_is_none_is_warned_of_nowhere(creator: Client, asked: dict[str, str]):
    upload(creator, b"id,points\nann,x\n")
    made = Import.objects.get()

    answer = creator.get(f"/people/imports/{made.pk}/mapping/1/note", asked)

    assert (answer.status_code, answer.text.strip()) == (200, "")
    assert creator.get(f"/people/imports/{made.pk}/mapping/2/note").status_code == 404


def test_a_property_of_an_event_is_compared_with_those_of_the_event(creator: Client):
    visited = EventName.objects.create(name="Visited")
    PropertyName.objects.create(event=visited, name="price", types={"text": 3})
    PropertyName.objects.create(name="price", types={"number": 3})
    upload(creator, b"user_id,price\nann,1\n", "events")
    made = Import.objects.get()
    asked = {"target-1": "custom", "name-1": "price", "type-1": "number"}

    notes = [
        creator.get(f"/people/imports/{made.pk}/mapping/1/note", {**asked, "event_name": name}).text.strip()
        for name in ("", "Visited")
    ]

    assert notes[0] == ""
    assert "Until now “price” is text here." in notes[1]


def test_a_file_that_is_gone_is_told_on_the_page_and_the_import_has_failed(creator: Client):
    upload(creator, b"id\nann\n")
    made = Import.objects.get()
    file = uploads.file_of(made)
    file.rename(file.with_suffix(".away"))

    answer = creator.get(f"/people/imports/{made.pk}/mapping", follow=True)

    made.refresh_from_db()
    assert (answer.status_code, made.state) == (200, "failed")
    assert "The uploaded file is no longer on this server. Upload it again." in answer.text
    assert "Continue the import" not in answer.text


def test_a_file_that_is_back_goes_on_at_its_columns(creator: Client):
    upload(creator, b"id\nann\n")
    made = Import.objects.get()
    file = uploads.file_of(made)
    file.rename(file.with_suffix(".away"))
    creator.get(f"/people/imports/{made.pk}/mapping")
    file.with_suffix(".away").rename(file)
    assert "Continue the import" in creator.get(f"/people/imports/{made.pk}").text

    answer = creator.post(f"/people/imports/{made.pk}/resume", follow=True)

    assert answer.redirect_chain[-1][0] == f"/people/imports/{made.pk}/mapping"


def test_a_file_that_is_gone_half_way_says_how_far_it_came(creator: Client):
    upload(creator, b"id\nann\nbob\n")
    made = Import.objects.get()
    mapped(creator, made)
    claimed = uploads.claim(Import, made.pk, NOW)
    assert claimed is not None
    imports.advance(claimed, NOW, size=1)
    uploads.release(Import, made.pk)
    uploads.file_of(made).unlink()

    run(made)

    assert made.error == "The uploaded file is no longer on this server. Its lines up to 2 are done: upload the others."


def test_people_of_an_import_are_those_of_its_lines(creator: Client):
    Profile.objects.create(identity="other", email="other@example.com")
    Profile.objects.create(identity="cid", email="c@example.com")
    upload(creator, b"id,email\nbob,b@example.com\ncid,none\nann,\nbob,\n")
    made = Import.objects.get()
    mapped(creator, made)
    run(made)

    page = creator.get(f"/people/imports/{made.pk}/people").context["page"]

    assert [(line, str(person)) for line, person in page.people] == [(2, "bob"), (4, "ann")]
    assert page.after == ""


def test_pages_of_an_import_hold_everybody_once(creator: Client):
    upload(creator, b"anonymous_id\n" + b"".join(b"visitor-%d\n" % n for n in range(120)))
    made = Import.objects.get()
    mapped(creator, made)
    run(made)

    address, seen = f"/people/imports/{made.pk}/people", []
    after = "0-1"
    while after:
        page = creator.get(address, {"after": after}).context["page"]
        seen += [line for line, _ in page.people]
        after = page.after

    assert seen == list(range(2, 122))


@pytest.mark.parametrize("after", ["0-9223372036854775807", "9223372036854775807-2", "x", "-1--1", "²-²", "1"])
def test_odd_places_in_an_import_are_answered(creator: Client, after: str):
    upload(creator, b"id\nann\n")
    made = Import.objects.get()
    mapped(creator, made)
    run(made)

    assert creator.get(f"/people/imports/{made.pk}/people", {"after": after}).status_code == 200


def test_people_of_an_import_without_its_file_are_told_so(creator: Client):
    upload(creator, b"id\nann\n")
    made = Import.objects.get()
    mapped(creator, made)
    run(made)
    uploads.file_of(made).unlink()

    assert "nobody can say who was in it" in creator.get(f"/people/imports/{made.pk}/people").text


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
