"""How each state is shown: its word, its icon and its tone. Meaning never rests on the colour alone."""

from dataclasses import dataclass
from typing import Literal

Tone = Literal["good", "busy", "wait", "bad", "off"]


@dataclass(frozen=True)
class Look:
    word: str
    icon: str
    tone: Tone


LOOKS = {
    # campaigns
    "draft": Look("Draft", "pencil", "off"),
    "waiting_for_approval": Look("Waiting for approval", "hourglass", "wait"),
    "rejected": Look("Rejected", "ban", "bad"),
    "expired": Look("Expired", "clock-pause", "bad"),
    "scheduled": Look("Scheduled", "calendar-event", "busy"),
    "running": Look("Running", "player-play", "busy"),
    "paused": Look("Paused", "player-pause", "wait"),
    "waiting": Look("Waiting for next run", "calendar-repeat", "busy"),
    "completed": Look("Completed", "circle-check", "good"),
    "stopped": Look("Stopped", "player-stop", "off"),
    "archived": Look("Archived", "archive", "off"),
    # runs
    "due": Look("Due", "clock", "busy"),
    "planning": Look("Choosing people", "list-check", "busy"),
    "sending": Look("Sending", "send", "busy"),
    "refused": Look("Refused by the safety check", "shield-check", "bad"),
    "missed": Look("Missed", "clock-pause", "bad"),
    # one person's message
    "queued": Look("Queued", "clock", "busy"),
    "accepted": Look("Accepted", "check", "good"),
    "excluded": Look("Excluded", "circle-minus", "off"),
    "withheld": Look("Control group", "flask", "off"),
    "failed": Look("Failed", "circle-x", "bad"),
    "unknown": Look("Unknown", "help-circle", "wait"),
    # steps, connections and the rest
    "done": Look("Done", "circle-check", "good"),
    "problem": Look("Problem", "alert-triangle", "bad"),
    "todo": Look("To do", "circle-dashed", "off"),
    "active": Look("Active", "circle-check", "good"),
    "mapping": Look("Waiting for its mapping", "hourglass", "wait"),
    "healthy": Look("Healthy", "circle-check", "good"),
    "failing": Look("Failing", "alert-triangle", "bad"),
    "untested": Look("Not tested yet", "help-circle", "wait"),
    "subscribed": Look("Subscribed", "check", "good"),
    "unsubscribed": Look("Unsubscribed", "circle-minus", "off"),
    "suppressed": Look("Suppressed", "ban", "bad"),
}


def look(state: str) -> Look:
    """A state without a look of its own shows its own name, in grey."""
    return LOOKS.get(state) or Look(state.replace("_", " ").capitalize(), "circle-dot", "off")
