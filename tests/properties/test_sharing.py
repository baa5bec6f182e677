"""Whoever shares whose address: each address gets at most one message, and it is the one that an oracle names."""

from dataclasses import dataclass

import pytest
from django.conf import settings as django_settings
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns import figures
from campaigns.delivery import control, snapshot
from campaigns.delivery.plan import begin, plan_chunk
from campaigns.models import Campaign, Delivery, Run
from connectors.models import Connection
from people import partitions
from people.models import Profile, Subscription
from segments.context import Everyone, Sampled
from tests import factories
from tests.campaigns.delivery import SOON
from tests.factories import NOW

pytestmark = pytest.mark.django_db
thorough = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

IN, OUT = 0, 999
TREE = {"version": 1, "rule": {"all": [{"bucket": {"from": IN, "to": IN}}]}}
ADDRESSES = ["ana@example.com", "Ana@Example.com", "ANA@EXAMPLE.COM", "bob@example.com", "élan@example.com",
             "Élan@example.com", "bob@EXAMPLE.com", "", None]  # fmt: skip


@dataclass(frozen=True)
class Person:
    address: str | None
    bucket: int
    consent: str


people = st.builds(
    Person,
    st.sampled_from(ADDRESSES),
    st.sampled_from([IN, IN, IN, OUT]),
    st.sampled_from(["", "", "subscribed", "unsubscribed", "suppressed"]),
)
crowds = st.lists(people, min_size=1, max_size=24)
letters = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def expected(crowd: dict[int, Person], campaign: Campaign) -> dict[int, str]:
    """The reason of each person who qualifies, one after the other."""
    taken: set[str] = set()
    found = {}
    for pk, person in sorted(crowd.items()):
        if person.bucket == IN:
            found[pk] = reason(pk, person, taken, campaign)
    return found


def reason(pk: int, person: Person, taken: set[str], campaign: Campaign) -> str:
    address = (person.address or "").translate(letters)
    if not address:
        return "no_address"
    if person.consent in ("unsubscribed", "suppressed"):
        return person.consent
    if address in taken:
        return "duplicate_address"
    taken.add(address)
    held_out = control.is_withheld(str(campaign.control_salt), pk, campaign.control_percent)
    return "campaign_control_group" if held_out else ""


def settle(crowd: list[Person], first_id: int, gap: int) -> dict[int, Person]:
    """New people in place of those of the example before."""
    Delivery.objects.all().delete()
    Campaign.objects.all().delete()
    Profile.objects.all().delete()
    ids = range(first_id, first_id + gap * len(crowd), gap)
    Profile.objects.bulk_create(
        Profile(pk=pk, identity=str(pk), email=person.address, bucket=person.bucket)
        for pk, person in zip(ids, crowd, strict=True)
    )
    Subscription.objects.bulk_create(
        Subscription(profile_id=pk, channel="email", state=person.consent)
        for pk, person in zip(ids, crowd, strict=True)
        if person.consent
    )
    return dict(zip(ids, crowd, strict=True))


def made() -> Campaign:
    connection, _ = Connection.objects.get_or_create(name="Mail", kind="email")
    return factories.campaign(connection, tree=TREE, control_percent=30)


def planned(run: Run, chunks: list[int]) -> dict[int, str]:
    """In chunks of these sizes, one after the other; each is a planner of its own, as after a crash."""
    begin(run.pk, now=SOON)
    for size in [*chunks, *[django_settings.PLAN_CHUNK] * 100]:
        with override_settings(PLAN_CHUNK=size):
            if not plan_chunk(run.pk, now=SOON):
                break
    return dict(Delivery.objects.filter(run=run).values_list("profile_id", "reason"))


@thorough
@given(crowds, st.lists(st.integers(1, 12), max_size=8), st.integers(1, 5))
def test_planning_agrees_with_the_oracle_in_chunks_of_any_sizes(
    crowd: list[Person], chunks: list[int], gap: int
) -> None:
    partitions.ensure("campaigns_delivery", now=NOW, since=NOW)
    known, campaign = settle(crowd, 100, gap), made()

    assert planned(factories.run(campaign), chunks) == expected(known, campaign)


@thorough
@given(crowds, st.sampled_from([1, 16, 32, 64]))
def test_the_number_of_those_who_receive_agrees_with_the_oracle(crowd: list[Person], gap: int) -> None:
    """Of everybody, and of those in the sample, who share with people outside it."""
    known, campaign = settle(crowd, 64, gap), made()
    frozen = snapshot.freeze(campaign)

    for part in (Everyone(), Sampled()):
        of_part = {pk for pk in known if pk % 64 == 0 or part == Everyone()}
        reasons = [why for pk, why in expected(known, campaign).items() if pk in of_part]
        funnel = figures.read(frozen, figures.counted(frozen, now=SOON, people=part)).funnel

        assert funnel.receives == reasons.count("")
        assert funnel.reasons == {why: reasons.count(why) for why in set(reasons) - {""}}
