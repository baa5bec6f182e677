"""Names in a rule that nothing ever had are told, each at its place."""

from typing import Any

import pytest

from segments.names import unknown_names
from segments.parse import parse
from tests.segments.making import CHARGED, did, person, rule

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("event_table")]
COAT = {"property": "category", "type": "text", "operator": "equals", "value": ["coat"]}
COLOUR = {**COAT, "property": "colour"}
AMOUNT = {"operator": "less_than", "value": 5}


def unknown(*of: object) -> list[tuple[tuple[int, ...], str]]:
    return unknown_names(parse(rule(*of)))


@pytest.fixture(autouse=True)
def _known() -> None:
    did(person("ann"), "Charged", category="coat", amount=5)


def test_known_names_and_standard_columns_are_no_problem() -> None:
    assert unknown({**CHARGED, "where": [COAT]}, {**COAT, "property": "city"}) == []


@pytest.mark.parametrize(
    ("value", "messages"),
    [
        (["de", "pt-BR", "zh-Hant"], []),
        (["de", "German"], ["“German” is kept as “de”: type that."]),
        (["pt_br"], ["“pt_br” is kept as “pt-BR”: type that."]),
        (["DE"], ["“DE” is kept as “de”: type that."]),
        (["Germ"], ["“Germ” is no language: type a tag, such as de."]),
    ],
)
def test_a_language_that_nobody_can_have_as_it_is_written(value: list[str], messages: list[str]) -> None:
    assert unknown({**COAT, "property": "language", "value": value}) == [((0,), each) for each in messages]


def test_a_part_of_a_language_is_looked_for_as_it_is() -> None:
    assert unknown({**COAT, "property": "language", "operator": "contains", "value": "DE"}) == []


@pytest.mark.parametrize(
    ("value", "messages"),
    [
        (["ios", "web"], []),
        (["iOS"], ["“iOS” is kept as “ios”: type that."]),
        (["windows"], ["A platform is Android, iOS or Web."]),
    ],
)
def test_a_platform_that_no_device_can_have(value: list[str], messages: list[str]) -> None:
    make = {**COAT, "property": "make", "value": ["Apple"]}

    found = unknown({"device": [make, {**COAT, "property": "platform", "value": value}]})

    assert found == [((0, 1), each) for each in messages]


def test_a_property_that_no_person_has() -> None:
    assert unknown(CHARGED, {"any": [COAT]}) == [((1, 0), "No person has a property “category”.")]


@pytest.mark.parametrize("family", ["did", "did_not"])
def test_an_event_that_nobody_did_among_several(family: str) -> None:
    deeds = [{"event": "Charged", "where": [COAT]}, {"event": "Danced", "where": [COAT]}]

    assert unknown({family: deeds, "period": "ever"}) == [((0, 1), "Nobody ever did “Danced”.")]


@pytest.mark.parametrize("family", ["did", "did_not"])
def test_a_property_that_the_event_never_had(family: str) -> None:
    deeds = [{"event": "Charged"}, {"event": "Charged", "where": [COAT, {**COLOUR, "item": "x"}]}]

    assert unknown({family: deeds, "period": "ever"}) == [((0, 1, 1), "“Charged” has no property “colour”.")]


@pytest.mark.parametrize("measure", ["sum", "average"])
def test_a_number_that_the_event_never_had(measure: str) -> None:
    assert unknown({**CHARGED, measure: {"property": "amount", **AMOUNT}}) == []
    assert unknown({**CHARGED, measure: {"property": "price", **AMOUNT}}) == [
        ((0,), "“Charged” has no property “price”.")
    ]


def test_the_event_the_filter_and_the_property_of_an_interest() -> None:
    over: dict[str, Any] = {"period": "ever", "of": {"property": "colour", "values": ["red"]}, "predominantly": True}

    assert unknown({"interest": "Danced", **over}) == [((0,), "Nobody ever did “Danced”.")]
    assert unknown({"interest": "Charged", "where": [COLOUR], **over}) == [
        ((0, 0), "“Charged” has no property “colour”."),
        ((0,), "“Charged” has no property “colour”."),
    ]


def test_what_became_of_messages_has_exactly_its_own_properties() -> None:
    sent = {"did": "Notification Sent", "period": "ever"}
    named = {**COAT, "property": "Campaign name"}

    assert unknown({**sent, "where": [named]}, {"did_not": "Control Group", "period": "ever"}) == []
    assert unknown({**sent, "where": [COAT]}) == [((0, 0, 0), "“Notification Sent” has no property “category”.")]


def test_conditions_without_names_ask_for_none() -> None:
    assert (
        unknown(
            {"age": {"operator": "equals", "value": 18}},
            {"near": [{"latitude": 0, "longitude": 0}], "metres": 5},
            {"channel": "email", "is": "reachable"},
            {"device": [{**COAT, "property": "make"}]},
            {"bucket": {"from": 0, "to": 1}},
        )
        == []
    )
