"""Promises of imports: good lines are kept, bad ones are named, stopping in the middle costs and doubles nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from people import imports, looking, mapping, tasks, uploads
from people.mapping import Column
from people.models import Event, Import, Profile, Subscription
from people.records import Identify
from tests.people.facts import NOW, counts, properties_of, summary_of, take_in
from tests.people.test_odd_values import look_at

pytestmark = pytest.mark.django_db
Upload = Callable[..., Import]


@pytest.fixture
def upload(tmp_path: Path, settings) -> Upload:
    """`upload(text, kind)`: a file that is put aside with its guessed mapping, and started."""
    settings.MEDIA_ROOT = tmp_path

    def make(
        text: str | bytes, kind: str = "profiles", event_name: str = "", columns: list[Column] | None = None
    ) -> Import:
        content = text.encode() if isinstance(text, str) else text
        made = imports.keep([content], name="people.csv", kind=kind, by=None)
        imports.start(made, columns or mapping.columns_of(made.mapping), event_name)
        made.refresh_from_db()
        return made

    return make


def claimed(upload: Import, now: datetime) -> Import:
    found = uploads.claim(Import, upload.pk, now)
    assert found is not None
    return found


def run(upload: Import, size: int = 3) -> Import:
    running = claimed(upload, NOW)
    while running.state == Import.State.RUNNING:
        running = imports.advance(running, NOW, size=size)
    return running


def refusals(upload: Import) -> list[tuple[int, str]]:
    return list(upload.refusals.filter(is_note=False).values_list("line", "code"))


def test_people_are_brought_in_by_guessed_columns(upload: Upload):
    header = "Customer ID;First Name;E-Mail;Points;Member since;VIP\n"

    done = run(upload(header + "7;Ann; ANN@b.co\u00a0;12;2020-01-02;yes\n8;Bob;;;;\n"))

    assert (done.state, done.accepted, done.rejected, done.position) == ("completed", 2, 0, done.size)
    assert Profile.objects.values_list("identity", "first_name", "email").order_by("identity")[0] == (
        "7",
        "Ann",
        "ann@b.co",
    )
    assert properties_of("7") == {"Points": 12, "Member since": "2020-01-02", "VIP": True}
    assert properties_of("8") == {}


def test_events_keep_every_line_even_equal_ones(upload: Upload):
    text = "user_id,time,Amount\n" + "ann,2026-01-02T03:04:05Z,10\n" * 5

    done = run(upload(text, "events", "Charged"), size=2)

    assert (done.accepted, counts()) == (5, (1, 5))
    assert summary_of("ann")["Charged"][0] == 5
    assert Event.objects.values_list("properties", flat=True)[0] == {"Amount": 10}


def test_bad_lines_are_named_with_line_and_reason_and_good_ones_kept(upload: Upload):
    text = (
        'id,email,note,points\n1,a@b.co,x,1\n2,nobody,x,1\n3,c@d.co,"two\nlines",1\n4,,a\x00b,1\n'
        "null,,,\n6,,,1,extra\n7,,,\n8,,,many\n"
    )
    columns = [Column("id", "identity"), Column("email", "email"), Column("note", "custom", "note"),
               Column("points", "custom", "points", "number")]  # fmt: skip

    done = run(upload(text, columns=columns))

    assert (done.state, done.accepted, done.rejected) == ("completed", 3, 5)
    assert refusals(done) == [
        (3, "bad_email"), (6, "bad_text"), (7, "no_identity"), (8, "too_many_values"), (10, "bad_value"),
    ]  # fmt: skip
    assert set(Profile.objects.values_list("identity", flat=True)) == {"1", "3", "7"}


def test_killed_after_any_chunk_it_goes_on_without_doubles(upload: Upload):
    text = "user_id,time\n" + "".join(f"u{number % 3},2026-01-0{number % 9 + 1}\n" for number in range(20))
    made = upload(text, "events", "Visited")

    for killed in range(30):
        running = uploads.claim(Import, made.pk, NOW + timedelta(hours=killed))
        if running is None:
            break
        imports.advance(running, NOW, size=3)

    made.refresh_from_db()
    assert (made.state, made.accepted, counts()) == ("completed", 20, (3, 20))


def test_slow_worker_whose_lease_ran_out_adds_nothing(upload: Upload):
    made = upload("user_id,time\n" + "ann,2026-01-01\n" * 6, "events", "Visited")
    slow = claimed(made, NOW)
    quick = claimed(made, NOW + timedelta(hours=1))

    run_on = imports.advance(quick, NOW, size=4)
    stale = imports.advance(slow, NOW, size=4)

    assert (run_on.position, stale.position, counts()) == (stale.position, run_on.position, (1, 4))


def test_two_workers_never_hold_one_import(upload: Upload):
    made = upload("user_id\nann\n")

    assert uploads.claim(Import, made.pk, NOW) is not None
    assert uploads.claim(Import, made.pk, NOW) is None


def test_stop_ends_it_and_continue_goes_on_from_there(upload: Upload):
    made = upload("id\n" + "".join(f"u{number}\n" for number in range(10)))
    begun = imports.advance(claimed(made, NOW), NOW, size=4)
    uploads.stop(Import, made.pk, now=NOW)

    assert imports.advance(begun, NOW, size=4).state == "stopped"
    assert counts() == (4, 0)
    uploads.resume(Import, made.pk)
    assert run(made).state == "completed"
    assert counts() == (10, 0)


def test_import_never_subscribes_anyone_again(upload: Upload):
    take_in(Identify(user_id="ann", subscriptions={"email": False}))

    run(upload("id,email_consent\nann,yes\nbob,yes\ncid,no\n"))

    assert dict(Subscription.objects.values_list("profile__identity", "state")) == {
        "ann": "unsubscribed", "bob": "subscribed", "cid": "unsubscribed",
    }  # fmt: skip


def test_empty_cells_delete_nothing(upload: Upload):
    take_in(Identify(user_id="ann", properties={"first_name": "Ann", "plan": "x"}))

    run(upload("id,first_name,plan\nann,,\n"))

    assert Profile.objects.get().first_name == "Ann"
    assert properties_of("ann") == {"plan": "x"}


def test_worker_runs_it_to_the_end_and_due_forgets_it(upload: Upload):
    made = upload("id\nann\n")
    assert ("people.import", made.pk) in tasks.due(NOW, 10)

    tasks.TASKS["people.import"](made.pk, float("inf"))

    made.refresh_from_db()
    assert made.state == "completed"
    assert [task for task in tasks.due(NOW, 10) if task[0] == "people.import"] == []


def test_missing_file_fails_in_words(upload: Upload):
    made = upload("id\nann\n")
    uploads.file_of(made).unlink()

    done = run(made)

    words = "The uploaded file is no longer on this server. Upload it again."
    assert (done.state, done.error) == ("failed", words)


def test_column_types_are_guessed_from_the_values():
    guesses = {
        "number": ["1", "-2.5", "1e3"],
        "text": ["00123", "1"],
        "date": ["2026-01-02", "2026-01-02T10:00:00Z"],
        "date_dmy": ["31/12/2025", "1/2/2026"],
        "date_mdy": ["12/31/2025", "1/2/2026"],
        "boolean": ["yes", "NO"],
    }

    assert {kind: looking.guessed(look_at(values)) for kind, values in guesses.items()} == {
        kind: kind for kind in guesses
    }


def test_mapping_says_what_is_missing():
    who, mail, own = Column("id", "identity"), Column("m", "email"), Column("x", "custom", "x")

    assert mapping.problem([who, mail, own], "profiles", "") == ""
    assert mapping.problem([mail], "profiles", "").startswith("Choose the column that says who")
    assert mapping.problem([who, mail, mail], "profiles", "").startswith("Two columns become email")
    assert mapping.problem([who, own, own], "profiles", "").startswith("Two columns become the same")
    assert mapping.problem([who], "events", "").startswith("Say what happened")
    assert mapping.problem([who], "events", "Charged") == ""
