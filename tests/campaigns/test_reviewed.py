"""What is published goes to those whom Review showed: rules and lists that others changed since are told by name."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import audit
from campaigns import editor, figures, figures_asked, reviewed
from campaigns.models import Campaign, Run
from campaigns.preview import frozen
from segments import keeping
from segments.models import Computation, CustomList, ListUpload, Segment
from tests import factories

pytestmark = pytest.mark.django_db

SEEN = re.compile(r'name="seen" value="([^"]*)"')


def rule(*conditions: object) -> dict[str, Any]:
    return {"version": 1, "rule": {"all": list(conditions)}}


def buckets(to: int) -> dict[str, Any]:
    return {"bucket": {"from": 0, "to": to}}


def segment(name: str, *conditions: object) -> Segment:
    return Segment.objects.create(name=name, tree=rule(*conditions))


def draft(**who: Any) -> Campaign:
    factories.people(3)
    campaign = factories.campaign(state="draft")
    given = {"segment": None, "tree": None} | who
    Campaign.objects.update(published_at=None, schedule={"version": 1, "kind": "now"}, **given)
    campaign.refresh_from_db()
    return campaign


def look(client: Client, campaign: Campaign) -> dict[str, str]:
    """What Review gives its button to carry."""
    (seen,) = SEEN.findall(client.get(f"/campaigns/{campaign.pk}/review").text)
    return {"revision": str(campaign.revision), "seen": seen}


def publish(client: Client, campaign: Campaign, carried: dict[str, str]) -> Any:
    return client.post(f"/campaigns/{campaign.pk}/publish", carried, follow=True)


def edited_by_ana(each: Segment, *conditions: object, **fields: str) -> None:
    edited = Segment.objects.get(pk=each.pk)
    edited.tree = rule(*conditions) if conditions else edited.tree
    edited.name = fields.get("name", edited.name)
    keeping.change(edited, version=edited.version, by=factories.user("Ana"), now=timezone.now())


def words(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def outcome() -> tuple[str, int]:
    return Campaign.objects.get().state, Run.objects.count()


def test_a_segment_that_was_changed_since_is_not_published_and_says_who_changed_it(creator: Client) -> None:
    coats = segment("Coats", buckets(999))
    campaign = draft(segment=coats)
    carried = look(creator, campaign)
    edited_by_ana(coats, buckets(0))

    answer = publish(creator, campaign, carried)

    assert words(answer) == [
        "Who gets “Win back” was changed since you looked at it, so it is not published. Ana changed the segment "
        f'“Coats” just now: <a href="/segments/{coats.pk}">see it</a>. Look at the campaign again, then publish it.'
    ]
    assert answer.redirect_chain == [(f"/campaigns/{campaign.pk}/edit/review", 302)]
    assert outcome() == ("draft", 0)


@pytest.mark.parametrize("made_here", [False, True])
def test_a_segment_that_another_one_refers_to_counts_too(creator: Client, made_here: bool) -> None:
    inner = segment("Gold", buckets(999))
    middle = segment("Coats", {"segment": inner.pk, "is": "in"})
    outer = segment("Winter", {"any": [{"segment": middle.pk, "is": "not_in"}, buckets(5)]})
    campaign = draft(**({"tree": outer.tree} if made_here else {"segment": outer}))
    carried = look(creator, campaign)
    edited_by_ana(inner, buckets(0))

    answer = publish(creator, campaign, carried)

    assert "Ana changed the segment “Gold” just now" in words(answer)[0]
    assert outcome() == ("draft", 0)


def test_who_looks_again_publishes(creator: Client) -> None:
    coats = segment("Coats", buckets(999))
    campaign = draft(segment=coats)
    look(creator, campaign)
    edited_by_ana(coats, buckets(0))

    publish(creator, campaign, look(creator, campaign))

    assert outcome() == ("scheduled", 1)


def test_another_name_and_another_segment_change_nothing_about_who_gets_it(creator: Client) -> None:
    coats, hats = segment("Coats", buckets(999)), segment("Hats", buckets(999))
    campaign = draft(segment=coats)
    carried = look(creator, campaign)
    edited_by_ana(coats, name="Winter coats")
    edited_by_ana(hats, buckets(0))

    publish(creator, campaign, carried)

    assert outcome() == ("scheduled", 1)


def test_a_segment_that_refers_to_another_one_since_is_named_alone(creator: Client) -> None:
    coats, hats = segment("Coats", buckets(999)), segment("Hats", buckets(0))
    campaign = draft(segment=coats)
    carried = look(creator, campaign)
    edited_by_ana(coats, {"segment": hats.pk, "is": "in"})

    answer = publish(creator, campaign, carried)

    assert "Ana changed the segment “Coats” just now: " in words(answer)[0]
    assert "“Hats”" not in words(answer)[0]


def test_a_list_whose_file_is_another_since_is_named(creator: Client) -> None:
    vips = CustomList.objects.create(name="VIPs")
    campaign = draft(tree=rule({"list": vips.pk, "is": "in"}))
    carried = look(creator, campaign)
    upload = ListUpload.objects.create(list=vips, file_name="new.csv", path="x", size=1)
    CustomList.objects.update(current=upload)
    audit.record(factories.user("Ana"), "replaced", vips, {"file": (None, "new.csv")})

    answer = publish(creator, campaign, carried)

    assert f'Ana replaced the list “VIPs” just now: <a href="/segments/lists/{vips.pk}">see it</a>.' in words(answer)[0]
    assert outcome() == ("draft", 0)


def test_it_names_all_that_were_changed(creator: Client) -> None:
    coats, hats = segment("Coats", buckets(999)), segment("Hats", buckets(999))
    campaign = draft(tree=rule({"segment": coats.pk, "is": "in"}, {"segment": hats.pk, "is": "in"}))
    carried = look(creator, campaign)
    edited_by_ana(coats, buckets(0))
    edited_by_ana(hats, buckets(0))

    (said,) = words(publish(creator, campaign, carried))

    assert "Ana changed the segment “Coats” just now" in said
    assert "Ana changed the segment “Hats” just now" in said


def test_names_of_segments_are_only_text(creator: Client) -> None:
    coats = segment("<b>Coats", buckets(999))
    campaign = draft(segment=coats)
    carried = look(creator, campaign)
    edited_by_ana(coats, buckets(0))

    answer = publish(creator, campaign, carried)

    assert "&lt;b&gt;Coats" in answer.text
    assert "<b>Coats" not in answer.text


@pytest.mark.parametrize("garbage", ["", "=", "segment-1", "segment-1==", "\0 x=y", "list-99999999999999999999=1"])
def test_what_was_not_seen_is_not_published(creator: Client, garbage: str) -> None:
    campaign = draft(segment=segment("Coats", buckets(999)))

    publish(creator, campaign, {"revision": str(campaign.revision), "seen": garbage})

    assert outcome() == ("draft", 0)


def test_numbers_that_were_asked_of_other_rules_are_not_shown_beside_these(settings: Any) -> None:
    inner = segment("Gold", buckets(999))
    campaign = draft(tree=rule({"segment": inner.pk, "is": "in"}))
    before = frozen(editor.load(campaign.pk))
    computation = Computation.objects.create(
        kind=figures.KIND, question=figures.question_of(before).asked, key=campaign.control_salt, version="",
        editor=campaign.control_salt, asked_at=timezone.now(),
    )  # fmt: skip
    assert figures_asked.find(editor.load(campaign.pk), computation.pk) is not None

    edited_by_ana(inner, buckets(0))

    assert figures_asked.find(editor.load(campaign.pk), computation.pk) is None
    assert figures.question_of(frozen(editor.load(campaign.pk))).counted != figures.question_of(before).counted


@pytest.mark.parametrize("count", [1, 3])
def test_looking_takes_a_query_for_each_level_and_one_for_lists(count: int, django_assert_num_queries: Any) -> None:
    vips = CustomList.objects.create(name="VIPs")
    each = [segment(f"Inner {number}", {"list": vips.pk, "is": "in"}) for number in range(count)]
    outer = segment("Outer", *({"segment": one.pk, "is": "in"} for one in each))
    draft(segment=outer)
    campaign = Campaign.objects.select_related("segment").get()

    with django_assert_num_queries(2):
        found = reviewed.seen(campaign)

    assert [part.partition("=")[0] for part in found.split()] == [
        f"segment-{outer.pk}",
        *(f"segment-{one.pk}" for one in each),
        f"list-{vips.pk}",
    ]
