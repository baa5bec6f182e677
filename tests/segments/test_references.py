"""Who refers to which segment or list, and the circles that are refused."""

from typing import Any

import pytest
from django.db import transaction

from segments.membership import segments_in
from segments.models import CustomList, Segment
from segments.names import named, unknown_names
from segments.parse import TreeError, parse
from segments.references import (
    check,
    lists_in,
    mentioned,
    mentioning,
    refuse_circles,
    segments_using,
    segments_using_lists,
)
from tests.segments.making import SPANISH, rule, segment

pytestmark = pytest.mark.django_db


def within(each: Segment, is_in: bool = True) -> dict[str, Any]:
    return {"segment": each.pk, "is": "in" if is_in else "not_in"}


def live(name: str, *of: object) -> Segment:
    tree = {"version": 1, "live": {"trigger": {"action": [{"event": "Charged"}]}, "filter": {"all": list(of)}}}
    return Segment.objects.create(name=name, kind=Segment.Kind.LIVE, tree=tree)


def test_a_rule_tells_its_segments_and_lists_at_any_depth() -> None:
    tree = parse(rule({"segment": 1, "is": "in"}, {"any": [{"segment": 2, "is": "not_in"}, {"list": 3, "is": "in"}]}))

    assert (segments_in(tree), lists_in(tree)) == ({1, 2}, {3})


def test_stored_json_tells_them_in_whatever_state_it_is() -> None:
    draft = {"rule": {"all": [{"segment": 4, "is": ""}, {"segment": ""}, {"property": "segment", "value": 9}, {}, 5]}}

    assert mentioned(draft, "segment") == {4}
    assert mentioned({"live": {"filter": {"all": [{"list": 7, "is": "in"}]}}}, "list") == {7}
    assert mentioned(None, "segment") == set()


def test_segments_name_their_users_of_both_kinds_in_one_query(django_assert_num_queries: Any) -> None:
    coats, hats = segment("Coats"), segment("Hats")
    segment("Winter", {"any": [within(coats), within(hats, is_in=False)]})
    live("Bought", within(coats))
    segment("Bucket", {"bucket": {"from": coats.pk % 900, "to": 999}})

    with django_assert_num_queries(1):
        users = segments_using([coats.pk, hats.pk])

    assert {pk: [(each.kind, each.name) for each in found] for pk, found in users.items()} == {
        coats.pk: [("segment", "Bought"), ("segment", "Winter")],
        hats.pk: [("segment", "Winter")],
    }


def test_lists_name_the_segments_that_use_them() -> None:
    vips = CustomList.objects.create(name="VIPs")
    user = segment("Winter", {"list": vips.pk, "is": "in"})
    segment("Coats", {"segment": vips.pk, "is": "in"})

    found = segments_using_lists([vips.pk])

    assert [(each.name, each.url) for each in found[vips.pk]] == [("Winter", f"/segments/{user.pk}")]


def test_rows_without_a_rule_mention_nothing() -> None:
    segment("Coats", within(segment("Hats")))

    assert [each.name for each in mentioning(Segment.objects.all(), "segment", [])] == []


def test_a_segment_that_would_contain_itself_is_refused_with_the_way_there() -> None:
    coats, winter, spring = segment("Coats"), segment("Winter"), segment("Spring")
    Segment.objects.filter(pk=winter.pk).update(tree=rule(SPANISH, within(spring)))
    Segment.objects.filter(pk=spring.pk).update(tree=rule({"none": [within(coats, is_in=False)]}))

    found = check(parse(rule(SPANISH, {"any": [within(winter)]})), coats.pk)

    assert found == [((1, 0), "A segment cannot contain itself: Coats → Winter → Spring → Coats.")]


def test_a_segment_in_itself_is_refused() -> None:
    coats = segment("Coats")

    assert check(parse(rule(within(coats))), coats.pk) == [((0,), "A segment cannot contain itself: Coats → Coats.")]


def test_the_rule_to_be_saved_counts_and_not_the_stored_one() -> None:
    coats, winter = segment("Coats"), segment("Winter")
    Segment.objects.filter(pk=winter.pk).update(tree=rule(within(coats)))
    Segment.objects.filter(pk=coats.pk).update(tree=rule(within(winter)))

    assert check(parse(rule(SPANISH)), coats.pk) == []
    assert check(parse(rule(within(coats))), None) == []


def test_two_ways_to_one_segment_are_no_circle() -> None:
    hats = segment("Hats")
    coats = segment("Coats", within(hats))

    assert check(parse(rule(within(hats), within(coats))), segment("Winter").pk) == []


def test_a_live_segment_cannot_be_referred_to() -> None:
    bought = live("Bought", SPANISH)

    assert check(parse(rule(SPANISH, within(bought))), None) == [
        ((1,), "“Bought” is a live segment: nobody is in it for good. Choose one of past behaviour.")
    ]


def test_segments_upon_segments_have_a_bound() -> None:
    wide = segment("Wide", {"any": [SPANISH] * 45}, {"any": [SPANISH] * 45}, {"any": [SPANISH] * 10})
    wider = segment("Wider", *[within(wide)] * 5)

    assert check(parse(rule(within(wider), within(wider, is_in=False))), None) == []
    assert check(parse(rule(within(wider), within(wider), SPANISH)), None) == [
        ((), "With the segments it refers to, this one has more than 1,000 conditions.")
    ]


def test_a_segment_may_not_grow_beyond_what_those_above_it_can_hold() -> None:
    small = segment("Small", {"any": [SPANISH] * 20})
    many = segment("Many", *[within(small)] * 7)
    segment("Most", *[within(many)] * 7)

    assert check(parse(rule({"any": [SPANISH] * 20})), small.pk) == []
    assert check(parse(rule({"any": [SPANISH] * 21})), small.pk) == [
        ((), "“Most” refers to this segment and would have more than 1,000 conditions.")
    ]


def test_a_circle_is_refused_when_it_is_saved() -> None:
    coats = segment("Coats")

    with transaction.atomic(), pytest.raises(TreeError) as refused:
        refuse_circles(parse(rule(SPANISH, within(coats))), coats.pk)

    assert (refused.value.place, refused.value.message) == ((1,), "A segment cannot contain itself: Coats → Coats.")


def test_segments_and_lists_are_called_by_their_names() -> None:
    coats, vips = segment("Coats"), CustomList.objects.create(name="VIPs")

    names = named(parse(rule(within(coats), {"list": vips.pk, "is": "in"}, {"segment": coats.pk + 999, "is": "in"})))

    assert (names.segments, names.lists) == ({coats.pk: "Coats"}, {vips.pk: "VIPs"})


def test_a_rule_without_either_asks_for_no_names(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        named(parse(rule({"bucket": {"from": 0, "to": 1}})))


def test_what_was_deleted_is_told_at_its_place() -> None:
    gone = rule({"bucket": {"from": 0, "to": 1}}, {"segment": 987, "is": "in"}, {"list": 986, "is": "not_in"})

    assert unknown_names(parse(gone)) == [((1,), "This segment was deleted."), ((2,), "This list was deleted.")]
