"""Promises of the pages of custom lists, from the file to the lines that name nobody."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import AuditEntry, Role
from campaigns.models import Campaign
from segments import export, tasks
from segments.models import CustomList, ListUpload, Segment
from segments.parse import dump, parse
from segments.tree import All, InList
from tests import factories
from tests.conftest import ClientAs
from tests.segments.lists import counts, make, newest, owner, people_in, person, replace, whole

pytestmark = pytest.mark.django_db
QUERIES = 8  # session, user, account's settings, number of lists, lists, uploads, segments and campaigns that use them


@pytest.fixture(autouse=True)
def uploaded(tmp_path: Path, settings) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def upload(client: Client, content: bytes, *, name: str = "Guests", path: str = "/segments/lists/new"):
    return client.post(path, {"name": name, "file": SimpleUploadedFile("guests.csv", content)})


def work(custom_list: CustomList) -> ListUpload:
    found = newest(custom_list)
    tasks.TASKS["segments.list"](found.pk, float("inf"))
    return found


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def using(custom_list: CustomList, name: str) -> Segment:
    return Segment.objects.create(name=name, tree=dump(All((InList(custom_list.pk),))))


def test_from_the_file_to_its_people_and_the_lines_that_name_nobody(creator: Client):
    ann = person("ann", name="Ann Lee")

    answer = upload(creator, b"Type,Identity\ni,ann\ni,=zoe\n")
    made = CustomList.objects.get()
    assert answer.headers["Location"] == f"/segments/lists/{made.pk}"
    assert "Waiting for a worker" in creator.get(answer.headers["Location"]).content.decode()
    assert creator.get(f"/segments/lists/{made.pk}/progress").status_code == 200
    came = work(made)

    after = creator.get(f"/segments/lists/{made.pk}/progress")
    assert (after.status_code, counts(came)) == (286, ("completed", 1, 1, 0, 1))
    assert f"/segments/lists/uploads/{came.pk}/unmatched.csv" in after.content.decode()
    lines = creator.get(f"/segments/lists/uploads/{came.pk}/unmatched.csv")
    assert b"".join(lines.streaming_content) == (  # type: ignore[attr-defined]  # streamed
        b"\xef\xbb\xbfLine,Type,Identity,Reason\r\n3,i,'=zoe,Nobody has it.\r\n"
    )
    assert f'<a href="/people/{ann}">Ann Lee</a>' in creator.get(f"/segments/lists/{made.pk}/people").content.decode()
    assert actions() == ["created", "exported"]


def test_bad_file_or_name_is_refused_in_words_and_the_name_stays(creator: Client):
    make("Identity\nann\n", "Taken")

    bad = upload(creator, b"ann\nbob\n", name="New ones")
    taken = upload(creator, b"Identity\nann\n", name="Taken")
    empty = upload(creator, b"", name="New ones")

    assert (bad.status_code, taken.status_code, empty.status_code) == (422, 422, 422)
    assert "The first line must be Type,Identity" in bad.content.decode()
    assert 'value="New ones"' in bad.content.decode()
    assert "Another list has this name already." in taken.content.decode()
    assert "The file is empty." in empty.content.decode()
    assert CustomList.objects.count() == 1


def test_file_over_the_limit_is_refused(creator: Client, settings):
    settings.UPLOAD_BYTES = 20

    answer = upload(creator, b"Identity\n" + b"ann\n" * 5)

    assert "The file is larger than 20\xa0bytes. Cut it into several." in answer.content.decode()
    assert CustomList.objects.count() == 0


def test_replacing_names_who_reads_it_and_keeps_the_old_until_the_new_is_in(creator: Client):
    person("ann"), person("bob")
    custom_list = owner(whole("Identity\nann\n"))
    using(custom_list, "Gala night")
    path = f"/segments/lists/{custom_list.pk}/upload"
    assert "Gala night" in creator.get(path).content.decode()

    assert upload(creator, b"Identity\nbob\n", path=path).status_code == 302
    assert people_in(custom_list) == {"ann"}
    again = upload(creator, b"Identity\ncid\n", path=path)
    assert (again.status_code, "still coming in" in again.content.decode()) == (422, True)
    work(custom_list)

    assert people_in(custom_list) == {"bob"}
    assert actions()[-1] == "replaced"


def test_file_can_be_stopped_and_continued(creator: Client):
    person("ann")
    custom_list = make("Identity\nann\n")
    found = newest(custom_list)

    creator.post(f"/segments/lists/uploads/{found.pk}/stop")
    work(custom_list)
    assert counts(found) == ("stopped", 0, 0, 0, 0)
    assert "Continue with the file" in creator.get(f"/segments/lists/{custom_list.pk}").content.decode()
    creator.post(f"/segments/lists/uploads/{found.pk}/resume")
    work(custom_list)

    assert counts(found) == ("completed", 1, 1, 0, 0)
    assert actions() == ["created", "stopped", "resumed"]


def test_list_becomes_a_segment_by_one_press(creator: Client):
    person("ann")
    custom_list = owner(whole("Identity\nann\n", "Gala"))

    first = creator.post(f"/segments/lists/{custom_list.pk}/segment")
    creator.post(f"/segments/lists/{custom_list.pk}/segment")

    made = Segment.objects.order_by("pk")
    assert [segment.name for segment in made] == ["Gala", "Gala (copy)"]
    assert first.headers["Location"] == f"/segments/{made[0].pk}"
    assert parse(made[0].tree) == All((InList(custom_list.pk),))


def test_rename_is_kept_in_the_trail(creator: Client):
    custom_list = make("Identity\nann\n", "Gala")
    make("Identity\nann\n", "Taken")

    taken = creator.post(f"/segments/lists/{custom_list.pk}/rename", {"name": "Taken"})
    done = creator.post(f"/segments/lists/{custom_list.pk}/rename", {"name": "Gala 2026"})

    custom_list.refresh_from_db()
    assert (taken.status_code, done.status_code, custom_list.name) == (422, 302, "Gala 2026")
    assert AuditEntry.objects.get(action="renamed").changes == {"name": ["Gala", "Gala 2026"]}


def test_list_in_use_is_not_deleted_and_its_users_are_named(creator: Client):
    custom_list = make("Identity\nann\n")
    segment = using(custom_list, "Gala night")
    factories.campaign(tree=dump(All((InList(custom_list.pk),))))

    refused = creator.post(f"/segments/lists/{custom_list.pk}/delete", follow=True).content.decode()
    assert "the segment Gala night, the campaign Win back" in refused
    segment.delete()
    Campaign.objects.update(tree=None)
    answer = creator.post(f"/segments/lists/{custom_list.pk}/delete", follow=True)

    assert "Guests is deleted." in answer.content.decode()
    assert CustomList.objects.count() == 0
    assert actions()[-1] == "deleted"


def test_lists_show_people_users_and_what_is_on_its_way(creator: Client, django_assert_num_queries):
    person("ann")
    gala = owner(whole("Identity\nann\n", "Gala"))
    using(gala, "Night")
    creator.get("/segments/lists")
    with django_assert_num_queries(QUERIES):
        one = creator.get("/segments/lists").content.decode()
    replace(gala, "Identity\nbob\n")
    make("Identity\nann\n", "Second")
    make("Identity\nann\n", "Third")

    with django_assert_num_queries(QUERIES):
        three = creator.get("/segments/lists?sort=-people").content.decode()

    assert f'href="/segments/lists/{gala.pk}/people"' in one
    assert three.index("Gala") < three.index("Second") < three.index("Third")
    assert (one.count("Night"), one.count("Waiting"), three.count("Waiting")) == (1, 0, 3)
    found = creator.get("/segments/lists?search=GAL", headers={"HX-Request": "true"}).content.decode()
    assert ("Gala" in found, "Second" in found, "<html" in found) == (True, False, False)


def test_people_are_listed_by_pages(creator: Client):
    factories.people(60)
    custom_list = owner(whole("Identity\n" + "".join(f"person-{n}\n" for n in range(1, 61)), size=100))
    path = f"/segments/lists/{custom_list.pk}/people"

    first = creator.get(path).context["page"]
    second = creator.get(f"{path}?after={first.after}").context["page"]

    assert (len(first.people), len(second.people), second.after) == (50, 10, None)
    assert creator.get(f"{path}?after=%00").context["page"].people == first.people


def test_names_of_lists_and_files_are_only_text(creator: Client):
    creator.post(
        "/segments/lists/new",
        {"name": "<script>alert(1)</script>", "file": SimpleUploadedFile("<img src=x>.csv", b"Identity\nann\n")},
    )

    page = creator.get(f"/segments/lists/{CustomList.objects.get().pk}").content.decode()

    assert ("<script>alert" in page, "<img src=x>" in page) == (False, False)


def test_who_may_only_look_sees_lists_and_changes_nothing(member: Client):
    custom_list = make("Identity\nann\n")
    found = newest(custom_list)

    seen = member.get(f"/segments/lists/{custom_list.pk}").content.decode()
    tried = [
        member.post(f"/segments/lists/{path}").status_code
        for path in (
            "new", *(f"{custom_list.pk}/{each}" for each in ("upload", "rename", "segment", "delete")),
            f"uploads/{found.pk}/stop", f"uploads/{found.pk}/resume",
        )
    ]  # fmt: skip

    assert (seen.count('<form method="post" action="/segments'), set(tried)) == (0, {403})
    assert counts(found) == ("waiting", 0, 0, 0, 0)


def test_lines_that_name_nobody_wait_for_other_exports(creator: Client):
    upload_ = whole("Identity\nzoe\nann\n")
    under_way = [export.connection() for _ in range(2)]
    for server in under_way:
        export.take_turn(server)

    refused = creator.get(f"/segments/lists/uploads/{upload_.pk}/unmatched.csv", follow=True)
    for server in under_way:
        server.close()

    assert "Two exports are under way; try again in a minute." in refused.content.decode()
    assert "exported" not in actions()


def test_who_may_not_export_gets_no_addresses_of_a_file(client_as: ClientAs):
    upload_ = whole("Email\nzoe@home.co\n")

    assert client_as(Role.MEMBER).get(f"/segments/lists/uploads/{upload_.pk}/unmatched.csv").status_code == 403


def test_file_that_is_in_already_is_not_stopped_and_it_says_so(creator: Client):
    person("ann")
    upload(creator, b"Identity\nann\n")
    came = work(CustomList.objects.get())

    answer = creator.post(f"/segments/lists/uploads/{came.pk}/stop", follow=True)

    assert "“guests.csv” is completed, so it cannot be stopped." in answer.content.decode()
    assert "stopped" not in actions()
