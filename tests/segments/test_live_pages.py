"""The pages of live segments: making, editing, trying one on a person."""

import html
import json
import re
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings

from accounts.models import AuditEntry
from people.models import PropertyName
from segments.live import drafts
from segments.live.builder import build
from segments.live.dump import dump
from segments.live.forms import errors_of
from segments.live.parse import parse, problems
from segments.live.rule import LiveRule
from segments.models import Segment
from tests.segments import live as examples
from tests.segments.html import fields_of
from tests.segments.making import SPANISH, did, person, segment
from tests.segments.test_live_rule import ABANDONED, CART, live

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("event_table")]
WAITING = {"inaction": {**ABANDONED["inaction"], "not": [{"event": "Charged"}]}}
TYPED: dict[str, Any] = {
    "name": "Left behind",
    "version": "1",
    "tree.trigger": "inaction",
    "tree.was": "inaction",
    "tree.did.0.event": "Added To Cart",
    "tree.not.0.event": "Charged",
    "tree.amount": "30",
    "tree.unit": "minutes",
}
FILTERED = {
    "tree.first": "1",
    "tree.filtered": "1",
    "tree.filter.kind": "all",
    "tree.filter.0.family": "property.language",
    "tree.filter.0.operator": "text.equals",
    "tree.filter.0.value": ["es", ""],
}


@pytest.fixture
def cart() -> None:
    ana = person("ana", name="Ana", language="es")
    for days in (3, 2, 1):
        did(ana, "Added To Cart", days_ago=days, amount=days)
    did(ana, "Charged", days_ago=2 - 10 / 1440)
    did(person("bia"), "Booked", visit_on="2026-12-24", note="window")
    PropertyName.objects.filter(name="visit_on").update(types={"date": 1})


def kept(trigger: object = WAITING, **more: object) -> Segment:
    return Segment.objects.create(name="Stored", kind=Segment.Kind.LIVE, tree=live(trigger, **more))


def words(page: str) -> str:
    """What is read, without markup, in one line."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page)))


@pytest.mark.usefixtures("cart")
def test_a_new_one_is_kept_with_its_maker_and_in_the_audit_trail(creator: Client) -> None:
    answer = creator.post("/segments/live/new", {**TYPED, **FILTERED})

    made = Segment.objects.get()
    assert answer.headers["location"] == f"/segments/{made.pk}"
    assert (made.kind, made.name, made.version) == (Segment.Kind.LIVE, "Left behind", 1)
    assert made.created_by == creator.user  # type: ignore[attr-defined]  # the fixture's
    assert made.tree == live(WAITING, first_time_only=True, filter={"all": [SPANISH]})
    assert list(AuditEntry.objects.values_list("action", "object_name")) == [("created", "Left behind")]


@pytest.mark.usefixtures("cart")
def test_a_filter_that_is_not_ticked_is_not_kept(creator: Client) -> None:
    creator.post("/segments/live/new", {**TYPED, **FILTERED, "tree.first": [], "tree.filtered": []})

    assert Segment.objects.get().tree == live(WAITING)


@pytest.mark.usefixtures("cart")
def test_what_is_missing_is_marked_and_nothing_typed_is_lost(creator: Client) -> None:
    wrong = {"tree.did.0.event": "", "tree.amount": "many", "tree.filter.0.value": [""]}

    answer = creator.post("/segments/live/new", {**TYPED, **FILTERED, **wrong, "name": ""})

    page = answer.content.decode()
    marked = re.findall(r'<div class="field-error" id="([^"]*)-error">.*?</svg>(.*?)</div>', page)
    assert answer.status_code == 422
    assert marked == [("tree-did-0", "Choose an event."), ("tree-filter-0", "Give at least one value.")]
    assert 'name="tree.amount" id="tree-amount" value="many"' in page
    assert Segment.objects.count() == 0


@pytest.mark.usefixtures("cart")
def test_an_amount_that_is_none_is_marked_where_the_trigger_is(creator: Client) -> None:
    page = creator.post("/segments/live/new", {**TYPED, "tree.amount": ""}).content.decode()

    assert re.findall(r'id="([^"]*)-error">.*?</svg>(.*?)</div>', page) == [
        ("tree", "Type a whole number of minutes from 1 to 43,200.")
    ]


@pytest.mark.usefixtures("cart")
def test_names_nobody_has_messages_and_live_segments_are_refused_at_their_places() -> None:
    other = kept()
    shoes = {"property": "colour", "type": "text", "operator": "equals", "value": ["red"]}
    trigger = {"action": [{"event": "Flew"}, {**CART, "where": [shoes]}, {"event": "Notification Sent"}]}
    moon = {"date": {"event": "Booked", "property": "moon", "when": "on"}}

    assert errors_of(live(trigger, filter={"all": [{"segment": other.pk, "is": "in"}]})) == {
        ("live", "trigger", "action", 0): "Nobody ever did “Flew”.",
        ("live", "trigger", "action", 1, "where", 0): "“Added To Cart” has no property “colour”.",
        ("live", "trigger", "action", 2): (
            "“Notification Sent” tells of a message. A live segment waits for what people do."
        ),
        ("live", "filter", 0): "“Stored” is a live segment: nobody is in it for good. Choose one of past behaviour.",
    }
    assert errors_of(live(moon)) == {("live", "trigger", "date", "property"): "“Booked” has no property “moon”."}


@pytest.mark.usefixtures("cart")
def test_an_edit_is_kept_as_the_next_version(creator: Client) -> None:
    segment = kept(first_time_only=True)

    creator.post(f"/segments/live/{segment.pk}/edit", TYPED)

    segment.refresh_from_db()
    assert (segment.name, segment.version, segment.tree) == ("Left behind", 2, live(WAITING))
    entry = AuditEntry.objects.get()
    assert (entry.action, sorted(entry.changes)) == ("changed", ["name", "tree"])


@pytest.mark.usefixtures("cart")
def test_who_saves_after_somebody_else_sees_both_and_may_save_again(creator: Client) -> None:
    segment = kept({"action": [CART]})
    Segment.objects.filter(pk=segment.pk).update(version=2, name="Theirs")

    answer = creator.post(f"/segments/live/{segment.pk}/edit", TYPED)

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Theirs When someone does Added To Cart." in words(page)
    assert 'value="Left behind"' in page
    again = creator.post(f"/segments/live/{segment.pk}/edit", {**TYPED, "version": "2"})
    segment.refresh_from_db()
    assert (again.status_code, segment.name, segment.version) == (302, "Left behind", 3)


def test_a_past_behaviour_segment_is_not_edited_as_a_live_one(creator: Client) -> None:
    assert creator.get(f"/segments/live/{segment().pk}/edit").status_code == 404


@pytest.mark.parametrize("trigger", [
    {"action": [CART, {"event": "Charged"}]},
    WAITING,
    {"date": {"event": "Booked", "property": "visit_on", "when": "before", "amount": 5, "unit": "days", "at": "09:00"}},
    {"date": {"event": "Booked", "property": "visit_on", "when": "on"}},
    {"page_visit": {"operator": "equals", "value": ["https://a.example/", "https://b.example/"]}},
    {"referrer": {"property": "utm_medium", "operator": "exists"}},
    {"page_count": {"operator": "greater_than", "value": 4}},
])  # fmt: skip
@pytest.mark.usefixtures("cart")
def test_the_builder_holds_every_kind_and_gives_it_back(trigger: dict[str, Any]) -> None:
    rule = live(trigger, first_time_only=True, filter={"any": [SPANISH]})

    shown = render_to_string("segments/live/_builder.html", {"live": build(rule, name="tree")})

    assert drafts.read(fields_of(shown), "tree") is not None
    assert parse(drafts.read(fields_of(shown), "tree")) == parse(rule)


@pytest.mark.usefixtures("cart")
@settings(max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rules=examples.rules)
def test_the_builder_holds_every_rule_and_gives_it_back(rules: tuple[LiveRule, ...]) -> None:
    for rule in rules:
        shown = render_to_string("segments/live/_builder.html", {"live": build(dump(rule), name="tree")})

        assert parse(drafts.read(fields_of(shown), "tree")) == rule


@pytest.mark.parametrize(
    "stored",
    [
        None,
        {},
        [],
        {"live": 3},
        {"live": {"trigger": {"action": [3, None]}}},
        {"live": {"trigger": {"date": [], "inaction": "x"}, "filter": "everyone"}},
    ],
)
def test_whatever_is_stored_a_builder_comes_of_it(stored: object) -> None:
    shown = render_to_string("segments/live/_builder.html", {"live": build(stored, name="tree")})

    assert problems(drafts.read(fields_of(shown), "tree")) != []


@pytest.mark.usefixtures("cart")
def test_another_kind_keeps_what_was_done_and_forgets_the_rest(creator: Client) -> None:
    page = creator.post("/segments/live/builder?name=tree", {**TYPED, "tree.trigger": "date"}).content.decode()

    fields = fields_of(page)
    assert (fields["tree.did.0.event"], fields["tree.amount"], fields["tree.unit"]) == ("Added To Cart", "", "days")


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ({"tree.did.action": "deed:"}, (["Added To Cart", ""], ["Charged"])),
        ({"tree.not.action": "deed:"}, (["Added To Cart"], ["Charged", ""])),
        ({"tree.not.action": "remove:0"}, (["Added To Cart"], ["Charged"])),
        ({"tree.did.action": "nonsense:9.9"}, (["Added To Cart"], ["Charged"])),
    ],
)
@pytest.mark.usefixtures("cart")
def test_events_are_added_and_removed_on_their_side(
    creator: Client, action: dict[str, str], expected: tuple[list[str], list[str]]
) -> None:
    page = creator.post("/segments/live/builder?name=tree", {**TYPED, **action}).content.decode()

    fields = fields_of(page)
    sides = (
        [value for name, value in fields.items() if re.fullmatch(rf"tree\.{side}\.\d\.event", name)]
        for side in ("did", "not")
    )
    assert tuple(sides) == expected


@pytest.mark.usefixtures("cart")
def test_dates_are_offered_of_the_event_and_messages_are_no_events(creator: Client) -> None:
    typed = {"tree.trigger": "date", "tree.did.0.event": "Booked"}

    page = creator.post("/segments/live/builder?name=tree", typed).content.decode()

    assert re.findall(r'<option value="(visit_on|note)"', page.partition('id="tree-property"')[2]) == ["visit_on"]
    assert "Notification Sent" not in page


@pytest.mark.usefixtures("cart")
def test_trying_shows_each_event_of_a_person_with_its_verdict(member: Client) -> None:
    page = member.post("/segments/live/try?name=tree", {**TYPED, "person": "ana"}).content.decode()

    said = words(page)
    assert "When someone does Added To Cart and then not Charged within 30 minutes." in said
    assert "Ana : 2 qualify, 2 do not." in said
    assert re.findall(r'live-verdict">([^<]*)', page) == [
        "Qualified ", "This ends a wait, it begins none.", "They did Charged 10 minutes later.", "Qualified ",
    ]  # fmt: skip


@pytest.mark.usefixtures("cart")
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"person": ""}, "Ana : 2 qualify, 2 do not."),
        ({"person": "nobody"}, "Nobody has the identity or e-mail address nobody."),
        ({"person": "bia"}, "bia did none of this so far."),
        ({"tree.did.0.event": ""}, "What begins it: choose an event."),
        ({"tree.trigger": "page_count", "tree.was": "page_count", "tree.value": "3"}, "Nobody did this so far."),
    ],
)
def test_trying_says_whose_events_it_shows_or_why_there_are_none(
    member: Client, typed: dict[str, str], said: str
) -> None:
    page = member.post("/segments/live/try?name=tree", {**TYPED, **typed}).content.decode()

    assert said in words(page)


@pytest.mark.usefixtures("cart")
def test_a_stored_rule_is_tried_as_json(member: Client) -> None:
    asked = {"tree": json.dumps(live({"action": [{"event": "Charged"}]})), "person": "ana"}

    page = member.post("/segments/live/try?name=tree", asked).content.decode()

    assert "When someone does Charged. Ana : 1 qualifies." in words(page)


@pytest.mark.usefixtures("cart")
def test_trying_writes_nothing(member: Client) -> None:
    member.get("/segments/")

    with CaptureQueriesContext(connection) as asked:
        member.post("/segments/live/try?name=tree", {**TYPED, "person": "ana"})

    written = [each["sql"] for each in asked if re.match("INSERT|UPDATE|DELETE", each["sql"])]
    assert written == []


def test_what_somebody_sends_by_hand_never_breaks_the_pages(creator: Client) -> None:
    nasty = ["\0", "'; DROP", "<b>", "9" * 400, "☃", ".".join("0" * 50)]
    for text in nasty:
        typed = {"tree.trigger": text, "tree.did.0.event": text, "tree.did.action": text, "tree.amount": text,
                 "tree.unit": text, "tree.value": text, "tree.operator": text, "tree.property": text,
                 "tree.filtered": text, "tree.filter": text, "person": text, "name": text, "version": "1"}  # fmt: skip
        for kind in (text, *drafts.KINDS):
            for address in ("builder?name=tree", "try?name=tree", "new", f"builder?name={text}"):
                answer = creator.post(f"/segments/live/{address}", {**typed, "tree.trigger": kind})
                assert answer.status_code in (200, 302, 422)
    assert drafts.read(QueryDict(), "tree") is None
