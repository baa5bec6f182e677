"""Allowing messages again after a bounce: what was true before it is true again, for everybody at the address."""

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from people import suppressing, unsubscribing
from people.models import BouncedAddress, Lifting, Profile, Subscription

State = Subscription.State
LIFTED = "bounce"  # a complaint is somebody's own no, and what an operator set by hand is the operators'


def is_offered(subscription: Subscription) -> bool:
    """Never over somebody's own no, whether it was said before the bounce or since."""
    said_no = subscription.before == State.UNSUBSCRIBED
    return subscription.state == State.SUPPRESSED and subscription.cause == LIFTED and not said_no


@transaction.atomic
def allow_again(person: Profile, channel: str, *, by: User, now: datetime) -> bool:
    """Audited, and safe to repeat. False: there is nothing, or nothing any more, that may be lifted."""
    others = unsubscribing.people_at(person.email) if channel == Subscription.Channel.EMAIL and person.email else []
    found = Subscription.objects.select_for_update().filter(profile__in={person.pk, *others}, channel=channel)
    lifted = [each for each in found.order_by("profile_id") if is_offered(each)]
    own = next((each for each in lifted if each.profile_id == person.pk), None)
    if own is None:
        return False
    ids = [each.pk for each in lifted]
    Subscription.objects.filter(pk__in=ids, before="").delete()
    Subscription.objects.filter(pk__in=ids).update(
        state=State.SUBSCRIBED, cause="", code="", words="", campaign=None, before="", updated_at=now
    )
    BouncedAddress.objects.filter(address=suppressing.folded(person.email or "")).delete()
    Lifting.objects.bulk_create(Lifting(profile_id=each.profile_id, channel=channel, at=now) for each in lifted)
    gone = f"{own.get_state_display()}: {own.cause} {own.code}".strip()
    note = f"{len(lifted) - 1} more at the same address" if lifted[1:] else ""
    change = {own.get_channel_display(): (gone, State(own.before).label if own.before else "Nothing said")}
    audit.record(by, "allowed again", person, change, note)
    return True
