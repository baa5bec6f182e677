"""What keeps a campaign from being published, step by step, in words that say what to do."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.conf import settings

from accounts.models import AccountSettings
from campaigns import schedule_json, wording
from campaigns.models import Campaign, Copy, Message
from campaigns.schedule import At, upcoming
from campaigns.schedule_json import ScheduleError
from connectors import registry
from connectors.models import Connection
from segments import parse
from segments.parse import TreeError

Step = Literal["start", "who", "what", "when"]


@dataclass(frozen=True, slots=True)
class Problem:
    step: Step
    message: str


def problems(campaign: Campaign, *, now: datetime) -> list[Problem]:
    """Everything that is missing or wrong, in the order of the steps; empty: it can be published."""
    return [
        *(Problem("start", message) for message in start_problems(campaign)),
        *(Problem("who", message) for message in who_problems(campaign)),
        *(Problem("what", message) for message in what_problems(campaign)),
        *(Problem("when", message) for message in when_problems(campaign, now)),
    ]


def start_problems(campaign: Campaign) -> list[str]:
    found = [] if campaign.name.strip() else ["Give the campaign a name."]
    if campaign.connection is None:
        found.append("Choose the connection that it is sent over.")
    elif campaign.connection.state == Connection.State.PAUSED:
        found.append(f"The connection “{campaign.connection}” is paused: {campaign.connection.paused_reason}".strip())
    return found


def who_problems(campaign: Campaign) -> list[str]:
    tree = campaign.segment.tree if campaign.segment else campaign.tree
    if tree is None:
        return ["Choose a segment, or make one."]
    try:
        parse.parse(tree)
    except TreeError as error:
        return [str(error)]
    return []


def what_problems(campaign: Campaign) -> list[str]:
    message = Message.objects.filter(campaign=campaign).first()
    copies = list(message.copies.all()) if message else []
    if message is None or not any(copy.value == "" for copy in copies):
        return ["Write the default copy."]
    kind = campaign.connection.kind if campaign.connection else wording.UNDECIDED
    config = campaign.connection.config if campaign.connection else wording.NOT_SET
    found = [] if message.event_name.strip() else ["Give the exported event a name."]
    if registry.channel(kind) == "email" and not settings.PUBLIC_URL:
        found.append("Links to unsubscribe lead nowhere yet: ask your operator to set BELFRY_PUBLIC_URL.")
    for copy in copies_sent(message, copies):
        found += wording.words_of(str(copy), kind, copy.pairs, config)
    return found


def copies_sent(message: Message, copies: list[Copy]) -> list[Copy]:
    return copies if message.kind == Message.Kind.BY_PROPERTY else [copy for copy in copies if copy.value == ""]


def when_problems(campaign: Campaign, now: datetime) -> list[str]:
    try:
        schedule = schedule_json.parse(campaign.schedule)
    except ScheduleError as error:
        return [error.message]
    if upcoming(schedule, now=now, account_zone=AccountSettings.current().zone, limit=1):
        return []
    if isinstance(schedule.when, At):
        return ["All dates are past. Choose one that is ahead."]
    return ["This schedule has no run ahead. Choose a later end."]
