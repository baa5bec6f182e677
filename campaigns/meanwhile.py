"""What was done to a campaign while a page of it stood open elsewhere, in words: who, when, what it does now."""

from datetime import datetime

from accounts import audit
from accounts.models import User
from accounts.templatetags.formats import local_words
from campaigns.lifecycle import Refused
from campaigns.models import Campaign, Run

State = Campaign.State
DOES = {
    State.RUNNING: "it is being sent",
    State.PAUSED: "it is paused",
    State.COMPLETED: "it is completed",
    State.STOPPED: "it was stopped since",
    State.ARCHIVED: "it is archived",
}


def published(campaign: Campaign, *, reader: User, now: datetime) -> str:
    """ "Ana published this 2 minutes ago; it is being sent." """
    entry = audit.entries_of(campaign).filter(action="published").first()
    done = audit.did(entry, "this", reader=reader, now=now) if entry else "This is published"
    return f"{done}; {does(campaign, now)}."


def changed(campaign: Campaign, refused: Refused, *, reader: User, now: datetime) -> str:
    """ "“Autumn” was changed since … Ana changed it just now. Look at it again, then publish." """
    entry = audit.entries_of(campaign).filter(action="changed").first()
    by_whom = f" {audit.did(entry, 'it', reader=reader, now=now)}." if entry else ""
    return f"{refused}{by_whom} Look at it again, then publish it."


def refusal(campaign: Campaign, refused: Refused, *, reader: User, now: datetime) -> str:
    """Why something is refused, and by whose doing: "“Autumn” is paused already. Ana paused it 2 minutes ago." """
    campaign.refresh_from_db()
    entry = audit.entries_of(campaign).filter(changes__has_key="state").first()
    if entry is None or entry.changes["state"][1] != campaign.state:
        return str(refused)
    return f"{refused} {audit.did(entry, 'it', reader=reader, now=now)}."


def does(campaign: Campaign, now: datetime) -> str:
    """What comes of it, at present."""
    if campaign.state in DOES:
        return DOES[State(campaign.state)]
    run = campaign.runs.filter(state=Run.State.DUE).order_by("due_at").first()
    if run is None or run.due_at <= now:
        return "it is about to be sent"
    at = local_words(run.due_at, "")
    return f"it is scheduled for {at}" if campaign.state == State.SCHEDULED else f"its next run is on {at}"
