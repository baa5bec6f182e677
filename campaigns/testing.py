"""Test sends: to people who know that they get tests, of one copy or all, never too many at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet, Sum

from accounts import audit
from accounts.models import User
from campaigns import editor, preview, wording
from campaigns.copy_names import copy_name
from campaigns.delivery import snapshot as snapshots
from campaigns.delivery import testing as delivery
from campaigns.delivery.snapshot import Snapshot
from campaigns.editor import Draft
from campaigns.models import Campaign, Tester, TestMessage, TestPress, TestSend
from campaigns.models.ledger import State
from connectors import registry
from people.models import Profile

MOST_TESTERS = 50
MOST_AT_ONCE = 50  # messages of one test
MOST_AN_HOUR = 200  # messages of one user, those that are sent again too
HOUR = timedelta(hours=1)
FEW = 5  # so many are sent while the page waits; more are left to the workers
OWN, EVERY = "own", "every"
AGAIN = (State.FAILED, State.UNKNOWN)


class Refused(Exception):
    """No test is sent; the message says why and what to do."""


@dataclass(frozen=True)
class Wanted:
    """What was asked for: whom, which copies (`own`, `every` or a copy's id), and where mails go."""

    people: Sequence[int]
    copies: str = OWN
    is_told: bool = True
    to_me: bool = False


@transaction.atomic
def add(profile: Profile, *, by: User, now: datetime) -> None:
    """Make somebody a test person. Raises Refused where there are too many."""
    if Tester.objects.exclude(profile=profile).count() >= MOST_TESTERS:
        raise Refused(f"There are {MOST_TESTERS} test people already. Take somebody away first.")
    tester, is_new = Tester.objects.get_or_create(profile=profile, defaults={"added_by": by, "added_at": now})
    if is_new:
        audit.record(by, "added", tester)


@transaction.atomic
def remove(profile_id: int, *, by: User) -> None:
    for tester in Tester.objects.filter(profile=profile_id):
        audit.record(by, "removed", tester)
        tester.delete()


def start(draft: Draft, wanted: Wanted, *, by: User, now: datetime) -> TestSend:
    """A test of the draft as it stands, queued; `go` sends it. Raises Refused."""
    if draft.campaign.connection is None:
        raise Refused("Choose a connection on the step Start first: a test goes out over the real one.")
    snapshot = preview.frozen(draft)
    if trouble := trouble_of(snapshot):
        raise Refused(trouble)
    chosen = messages(snapshot, wanted, now=now)
    moment = preview.occasion(draft, now=now)
    test = TestSend(
        campaign=draft.campaign,
        by=by,
        at=now,
        occurrence=moment.at,
        number=moment.number,
        snapshot=snapshots.dump(snapshot),
        is_told=wanted.is_told,
        address=own_address(by) if wanted.to_me and registry.channel(draft.channel) == "email" else "",
    )
    keep(test, chosen, by=by, now=now)
    return test


def trouble_of(snapshot: Snapshot) -> str:
    """What keeps the first copy that is not finished from being sent, in the words of the step What."""
    words = (
        words
        for copy in snapshot.copies
        for words in wording.words_of(copy_name(snapshot.property, copy.value), snapshot.channel, copy.pairs)
    )
    return next(words, "")


def messages(snapshot: Snapshot, wanted: Wanted, *, now: datetime) -> list[TestMessage]:
    """Who gets which copy. Raises Refused."""
    people = list(Tester.objects.filter(profile__in=wanted.people).values_list("profile_id", flat=True))
    if not people:
        raise Refused("Choose at least one test person.")
    own = delivery.own_copies(snapshot, people, now=now) if wanted.copies == OWN else {}
    pairs = [
        TestMessage(profile_id=person, copy_id=copy.id, copy=copy_name(snapshot.property, copy.value))
        for copy in snapshot.copies
        for person in people
        if wanted.copies == EVERY or wanted.copies == str(copy.id) or own.get(person) == copy.id
    ]
    if not pairs:
        raise Refused("The copy that was chosen is no longer there. Choose another.")
    if len(pairs) > MOST_AT_ONCE:
        raise Refused(f"These are {len(pairs)} messages; a test has at most {MOST_AT_ONCE}. Choose fewer people.")
    return pairs


def own_address(by: User) -> str:
    if not by.email:
        raise Refused("Your login has no e-mail address. Give it one under Settings.")
    return by.email


@transaction.atomic
def keep(test: TestSend, chosen: Sequence[TestMessage], *, by: User, now: datetime) -> None:
    """Raises Refused where the user has sent too many of late."""
    spend(by, len(chosen), now=now)
    test.save()
    for message in chosen:
        message.send = test
    TestMessage.objects.bulk_create(chosen)
    audit.record(by, "sent a test of", test.campaign, {"test people": (None, names(test.messages.all()))})


@transaction.atomic
def again(test: TestSend, *, by: User, now: datetime) -> int:
    """Queue once more what did not go out, or may not have, under the same ids. How many; raises Refused.

    Only whoever sent the test may: it goes to where they wanted it, and counts as theirs. Its row is locked, so that of
    two who press at once one finds it on its way.
    """
    if test.by_id != by.pk:
        raise Refused(f"{test.by} sent this test, and only they can send it again. Send one of your own.")
    test = TestSend.objects.select_for_update(no_key=True).get(pk=test.pk)
    if is_over(test, now=now):
        raise Refused("This test is over. Send a new one.")
    if test.lease_until or test.messages.filter(state=State.QUEUED).exists():
        raise Refused("This test is on its way already.")
    left = test.messages.filter(state__in=AGAIN)
    whom = names(left)
    if not whom:
        raise Refused("Nothing of this test is left to be sent again.")
    spend(by, len(left), now=now)
    audit.record(by, "sent a test again of", test.campaign, {"test people": (None, whom)})
    return left.update(state=State.QUEUED, reason="", answer="")


def is_over(test: TestSend, *, now: datetime) -> bool:
    """What is older is a new test: the people and the copies have changed since."""
    return now - test.at > HOUR


def spend(by: User, messages: int, *, now: datetime) -> None:
    """Count so many messages in the user's hour. Their row stays locked until the transaction ends, so that two tabs
    count together. Raises Refused."""
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    presses = TestPress.objects.filter(by=by)
    presses.filter(at__lte=now - HOUR).delete()
    lately = presses.aggregate(messages=Sum("messages", default=0))["messages"]
    if lately + messages > MOST_AN_HOUR:
        these = "one more is" if messages == 1 else f"{messages} more are"
        raise Refused(
            f"You sent {lately} test messages within an hour, and {these} too many: "
            f"{MOST_AN_HOUR} is the most. Wait a little."
        )
    TestPress.objects.create(by=by, at=now, messages=messages)


def names(messages: QuerySet[TestMessage]) -> list[str]:
    """Of the people, each once."""
    return sorted({str(each.profile) for each in messages.select_related("profile")})


def go(test: TestSend, *, now: datetime) -> None:
    """A few are sent at once; more than that by the workers, soon."""
    if test.messages.filter(state=State.QUEUED).count() <= FEW:
        delivery.send(test.pk, now=now)


def last(campaign: Campaign) -> TestSend | None:
    return TestSend.objects.filter(campaign=campaign).select_related("by").first()


def remembered(by: User) -> set[int]:
    """Whom the user tested with the last time; everybody the first time."""
    newest = TestSend.objects.filter(by=by).first()
    of = newest.messages.all() if newest else Tester.objects.all()
    return set(of.values_list("profile_id", flat=True))


def copies(draft: Draft) -> list[tuple[str, str]]:
    """What can be chosen of a message with several copies."""
    if not draft.is_by_property:
        return []
    each = [(str(copy.pk), f"only the copy {editor.copy_name(copy)}") for copy in draft.copies]
    return [(OWN, "the copy that each of them gets"), (EVERY, "every copy"), *each]
