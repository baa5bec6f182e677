"""What is typed for a segment and not saved is kept for who typed it, and gone once it is saved or thrown away."""

import json
import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from segments import unsaved
from segments.models import Segment, Unsaved
from tests.conftest import ClientAs
from tests.segments.html import fields_of
from tests.segments.making import CHARGED, SPANISH, did, person, rule

pytestmark = pytest.mark.django_db
NEW, KEY = "/segments/new", uuid.UUID(int=7)
BUCKETS: dict[str, Any] = {"name": "Buckets", "tree.0.family": "bucket", "tree.0.low": "0", "tree.0.high": "9"}
CART = {"event": "Charged"}
WHEN = {"any": [{"did_not": "Charged", "period": {"last": 7, "unit": "days"}, "weekdays": [6, 7]}]}


def page_of(client: Client, address: str = NEW) -> Any:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer


def type_in(client: Client, address: str = NEW, *, is_kept: bool = True, **typed: str) -> Any:
    """Type into the page and let it be kept, as the page does."""
    page = page_of(client, address).content.decode()
    fields = fields_of(page)
    for name, value in typed.items():
        fields[name] = value
    keep_at = re.search(r'hx-post="(/segments/unsaved/[^"]+kind[^"]+)"', page)
    assert keep_at
    kept = client.post(keep_at[1].replace("&amp;", "&"), dict(fields.lists()))
    assert (kept.status_code, "not saved yet" in kept.content.decode()) == (200, is_kept)
    return fields


def continued(client: Client, address: str = NEW) -> Any:
    """The fields of the page that goes on with what was typed last."""
    offered = page_of(client, address).context["opened"].others
    page = page_of(client, f"{address}?unsaved={offered[0].key}")
    fields = fields_of(page.content.decode())
    fields["description"] = page.context["form"]["description"].value()
    return fields


def typed_in(fields: Any) -> dict[str, list[str]]:
    return {name: fields.getlist(name) for name in fields if name != "csrfmiddlewaretoken"}


@pytest.mark.parametrize("address", [NEW, "/segments/live/new"])
def test_a_half_made_segment_is_offered_again_as_it_was_typed(creator: Client, address: str) -> None:
    typed = type_in(creator, address, name="Coat buyers", description="half a th")

    assert "Coat buyers" in page_of(creator, address).content.decode()
    found = continued(creator, address)

    assert typed_in(found) == typed_in(typed)


def test_unsaved_changes_of_a_segment_are_offered_where_it_is_edited_only(creator: Client) -> None:
    Segment.objects.create(tree=rule(SPANISH), name="Spanish")
    edit, other = (f"/segments/{Segment.objects.get(name='Spanish').pk}/edit", NEW)

    type_in(creator, edit, description="who speak it")

    assert continued(creator, edit)["description"] == "who speak it"
    assert list(page_of(creator, other).context["opened"].others) == []


def test_what_another_person_typed_is_nobody_elses(client_as: ClientAs) -> None:
    ana, ben = client_as("creator"), client_as("admin")
    type_in(ana, name="Ana's")
    key = Unsaved.objects.get().key

    assert list(page_of(ben).context["opened"].others) == []
    assert fields_of(page_of(ben, f"{NEW}?unsaved={key}").content.decode())["name"] == ""
    assert ben.post(f"/segments/unsaved/{key}", {"name": "Ben's"}).status_code == 404
    assert ben.post(f"/segments/unsaved/{key}/drop").status_code == 404
    assert str(Unsaved.objects.get()) == "Ana's"


def test_what_is_saved_is_not_offered_again_even_if_its_last_words_come_late(creator: Client) -> None:
    fields = type_in(creator, name="Buckets")
    fields["tree.0.family"], fields["tree.0.low"], fields["tree.0.high"] = "bucket", "0", "9"

    saved = creator.post(NEW, dict(fields.lists()))
    creator.post(f"/segments/unsaved/{fields['unsaved']}?kind=past", dict(fields.lists()))

    assert (saved.status_code, Segment.objects.get().name) == (302, "Buckets")
    assert list(page_of(creator).context["opened"].others) == []


def test_a_page_saved_before_it_was_kept_is_over_too(creator: Client) -> None:
    fields = fields_of(page_of(creator).content.decode())
    fields["name"] = "Buckets"
    fields["tree.0.family"], fields["tree.0.low"], fields["tree.0.high"] = "bucket", "0", "9"

    creator.post(NEW, dict(fields.lists()))
    creator.post(f"/segments/unsaved/{fields['unsaved']}?kind=past", dict(fields.lists()))

    assert list(page_of(creator).context["opened"].others) == []


def test_what_is_refused_stays_kept_under_the_same_page(creator: Client) -> None:
    fields = type_in(creator, name="Half")

    refused = creator.post(NEW, dict(fields.lists()))

    assert (refused.status_code, str(refused.context["opened"].key)) == (422, fields["unsaved"])
    assert [each.name for each in page_of(creator).context["opened"].others] == ["Half"]


@pytest.mark.parametrize("address", [NEW, "/segments/live/new"])
def test_what_is_thrown_away_is_gone_and_can_be_brought_back(creator: Client, address: str) -> None:
    fields = type_in(creator, address, name="Half")
    row = f"/segments/unsaved/{fields['unsaved']}"

    answer = creator.post(f"{row}/drop")
    creator.post(f"{row}?kind=past", {"name": "late words"})

    assert answer.headers["Location"] == f"{address}?thrown={fields['unsaved']}"
    assert list(page_of(creator, address).context["opened"].others) == []
    offered = page_of(creator, answer.headers["Location"]).context["opened"].others
    assert [(each.name, each.is_gone) for each in offered] == [("Half", True)]
    creator.post(f"{row}/undo")
    assert continued(creator, address)["name"] == "Half"


def test_what_is_thrown_away_from_the_list_leaves_the_page_and_its_row_offers_undo(creator: Client) -> None:
    fields = type_in(creator, name="Half")
    row = f"/segments/unsaved/{fields['unsaved']}"

    gone = creator.post(f"{row}/drop", headers={"HX-Request": "true"}).content.decode()
    back = creator.post(f"{row}/undo", headers={"HX-Request": "true"}).content.decode()

    assert ("Thrown away" in gone, ">Undo<" in gone, ">Continue<" in gone) == (True, True, False)
    assert ("Thrown away" in back, ">Undo<" in back, ">Continue<" in back) == (False, False, True)


def test_what_is_saved_cannot_be_brought_back(creator: Client) -> None:
    fields = type_in(creator, **BUCKETS)
    creator.post(NEW, dict(fields.lists()))

    creator.post(f"/segments/unsaved/{fields['unsaved']}/undo")

    assert list(page_of(creator).context["opened"].others) == []


@pytest.mark.parametrize("address", [NEW, "/segments/live/new"])
def test_a_new_segment_that_says_nothing_yet_is_not_kept(creator: Client, address: str) -> None:
    type_in(creator, address, is_kept=False)
    type_in(creator, address, is_kept=False, name="  ")

    assert Unsaved.objects.count() == 0


def test_conditions_that_nobody_filled_in_are_not_kept(creator: Client) -> None:
    fields = type_in(creator, is_kept=False)
    for _ in range(2):
        fields["tree.action"] = "group:"
        fields = fields_of(creator.post("/segments/builder?name=tree", dict(fields.lists())).content.decode())

    creator.post(f"/segments/unsaved/{KEY}?kind=past", dict(fields.lists()))

    assert Unsaved.objects.count() == 0


@pytest.mark.parametrize("kind", ["past", "live"])
def test_a_segment_that_is_only_looked_at_has_no_unsaved_changes(creator: Client, kind: str) -> None:
    trees = {"past": rule(SPANISH, CHARGED, WHEN), "live": {"version": 1, "live": {"trigger": {"action": [CART]}}}}
    did(person("ana"), "Charged")
    segment = Segment.objects.create(tree=trees[kind], name="Spanish", description="who\nspeak it", kind=kind)
    edit = f"/segments/{'live/' if kind == 'live' else ''}{segment.pk}/edit"

    page = fields_of(page_of(creator, edit).content.decode())
    type_in(creator, edit, is_kept=False, description="who\r\nspeak it")

    assert (page["name"], Unsaved.objects.count()) == ("Spanish", 0)


def test_what_is_taken_back_is_not_kept_any_more(creator: Client) -> None:
    fields = type_in(creator, name="Half")

    fields["name"] = ""
    answer = creator.post(f"/segments/unsaved/{fields['unsaved']}?kind=past", dict(fields.lists()))

    assert json.loads(answer.headers["HX-Trigger"]) == {"segment-kept": {"query": ""}}
    assert Unsaved.objects.count() == 0


def test_what_comes_late_does_not_overwrite_what_was_typed_since(creator: Client) -> None:
    address = f"/segments/unsaved/{KEY}?kind=past"
    creator.post(address, {"name": "Coats", "turn": "2"})

    creator.post(address, {"name": "Coa", "turn": "1"})
    creator.post(address, {"name": "", "turn": "1"})

    assert (Unsaved.objects.get().typed["name"], Unsaved.objects.get().turn) == ("Coats", 2)


def test_what_is_typed_again_on_another_page_is_kept_once(creator: Client) -> None:
    type_in(creator, name="Coats", description="old")
    type_in(creator, name="Coats")
    again = type_in(creator, name="Coats")

    found = page_of(creator).context["opened"].others
    assert [(each.name, str(each.key) == again["unsaved"]) for each in found] == [("Coats", True), ("Coats", False)]


def test_the_address_of_a_page_names_what_is_kept_of_it(creator: Client) -> None:
    answer = creator.post(f"/segments/unsaved/{KEY}?kind=past", {"name": "Half"})

    query = json.loads(answer.headers["HX-Trigger"])["segment-kept"]["query"]
    assert fields_of(page_of(creator, NEW + query).content.decode())["name"] == "Half"
    assert fields_of(page_of(creator, NEW + query).content.decode())["unsaved"] == str(KEY)


def test_pages_side_by_side_keep_each_their_own(creator: Client) -> None:
    type_in(creator, name="One")
    type_in(creator, name="Two")

    assert [(each.name, each.words) for each in page_of(creator).context["opened"].others] == [("Two", ""), ("One", "")]


def test_changes_begun_before_somebody_else_saved_meet_the_conflict(creator: Client) -> None:
    segment = Segment.objects.create(tree=rule(SPANISH), name="Spanish")
    edit = f"/segments/{segment.pk}/edit"
    type_in(creator, edit, description="mine")
    Segment.objects.update(version=2)

    answer = creator.post(edit, dict(continued(creator, edit).lists()))

    assert (answer.status_code, "Somebody else saved" in answer.content.decode()) == (409, True)


def test_what_was_typed_is_told_apart_by_what_is_complete_of_its_rule(creator: Client) -> None:
    half = {"all": [{"bucket": {"from": 0, "to": 9}}, {"bucket": {"from": 5, "to": ""}}]}
    bare = {"all": [{"bucket": {"from": 5, "to": ""}}]}
    for number, typed in enumerate([{"all": half["all"][:1]}, half, bare]):
        address = f"/segments/unsaved/{uuid.UUID(int=number)}?kind=past"
        creator.post(address, {"tree": json.dumps({"version": 1, "rule": typed})})

    found = page_of(creator).context["opened"].others
    assert [(each.words, each.is_whole) for each in found] == [
        ("", False),
        ("People in buckets 0 to 9.", False),
        ("People in buckets 0 to 9.", True),
    ]
    assert page_of(creator).content.decode().count("Some of it is not complete.") == 1


def test_a_live_segment_is_told_apart_by_what_begins_it(creator: Client) -> None:
    live = {"trigger": {"action": [CART]}, "filter": {"all": [{"bucket": {"from": 5, "to": ""}}]}}
    creator.post(f"/segments/unsaved/{KEY}?kind=live", {"tree": json.dumps({"version": 1, "live": live})})

    [found] = page_of(creator, "/segments/live/new").context["opened"].others
    assert (found.words, found.is_whole) == ("When someone does Charged.", False)


def test_old_and_too_many_are_forgotten(creator: Client) -> None:
    by, now = User.objects.get(), timezone.now()
    for age in range(unsaved.MOST + 5):
        unsaved.keep(uuid.uuid4(), {"name": str(age)}, 0, of=Segment(), by=by, now=now - timedelta(hours=age))
    unsaved.keep(KEY, {"name": "old"}, 0, of=Segment(), by=by, now=now - timedelta(days=31))
    unsaved.keep(uuid.uuid4(), {"name": "new"}, 0, of=Segment(), by=by, now=now)

    names = [str(each) for each in unsaved.waiting(Segment(), by=by)]
    assert (len(names), "old" in names, "new" in names) == (unsaved.MOST, False, True)


def test_what_is_too_long_is_not_kept_and_what_was_kept_before_stays(creator: Client) -> None:
    address = f"/segments/unsaved/{KEY}?kind=past"
    creator.post(address, {"name": "Coats", "tree": "{}"})

    answer = creator.post(address, {"name": "Coats", "tree": "{}", "description": "x" * unsaved.MOST_BYTES})

    assert (answer.status_code, answer.content) == (413, b"This is too long to be kept before it is saved.")
    assert unsaved.waiting(Segment(), by=User.objects.get()).get().typed["description"] == ""


@pytest.mark.parametrize("text", ["\0", "9" * 5000])
def test_hostile_texts_are_kept_or_dropped_never_an_error_page(creator: Client, text: str) -> None:
    typed = {"name": text, "version": text, "tree": '{"version": 1, "rule": {"all": [{"bucket": {"from": 1e400}}]}}'}

    answers = [creator.post(f"/segments/unsaved/{KEY}?kind={kind}", typed) for kind in ("past", "live", text)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert creator.post(f"/segments/unsaved/{KEY}?segment=99999", typed).status_code == 404
    assert page_of(creator, f"{NEW}?unsaved={KEY}")
