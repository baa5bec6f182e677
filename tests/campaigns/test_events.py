"""Messages as events: what the ledger knows is asked for like anything else that people did."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from psycopg.sql import SQL

from campaigns.delivery.reasons import CONTROL_GROUPS, SENTENCES
from campaigns.models import Campaign, Copy, Delivery, Run
from campaigns.models.ledger import State
from people import partitions
from people.ingest import ingest
from people.models import Event, EventName
from people.records import Track
from people.registry import EventRelation, event_relation
from people.timeline import page
from segments import audience
from segments.context import Context
from segments.names import unknown_names
from segments.parse import parse
from tests import factories
from tests.campaigns.delivery import SOON
from tests.campaigns.outcomes import COPIES, LATER, mixed_run, population
from tests.factories import NOW
from tests.segments.making import rule

pytestmark = pytest.mark.django_db
SENT, FAILED, WITHHELD = "Notification Sent", "Notification Failed", "Control Group"
CONTEXT = Context(LATER, ZoneInfo("UTC"))


@pytest.fixture(autouse=True)
def room_for_deliveries(db: None) -> None:
    partitions.ensure("campaigns_delivery", now=NOW, since=NOW)


@pytest.fixture
def run() -> Run:
    return factories.run(factories.campaign(), due_at=NOW)


def relation(name: str) -> EventRelation:
    found = event_relation(name)
    assert found
    return found


def delivery(profile: int, run: Run, **fields: Any) -> Delivery:
    values = {
        "message_id": run.message_id, "run": run, "profile_id": profile, "occurrence": run.occurrence, "key": "",
        "copy_id": 0, "state": State.ACCEPTED, "recorded_at": SOON, **fields,
    }  # fmt: skip
    return Delivery.objects.create(**values)


def told(name: str) -> list[tuple[object, ...]]:
    """(person, time, properties) of all events of that name."""
    question = SQL("SELECT profile_id, at, properties::text::json FROM {} e ORDER BY at, profile_id")
    with connection.cursor() as cursor:
        cursor.execute(question.format(relation(name).relation))
        return list(cursor.fetchall())


def people(name: str, **more: object) -> int:
    """How many people a segment finds that asks for that event."""
    asked = {"did": name, "period": {"last": 30, "unit": "days"}, **more}
    return audience.count(parse(rule(asked)), CONTEXT).people


def where(name: str, kind: str, operator: str, value: object) -> list[dict[str, object]]:
    return [{"property": name, "type": kind, "operator": operator, "value": value}]


def rows(state: str, *reasons: str) -> int:
    found = Delivery.objects.filter(state=state)
    return (found.filter(reason__in=reasons) if reasons else found).count()


def test_everybody_who_got_a_message_failed_or_was_withheld_did_that_event_and_nobody_else():
    population()
    mixed_run(factories.campaign(copies=COPIES, property="language", control_percent=30))

    found = [people(name) for name in (SENT, FAILED, WITHHELD)]

    assert found == [rows("accepted"), 3, rows("excluded", "campaign_control_group")]
    assert rows("excluded") > found[2] > 0
    assert rows("unknown") == 1


def test_an_event_says_what_was_sent_and_when_it_was_recorded(run: Run):
    Campaign.objects.update(name="It's “50 %”", labels=["winter", "sale"])
    someone = factories.person()
    delivery(someone.pk, run, variant="B")

    assert told(SENT) == [
        (
            someone.pk,
            SOON,
            {
                "Campaign Id": run.campaign_id, "Campaign name": "It's “50 %”", "Campaign type": "single",
                "Campaign labels": ["winter", "sale"], "Channel": "export", "Run": 1, "Variant": "B",
            },
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("state", "reason", "name", "expected"),
    [
        (State.FAILED, "rejected_by_provider", FAILED, {"Reason": "rejected by provider"}),
        (State.EXCLUDED, "system_control_group", WITHHELD, {"Control group": "system"}),
        (State.EXCLUDED, "custom_control_group", WITHHELD, {"Control group": "custom"}),
        (State.EXCLUDED, "campaign_control_group", WITHHELD, {"Control group": "campaign"}),
    ],
)
def test_a_message_that_was_not_sent_says_why(run: Run, state: str, reason: str, name: str, expected: object):
    delivery(factories.person().pk, run, state=state, reason=reason)

    ((_, _, properties),) = told(name)

    assert isinstance(properties, dict)
    assert {key: value for key, value in properties.items() if key in ("Reason", "Control group")} == expected


def test_every_reason_of_the_ledger_can_be_asked_for():
    assert len(relation(FAILED).columns["Reason"].values()) == len(SENTENCES) - len(CONTROL_GROUPS)
    assert sorted(relation(WITHHELD).columns["Control group"].values()) == ["campaign", "custom", "system"]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (where("Campaign name", "text", "equals", ["Win back"]), 2),
        (where("Campaign name", "text", "not_equals", ["Win back"]), 1),
        (where("Campaign name", "text", "contains", "SPRING"), 1),
        (where("Campaign name", "number", "equals", 3), 0),
        (where("Campaign labels", "list", "any_of", ["sale", "other"]), 1),
        (where("Campaign labels", "list", "none_of", ["sale"]), 2),
        (where("Campaign type", "text", "equals", ["single"]), 3),
        (where("Channel", "text", "equals", ["export"]), 3),
        (where("Run", "number", "greater_than_equals", 2), 1),
        (where("Run", "number", "equals", 1), 2),
        (where("Variant", "text", "equals", ["A"]), 1),
        (where("Variant", "text", "missing", None), 2),
        (where("Variant", "text", "not_equals", ["A"]), 2),
        (where("Copy", "text", "exists", None), 0),
        (where("Campaign name", "text", "equals", ["Spring"]) + where("Run", "number", "equals", 2), 0),
    ],
)
def test_messages_are_filtered_by_campaign_label_run_copy_and_variant(run: Run, condition: Any, expected: int):
    again = factories.run(run.campaign, number=2, due_at=LATER)
    other = factories.run(factories.campaign(), due_at=NOW)
    Campaign.objects.filter(pk=other.campaign_id).update(name="Spring sale", labels=["sale"])
    for of in (run, again, other):
        delivery(factories.person().pk, of, variant="A" if of == again else "")
    cleaned = [{key: value for key, value in each.items() if value is not None} for each in condition]

    assert people(SENT, where=cleaned) == expected


def test_copies_that_were_deleted_since_can_still_be_asked_for():
    population()
    campaign = factories.campaign(copies=COPIES, property="language")
    mixed_run(campaign)
    spanish = Delivery.objects.filter(copy_id=Copy.objects.get(value="es").pk, state="accepted").count()
    Copy.objects.filter(value="es").delete()

    assert people(SENT, where=where("Copy", "text", "equals", ["es"])) == spanish > 0
    assert people(SENT, where=where("Copy", "text", "equals", ["Default"])) == rows("accepted") - spanish
    assert relation(SENT).columns["Copy"].values() == ["es", "Default"]


def test_messages_are_counted_and_missed_like_other_events(run: Run):
    often, once, never = (factories.person() for _ in range(3))
    for number in range(3):
        delivery(often.pk, run, key=str(number))
    delivery(once.pk, run)
    twice = {"operator": "greater_than_equals", "value": 2}
    not_sent = {"did_not": SENT, "period": "ever"}

    assert people(SENT, count=twice) == 1
    assert audience.examples(parse(rule(not_sent)), CONTEXT) == [never]
    assert people(SENT, period={"from": "2026-11-20", "to": "2026-11-20"}) == 2
    assert people(SENT, period={"from": "2026-11-21"}) == 0


def test_pickers_offer_campaigns_by_name_the_newest_first_and_labels_one_by_one(run: Run):
    later = factories.campaign()
    Campaign.objects.filter(pk=later.pk).update(name="Spring", labels=["sale", "winter"])
    columns = relation(SENT).columns

    assert columns["Campaign name"].values() == ["Spring", "Win back"]
    assert columns["Campaign labels"].values() == ["sale", "winter", "winback"]
    assert columns["Run"].values() == ["1"]
    assert [(name, column.type) for name, column in columns.items()] == [
        ("Campaign name", "text"), ("Campaign labels", "list"), ("Campaign Id", "number"), ("Campaign type", "text"),
        ("Channel", "text"), ("Run", "number"), ("Copy", "text"), ("Variant", "text"),
    ]  # fmt: skip


def test_a_property_that_messages_do_not_have_is_named():
    wrong = {"did": SENT, "period": "ever", "where": where("Colour", "text", "equals", ["red"])}
    right = {"did": SENT, "period": "ever", "where": where("Run", "number", "equals", 3)}

    assert [message for _, message in unknown_names(parse(rule(right, wrong)))] == [
        "“Notification Sent” has no property “Colour”."
    ]


def test_nobody_can_send_a_message_s_event_but_views_and_clicks_are_events_like_others():
    names = (SENT, FAILED, WITHHELD, "Notification Viewed", "Notification Clicked")
    facts = [Track(user_id="ann", event=name, at=NOW) for name in names]

    outcome = ingest(facts, source="test", now=SOON, live=True)

    assert [(each.index, each.code) for each in outcome.rejected] == [(each, "system_event") for each in (0, 1, 2)]
    assert outcome.rejected[0].reason == "“Notification Sent” is written by the system alone."
    assert sorted(EventName.objects.values_list("name", flat=True)) == sorted(names[3:])
    assert Event.objects.count() == 2
    assert [people(name) for name in names] == [0, 0, 0, 1, 1]


def test_a_history_shows_a_message_once(run: Run):
    someone = factories.person(identity="ann")
    delivery(someone.pk, run)
    ingest([Track(user_id="ann", event=SENT, at=NOW)], source="test", now=SOON, live=True)

    assert [row.title for row in page(someone.pk).rows] == ["Got “Win back”"]


def test_a_campaign_s_messages_are_found_by_index(run: Run):
    columns, asked = relation(SENT).columns, where("Campaign name", "text", "equals", ["Win back"])
    rule_ = parse(rule({"did": SENT, "period": "ever", "where": asked}))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(SQL("EXPLAIN {}").format(audience.select(rule_, now=LATER, zone=ZoneInfo("UTC"))))
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert columns["Campaign name"].lookup.key == "message_id"
    assert "message_id = ANY" in plan
    assert "campaigns_run" not in plan
