"""What hostile forms get from the pages of segments: words, never an error page."""

import json

import pytest
from django.test import Client

from tests.segments.making import SPANISH, person, rule, segment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("event_table")]
FRAGMENTS = ["builder", "reach", "count", "checks", "examples"]
NUMBERS = ["1e999999999", "-1e999999999", "1e-999999999", "1e400", "sNaN", "NaN", "Infinity", "9" * 5000]
LONG = "9" * 5000


def compared(number: str) -> dict[str, object]:
    return {
        "tree.kind": "all",
        "tree.0.family": "did",
        "tree.0.event": "Charged",
        "tree.0.period": "ever",
        "tree.0.measure": "count.at_least",
        "tree.0.amount": number,
        "tree.1.family": "property",
        "tree.1.property": "points",
        "tree.1.typed": "points",
        "tree.1.type": "number",
        "tree.1.operator": "equals",
        "tree.1.value": [number],
    }


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("fragment", FRAGMENTS)
def test_a_number_that_is_none_or_out_of_range_is_refused_in_words(member: Client, fragment: str, number: str) -> None:
    answer = member.post(f"/segments/{fragment}", compared(number))

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("number", "words"), [("1e999999999", "Type a number."), ("1e300", "This number is too large.")]
)
def test_the_words_stand_where_the_reach_would(member: Client, number: str, words: str) -> None:
    typed = {name: value for name, value in compared(number).items() if not name.startswith("tree.0")}

    assert member.post("/segments/reach", typed).context["error"].message == words


@pytest.mark.parametrize("number", NUMBERS)
def test_a_segment_with_such_a_number_is_not_kept(creator: Client, number: str) -> None:
    answer = creator.post("/segments/new", {"name": "Hostile", "version": 1, **compared(number)})

    assert answer.status_code == 422


@pytest.mark.parametrize("asked", ["\0", "ann\0", "\0@example.com"])
def test_asking_why_of_a_name_that_cannot_be_stored_finds_nobody(member: Client, asked: str) -> None:
    person("ann")

    answer = member.post("/segments/why", {"person": asked, "tree": json.dumps(rule(SPANISH))})

    assert (answer.status_code, "person" in answer.context) == (200, False)


def test_a_segment_id_that_is_none_counts_all_the_same(member: Client) -> None:
    for given in (LONG, "٣", "9" * 19):
        answer = member.post("/segments/count", {"segment": given, "tree": json.dumps(rule(SPANISH))})
        assert answer.context["reach"].people == 0


@pytest.mark.parametrize("after", [LONG, "9" * 19, "٣", "\0"])
def test_the_people_of_a_segment_start_over_at_nonsense(member: Client, after: str) -> None:
    made = segment()

    assert member.get(f"/segments/{made.pk}/people", {"after": after}).status_code == 200


def test_a_place_of_a_button_that_is_none_changes_nothing(member: Client) -> None:
    answer = member.post("/segments/builder", {**compared("1"), "tree.action": f"remove:{LONG}"})

    assert answer.status_code == 200


@pytest.mark.parametrize("query", [{"search": "\0"}, {"page": LONG}, {"sort": "\0"}])
def test_the_list_of_segments_reads_past_nonsense(member: Client, query: dict[str, str]) -> None:
    assert member.get("/segments/", query).status_code == 200
