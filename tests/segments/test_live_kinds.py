"""Where segments are chosen, live ones are offered only where a live one can work."""

import pytest
from django.test import Client

from campaigns.forms.who import WhoForm
from segments.builder import build
from segments.models import Segment
from segments.parse import TreeError
from segments.references import refuse_circles
from segments.tree import All, InSegment
from tests import factories
from tests.segments.making import segment
from tests.segments.test_live_rule import CART, live

pytestmark = pytest.mark.django_db


@pytest.fixture
def left_behind() -> Segment:
    return Segment.objects.create(name="Left behind", kind=Segment.Kind.LIVE, tree=live({"action": [CART]}))


def test_a_campaign_to_past_behaviour_offers_no_live_segment(creator: Client, left_behind: Segment) -> None:
    spanish = segment("Spanish")
    campaign = factories.campaign(state="draft")

    page = creator.get(f"/campaigns/{campaign.pk}/edit/who").content.decode()

    assert f'<option value="{spanish.pk}"' in page
    assert f'<option value="{left_behind.pk}"' not in page


def test_a_campaign_to_past_behaviour_takes_no_live_segment(left_behind: Segment) -> None:
    form = WhoForm({"source": "saved", "segment": str(left_behind.pk), "control_percent": "0"})

    assert not form.is_valid()
    assert list(form.errors) == ["segment"]


def test_a_rule_offers_no_live_segment_and_refuses_one(left_behind: Segment) -> None:
    spanish = segment("Spanish")
    built = build({"version": 1, "rule": {"all": [{"segment": spanish.pk, "is": "in"}]}})

    offered = [choice.value for choice in built.group.rows[0].body.choices]  # type: ignore[union-attr]  # a row of segments

    assert offered == [str(spanish.pk)]
    with pytest.raises(TreeError, match="“Left behind” is a live segment"):
        refuse_circles(All((InSegment(left_behind.pk),)), None)
