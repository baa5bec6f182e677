"""The steps of the campaign editor: which are done, which have a problem, which nobody has touched yet."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from campaigns import copy_names, wording
from campaigns.models import Campaign, Copy, Message
from campaigns.problems import problems
from connectors.models import Connection
from segments.phrases import listed

MAX_COPIES = 51  # the default one and fifty for values
MAX_PAIRS = 50
NAMES = {"start": "Start", "who": "Who", "what": "What", "when": "When", "review": "Review"}
INVITATIONS = {"what": "Write what people get."}  # instead of what is wrong with a step that nobody has touched
State = Campaign.State
EDITABLE = frozenset({State.DRAFT, State.SCHEDULED, State.RUNNING, State.PAUSED, State.WAITING})


@dataclass(frozen=True)
class Step:
    key: str
    name: str
    state: Literal["done", "problem", "todo"]
    words: str = ""


@dataclass(frozen=True)
class Draft:
    """A campaign with all that the editor shows of it."""

    campaign: Campaign
    message: Message
    copies: tuple[Copy, ...]

    @property
    def is_editable(self) -> bool:
        return self.campaign.state in EDITABLE

    @property
    def is_published(self) -> bool:
        return self.campaign.state != State.DRAFT

    @property
    def has_audience(self) -> bool:
        return self.campaign.segment is not None or bool(self.campaign.tree)

    @property
    def config(self) -> wording.Config:
        """What the connection is set to, without its secrets."""
        return self.campaign.connection.config if self.campaign.connection else wording.NOT_SET

    @property
    def channel(self) -> str:
        """The kind of the connection; a file as long as none is chosen."""
        return self.campaign.connection.kind if self.campaign.connection else wording.UNDECIDED

    @property
    def default(self) -> Copy:
        return next(copy for copy in self.copies if not copy.value)

    @property
    def is_by_property(self) -> bool:
        return self.message.kind == Message.Kind.BY_PROPERTY


def load(pk: int) -> Draft:
    """Two queries; raises Campaign.DoesNotExist."""
    campaign = Campaign.objects.select_related("connection", "segment", "owner", "message").get(pk=pk)
    return Draft(campaign, campaign.message, tuple(campaign.message.copies.all()))


def steps(draft: Draft, *, now: datetime) -> tuple[Step, ...]:
    """Every step with its state; the words are those that publishing would answer with."""
    found: dict[str, list[str]] = {key: [] for key in NAMES}
    for problem in problems(draft.campaign, now=now):
        found[problem.step].append(problem.message)
    if draft.is_published:
        found["when"] = []
    unfinished = [NAMES[key].lower() for key, words in found.items() if words]
    if unfinished:
        found["review"].append(f"First finish {listed(unfinished, 'and')}.")
    return tuple(step(draft, key, words) for key, words in found.items())


def step(draft: Draft, key: str, words: list[str]) -> Step:
    if not words:
        return Step(key, NAMES[key], "done")
    if is_untouched(draft, key) and key in INVITATIONS:
        return Step(key, NAMES[key], "todo", INVITATIONS[key])
    more = f" And {len(words) - 1} more." if len(words) > 1 else ""
    return Step(key, NAMES[key], "todo" if is_untouched(draft, key) else "problem", f"{words[0]}{more}")


def is_untouched(draft: Draft, key: str) -> bool:
    campaign = draft.campaign
    match key:
        case "start":
            return not campaign.name or campaign.connection is None
        case "who":
            return not draft.has_audience
        case "what":
            return len(draft.copies) == 1 and not any(text.strip() for _, text in draft.default.pairs)
        case "when":
            return not campaign.schedule
        case _:
            return True


def connection_trouble(connection: Connection, *, now: datetime) -> str:
    """Why nothing goes out through it at present, in words; "" when it is well."""
    if connection.state == Connection.State.PAUSED:
        return connection.paused_reason or "It is paused."
    if connection.failures and connection.not_before and connection.not_before > now:
        return connection.last_error or "It does not answer."
    return ""


def copy_name(copy: Copy) -> str:
    return copy_names.copy_name(copy.message.property, copy.value)
