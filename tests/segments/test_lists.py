"""Promises of custom lists: who a file names is in, who is not is told, and the last good list stays."""

from datetime import timedelta
from pathlib import Path

import pytest

from people import uploads
from people.csv_files import BadFile
from people.models import Profile
from people.records import Identify
from people.uploads import State
from segments import keeping as segment_keeping
from segments import tasks
from segments.lists import clearing, keeping, listing, loading
from segments.models import CustomList, ListMember, ListUnmatched, ListUpload, Segment
from segments.parse import TreeError, dump
from segments.tree import All, InList
from tests import factories
from tests.people.facts import take_in
from tests.segments.lists import NOW, counts, make, newest, owner, people_in, person, replace, run, unmatched, whole

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def uploaded(tmp_path: Path, settings) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def test_each_type_finds_its_people_and_each_other_line_says_why_not():
    person("ann"), person("bob", email="bob@shop.co"), person("cid", phone="+5511987654321"), person("dee")
    person(None, anonymous="a-1", name="Stranger")

    upload = whole(
        "Type,Identity\n"
        "identity,ann\ni,ann\nE-mail, BOB@shop.co \nPHONE,+55 (11) 98765-4321\ng,a-1\nAnonymous ID,a-1\n"
        "identity,nobody\nidentity,\nidentity,null\ncookie,dee\nemail,dee\nphone,4711\n,dee\nidentity,dee,extra\n"
        'email,"x@y.zz"\n'
    )

    assert people_in(owner(upload)) == {"ann", "bob", "cid", "Stranger"}
    assert counts(upload) == ("completed", 4, 6, 2, 9)
    assert unmatched(upload) == [
        (8, "identity", "nobody", "nobody"), (9, "identity", "", "no_identity"),
        (10, "identity", "null", "bad_identity"), (11, "cookie", "dee", "unknown_type"),
        (12, "email", "dee", "bad_email"), (13, "phone", "4711", "bad_phone"), (14, "", "dee", "unknown_type"),
        (15, "identity", "dee", "too_many_values"), (16, "email", "x@y.zz", "nobody"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        "Type,Identity\ni,zoë\n".encode(),
        "\ufeffTYPE;identity\ni;zoë\n".encode(),
        "type\tIdentity\tCity\r\ni\tzoë\tRome\r\n".encode("utf-16"),
        "identity|Type\rzoë|i\r".encode("cp1252"),
        '"Type","Identity"\n"i","zoë"'.encode(),
        b"\n\nCustomer ID\n\nzo\xc3\xab\n",
        'Type,Note,Identity\ni,"a\n,b",zoë\n'.encode(),
    ],
)
def test_any_encoding_separator_and_order_of_columns_is_read(content: bytes):
    person("zoë")

    assert counts(whole(content)) == ("completed", 1, 1, 0, 0)


@pytest.mark.parametrize(
    ("header", "line", "found"),
    [("Email", "A@b.co", "ann"), ("phone number", "+44 20 7946 0000", "ann"), ("Anonymous id", "a-1", "ann")],
)
def test_file_of_one_column_is_read_by_what_its_first_line_says(header: str, line: str, found: str):
    person("ann", email="a@b.co", phone="+442079460000", anonymous="a-1")

    assert people_in(owner(whole(f"{header}\n{line}\n"))) == {found}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b"\xef\xbb\xbf", "The file is empty."),
        (b"\n \n", "The first line must hold the names of the columns."),
        (b"Type,Identity\n", "There is nobody in the file: it has no lines below the names of the columns."),
        (b"ann\nbob\n", "The first line must be Type,Identity, or for a file of one column Identity, Anonymous id, "
                        "Email or Phone. This one is “ann”."),
        (b"i;ann\ni;bob\n", "The first line must be Type,Identity, or for a file of one column Identity, Anonymous "
                            "id, Email or Phone. This one is “i;ann”."),
        (b"Identity,Name\nann,Ann\n", "The first line must be Type,Identity, or for a file of one column Identity, "
                                      "Anonymous id, Email or Phone. This one is “Identity,Name”."),
        (b"Ty\0pe,Identity\ni,a\n", "The name of a column has a character that cannot be stored."),
    ],
)  # fmt: skip
def test_file_that_says_nothing_is_refused_in_words_and_leaves_nothing(content: bytes, words: str, uploaded: Path):
    with pytest.raises(BadFile) as refusal:
        make(content)

    assert str(refusal.value) == words
    assert CustomList.objects.count() == 0
    assert [each for each in uploaded.rglob("*") if each.is_file()] == []


def test_nothing_in_a_line_can_break_the_file_or_the_query():
    awkward = ["a\x00b", "'; DROP TABLE people_profile; --", "50%", "\\.", "\\N", "ü" * 600, "x" * 5000, "=1+1"]
    person("50%"), person("\\."), person("\\N")

    upload = whole("Identity\n" + "\n".join(awkward) + "\n")

    assert people_in(owner(upload)) == {"50%", "\\.", "\\N"}
    assert [(line, given[:8], reason) for line, _, given, reason in unmatched(upload)] == [
        (2, "a␀b", "bad_identity"), (3, "'; DROP ", "nobody"), (7, "üüüüüüüü", "bad_identity"),
        (8, "xxxxxxxx", "bad_identity"), (9, "=1+1", "nobody"),
    ]  # fmt: skip


def test_quote_that_nobody_closes_costs_one_line():
    person("ann"), person("u1100")

    upload = whole('Identity\n"ann\n' + "".join(f"u{number}\n" for number in range(1101)), size=500)

    assert people_in(owner(upload)) == {"u1100"}
    assert counts(upload) == ("completed", 1, 1, 0, 1101)
    assert unmatched(upload)[0] == (2, "", "", "unreadable")


def test_nobody_is_made_or_changed_by_a_list():
    person("ann")
    before = list(Profile.objects.values())

    whole("Type,Identity\ni,ann\ni,new\nemail,new@b.co\n")

    assert list(Profile.objects.values()) == before


def test_everybody_with_an_address_is_meant_by_it():
    person("ann", email="us@home.co"), person("bob", email="us@home.co"), person("cid", email="cid@home.co")

    upload = whole("Type,Identity\nemail,us@home.co\ni,bob\n")

    assert people_in(owner(upload)) == {"ann", "bob"}
    assert counts(upload) == ("completed", 2, 2, 1, 0)


def test_unmatched_lines_are_a_csv_that_no_spreadsheet_runs():
    person("ann")

    upload = whole('Type,Identity\ni,ann\ni,=cmd()\n@x,+1\nemail,"a, ""b"""\n')

    assert list(listing.unmatched_lines(upload)) == [
        "Line,Type,Identity,Reason\r\n",
        "3,i,'=cmd(),Nobody has it.\r\n",
        '4,\'@x,+1,"The type is none of identity, anonymous id, e-mail and phone."\r\n',
        '5,email,"a, ""b""",The e-mail address is not valid.\r\n',
    ]


def test_unmatched_lines_come_in_as_a_file_once_their_people_are_known():
    first = whole("Type,Identity\nphone,+5511987654321\ni,=zoe\ni,-max\n")
    text = "".join(listing.unmatched_lines(first))
    person("ana", phone="+5511987654321"), person("=zoe"), person("-max")

    again = whole("\ufeff" + text, "Again")

    assert people_in(owner(again)) == {"ana", "=zoe", "-max"}


def test_list_stays_as_it_was_until_the_new_file_is_whole():
    person("ann"), person("bob")
    custom_list = owner(whole("Identity\nann\n"))
    upload = replace(custom_list, "Identity\nbob\nx\ny\n")

    begun = loading.advance(claimed(upload), NOW, size=2)
    halfway = people_in(custom_list)
    loading.advance(begun, NOW, size=2)

    assert (halfway, people_in(custom_list)) == ({"ann"}, {"bob"})


def test_failed_file_keeps_the_last_good_list(uploaded: Path):
    person("ann")
    custom_list = owner(whole("Identity\nann\n"))
    upload = replace(custom_list, "Identity\nann\nbob\n")
    uploads.file_of(upload).unlink()

    failed = run(upload)

    assert (failed.state, failed.error) == ("failed", "The file cannot be read: No such file or directory.")
    assert people_in(custom_list) == {"ann"}


def test_file_of_strangers_replaces_nothing():
    person("ann")
    custom_list = owner(whole("Identity\nann\n"))

    upload = run(replace(custom_list, "Identity\nx\ny\n"))

    assert (counts(upload), upload.error) == (("failed", 0, 0, 0, 2), loading.NOBODY)
    assert people_in(custom_list) == {"ann"}


def test_killed_after_any_chunk_it_goes_on_without_doubles():
    for number in range(20):
        person(f"u{number}")
    custom_list = make("Identity\n" + "".join(f"u{number % 25}\n" for number in range(50)))
    upload = newest(custom_list)

    for killed in range(30):
        running = uploads.claim(ListUpload, upload.pk, NOW + timedelta(hours=killed))
        if running is None:
            break
        loading.advance(running, NOW, size=3)

    assert counts(upload) == ("completed", 20, 40, 20, 10)
    assert len(people_in(custom_list)) == 20
    assert [line for line, *_ in unmatched(upload)] == [*range(22, 27), *range(47, 52)]


def test_slow_worker_whose_lease_ran_out_adds_nothing():
    for number in range(8):
        person(f"u{number}")
    upload = newest(make("Identity\n" + "".join(f"u{number}\n" for number in range(8))))
    slow, quick = claimed(upload), claimed(upload, hours=1)

    run_on = loading.advance(quick, NOW, size=4)
    stale = loading.advance(slow, NOW, size=4)

    assert (stale.position, counts(upload)) == (run_on.position, ("running", 4, 4, 0, 0))


def test_stopped_file_brings_nothing_more_and_goes_on_where_it_was():
    person("ann"), person("bob")
    custom_list = make("Identity\nann\nbob\n")
    begun = loading.advance(claimed(newest(custom_list)), NOW, size=1)

    keeping.stop(begun.pk, by=factories.user(), now=NOW)
    assert counts(loading.advance(begun, NOW, size=1)) == ("stopped", 1, 1, 0, 0)
    assert people_in(custom_list) == set()
    keeping.resume(begun.pk, by=factories.user())
    run(begun)

    assert people_in(custom_list) == {"ann", "bob"}


def test_replaced_file_cannot_come_back():
    person("ann"), person("bob")
    custom_list = make("Identity\nann\n")
    old = keeping.stop(newest(custom_list).pk, by=factories.user(), now=NOW)
    run(replace(custom_list, "Identity\nbob\n"))

    with pytest.raises(uploads.Late):
        keeping.resume(old.pk, by=factories.user())

    assert people_in(custom_list) == {"bob"}


def test_one_file_at_a_time_comes_in():
    custom_list = make("Identity\nann\n")

    with pytest.raises(keeping.Busy):
        replace(custom_list, "Identity\nbob\n")
    assert custom_list.uploads.count() == 1


def test_file_goes_once_it_is_in(uploaded: Path):
    person("ann")

    upload = whole("Identity\nann\n")

    assert not uploads.file_of(upload).exists()


def test_worker_takes_it_to_the_end_and_due_forgets_it():
    person("ann")
    custom_list = make("Identity\nann\n")
    upload = newest(custom_list)
    assert ("segments.list", upload.pk) in tasks.due(NOW, 10)

    tasks.TASKS["segments.list"](upload.pk, float("inf"))

    assert people_in(custom_list) == {"ann"}
    assert [task for task in tasks.due(NOW, 10) if task[0].startswith("segments.list")] == []


def test_what_was_replaced_is_kept_for_an_hour_and_then_removed():
    person("ann"), person("bob")
    custom_list = owner(whole("Identity\nann\nx\n"))
    old, new = newest(custom_list), run(replace(custom_list, "Identity\nbob\ny\n"))

    soon, later = NOW + timedelta(hours=1), NOW + timedelta(hours=1, seconds=1)
    clearing.clear(old.pk, float("inf"), soon)
    assert (list(clearing.spent(soon)), list(clearing.spent(later))) == ([], [old])
    assert ListMember.objects.filter(upload=old).count() == 1
    clearing.clear(old.pk, float("inf"), later)

    assert list(clearing.spent(later)) == []
    assert list(ListMember.objects.values_list("upload", flat=True)) == [new.pk]
    assert list(ListUnmatched.objects.values_list("upload", flat=True)) == [new.pk]
    assert people_in(custom_list) == {"bob"}


def test_clearing_that_runs_out_of_time_goes_on_later(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(clearing, "BATCH", 2)
    for number in range(5):
        person(f"u{number}")
    upload = whole("Identity\n" + "".join(f"u{number}\n" for number in range(5)))
    keeping.delete(owner(upload).pk, by=factories.user(), now=NOW)

    left = []
    while ListUpload.objects.exists():
        clearing.clear(upload.pk, 0.0, NOW)
        left.append(ListMember.objects.count())

    assert left == [3, 1, 0, 0]


def test_deleted_list_takes_everything_along(uploaded: Path):
    person("ann")
    custom_list = owner(whole("Identity\nann\nx\n"))
    replace(custom_list, "Identity\nbob\n")

    keeping.delete(custom_list.pk, by=factories.user(), now=NOW)
    for name, pk in tasks.due(NOW, 10):
        tasks.TASKS[name](pk, float("inf"))

    rows = [model.objects.count() for model in (CustomList, ListUpload, ListMember, ListUnmatched)]
    assert rows == [0, 0, 0, 0]
    assert [each for each in uploaded.rglob("*") if each.is_file()] == []


def test_list_deleted_under_a_worker_s_hands_ends_its_work():
    person("ann"), person("bob")
    custom_list = make("Identity\nann\nbob\n")
    begun = loading.advance(claimed(newest(custom_list)), NOW, size=1)
    keeping.delete(custom_list.pk, by=factories.user(), now=NOW)
    clearing.clear(begun.pk, float("inf"), NOW)

    assert loading.advance(begun, NOW, size=1).state in ("stopped", "failed")
    assert [model.objects.count() for model in (CustomList, ListUpload, ListMember)] == [0, 0, 0]


def test_rule_cannot_be_saved_about_a_list_that_was_just_deleted():
    custom_list = make("Identity\nann\n")
    rule = dump(All((InList(custom_list.pk),)))
    keeping.delete(custom_list.pk, by=factories.user(), now=NOW)

    with pytest.raises(TreeError, match="A custom list that this rule names was deleted"):
        segment_keeping.create(Segment(name="Late", tree=rule), by=factories.user(), now=NOW)


def test_member_who_turns_out_to_be_known_stays_in_as_that_person():
    person("ann"), person("bob")
    person(None, anonymous="a-1"), person(None, anonymous="b-1"), person(None, anonymous="b-2")
    upload = whole("Type,Identity\ng,a-1\ng,b-1\ng,b-2\ni,bob\ni,x\n")
    other = whole("Type,Identity\ng,b-2\n", "Others")

    for user, anonymous in [("ann", "a-1"), ("bob", "b-1"), ("bob", "b-2")]:
        take_in(Identify(user_id=user, anonymous_id=anonymous))

    assert people_in(owner(upload)) == {"ann", "bob"}
    assert people_in(owner(other)) == {"bob"}
    assert (counts(upload), counts(other)) == (("completed", 2, 4, 2, 1), ("completed", 1, 1, 0, 0))
    assert ListMember.objects.count() == 3


def test_erased_person_leaves_the_lists():
    person("ann"), person("bob")
    upload = whole("Identity\nann\nbob\n")

    Profile.objects.get(identity="ann").delete()

    assert ListMember.objects.count() == 1
    assert people_in(owner(upload)) == {"bob"}


def claimed(upload: ListUpload, **later: float) -> ListUpload:
    found = uploads.claim(ListUpload, upload.pk, NOW + timedelta(**later))
    assert found is not None
    assert found.state == State.RUNNING
    return found
