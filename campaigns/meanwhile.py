"""What was done to a campaign while a page of it stood open elsewhere, in words: who, when, what it does now."""

from datetime import datetime

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts import audit
from accounts.models import User
from accounts.templatetags.formats import local_words
from campaigns.lifecycle import Refused, RulesChanged
from campaigns.models import Campaign, Run
from campaigns.reviewed import Named
from segments.models import CustomList

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
    if isinstance(refused, RulesChanged):
        return rules_changed(refused, reader=reader, now=now)
    entry = audit.entries_of(campaign).filter(action="changed").first()
    by_whom = f" {audit.did(entry, 'it', reader=reader, now=now)}." if entry else ""
    return f"{refused}{by_whom} Look at it again, then publish it."


def rules_changed(refused: RulesChanged, *, reader: User, now: datetime) -> SafeString:
    """ "Who gets “Autumn” was changed … Ana changed the segment “Coats” just now: see it. Look at the campaign …" """
    each = [rule_changed(changed, reader=reader, now=now) for changed in refused.these]
    by_whom = format_html_join(" ", '{}: <a href="{}">see it</a>.', each)
    return format_html("{} {} Look at the campaign again, then publish it.", refused, by_whom)


def rule_changed(each: Named, *, reader: User, now: datetime) -> tuple[str, str]:
    """By the newest entry of a segment's rule or a list's file: who and when; and where to see what it is now."""
    kind, change = ("list", "file") if isinstance(each, CustomList) else ("segment", "tree")
    entry = audit.entries_of(each).filter(changes__has_key=change).first()
    what = f"the {kind} “{each}”"
    return (
        audit.did(entry, what, reader=reader, now=now) if entry else f"Somebody changed {what}",
        reverse(kind, args=[each.pk]),
    )


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
