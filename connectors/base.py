"""What every destination shares: the outgoing message, the receipt it earns, the errors, the protocol."""

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol, runtime_checkable

import msgspec

BACKOFF_CAP = 60.0
IN_DOUBT = 200  # messages of a batch, where nobody knows what went out when its worker is killed
FAILURES_IN_A_ROW = 5  # requests of one batch, or batches of all workers: then the others wait


Pace = Literal["", "halve", "hold"]
TEST = "Is test"  # among the campaign's fields of a message that is one
Token = dict[str, str]  # of one device: its `platform` (android, ios or web) and its `token`


@dataclass(frozen=True, slots=True)
class Field:
    """A text that every message over a kind of connection has, such as a subject.

    `escape` is what the place it goes to takes for text; `rows` is how large a field the editor offers, `input` its
    kind. Where one that `replaces_pairs` is written, a message's keys and values are not sent.
    """

    key: str
    label: str
    escape: Literal["none", "html", "url", "json", "header"] = "none"
    input: Literal["text", "html", "choice"] = "text"
    rows: int = 1
    required: bool = False
    help: str = ""
    choices: tuple[str, ...] = ()
    replaces_pairs: bool = False


@dataclass(frozen=True, slots=True)
class Start:
    """What the fields of a message can begin with, in texts by key; `words` say what it looks like."""

    key: str
    label: str
    words: str
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Block:
    """A part to insert into a field of HTML, as either language has it."""

    label: str
    mjml: str
    html: str


class Outgoing(msgspec.Struct, frozen=True, gc=False):
    """One message, rendered: what a destination translates to its wire format."""

    id: str  # the outgoing id, a UUID as text; the same on every retry
    profile_id: int
    user_id: str | None
    anonymous_id: str | None
    event: str  # name of the exported event
    at: str  # ISO-8601 in UTC: the run's occurrence
    content: dict[str, object]  # the copy's keys and values
    campaign: dict[str, object]  # the campaign's own fields, named as CleverTap's exports name them
    traits: dict[str, object]  # the profile properties chosen for the payload
    tokens: tuple[Token, ...] = ()  # the person's devices, the one seen last first
    trigger: dict[str, object] = {}  # properties of the event that made the person qualify
    constant: object = None  # the value of the property that is held constant, or a list of them
    recommendations: tuple[dict[str, object], ...] = ()
    fields: dict[str, str] = {}  # the texts of the kind's own fields, by key
    address: str = ""  # of the person, where the channel is one that has addresses
    unsubscribe: str = ""  # the person's own link to unsubscribe from the channel

    def properties(self) -> dict[str, object]:
        """What the message carries, in one flat object; the campaign's own fields win over a key of the same name."""
        found = {**self.content, **self.campaign}
        if self.trigger:
            found["Event properties"] = self.trigger
        if self.constant is not None:
            found["Constant property"] = self.constant
        if self.recommendations:
            found["Recommendations"] = self.recommendations
        return found

    def people_fields(self) -> dict[str, object]:
        """The chosen properties of the person, with the push tokens where they are wanted."""
        return {**self.traits, "push_tokens": self.tokens} if self.tokens else self.traits


class Fault(StrEnum):
    """What is wrong with the connection, as opposed to one message; `connectors.health` acts on it."""

    UNAVAILABLE = "unavailable"  # 5xx, time-out, reset, full disk: back off, counted by the breaker
    BUSY = "busy"  # asked to come back, no time named: back off, not counted by the breaker
    RATE_LIMITED = "rate_limited"  # the provider named a time to wait: waiting uses up no attempt
    MISCONFIGURED = "misconfigured"  # credentials or address refused: paused until a person mends it


class Receipt(msgspec.Struct, frozen=True, gc=False):
    """What became of one message.

    `failed` has a reason of the ledger; `retry` says after how many seconds; `unknown` means the provider may have
    taken it. `fault` is set where the connection, not the message, was to blame, `suppress` (why) where nothing may
    ever be sent to the address again. `is_untried`: there was no time left for it. `pace`: the provider wants fewer
    messages a second, or no more than now. `is_named`: it named the time to wait itself.
    """

    id: str
    state: Literal["accepted", "failed", "retry", "unknown"]
    reason: str = ""
    answer: str = ""
    retry_after: float = 0.0
    fault: Fault | None = None
    is_untried: bool = False
    suppress: Literal["", "bounce"] = ""
    pace: Pace = ""
    is_named: bool = False

    @property
    def uses_attempt(self) -> bool:
        """Waiting as long as the provider asked, or for a person to mend the connection, is no failed attempt."""
        waits = self.is_untried or self.is_named
        return not waits and self.fault not in (Fault.RATE_LIMITED, Fault.MISCONFIGURED)


class Part(msgspec.Struct, frozen=True, gc=False):
    """Which batch this is: its folder ("campaign-12/run-3", of a test in "tests/"), its name (the batch id) and how
    often it was tried.

    After `seconds` no further request is begun: what is left is for the next try. `at_once`: so many batches are sent
    at the same time and share the connections there are. `one_ahead`: the last batch failed, so one request goes ahead
    of the others, alone.
    """

    folder: str
    name: str
    attempt: int = 0
    seconds: float = math.inf
    at_once: int = 1
    one_ahead: bool = False

    @property
    def is_test(self) -> bool:
        return self.folder.startswith("tests/")


class ConnectorError(Exception):
    """A whole request failed. With a `reason` of the ledger it failed for good, without one it may be sent again.

    `is_named`: the provider itself said after which time.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: str = "",
        fault: Fault | None = None,
        retry_after: float = 0.0,
        pace: Pace = "",
        is_named: bool = False,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.fault = fault
        self.retry_after = retry_after
        self.pace = pace
        self.is_named = is_named

    @property
    def permanent(self) -> bool:
        return bool(self.reason)


class FieldError(Exception):
    """A field's text that no message can be made from, in words; `key` is the field's."""

    def __init__(self, key: str, words: str) -> None:
        super().__init__(words)
        self.key = key


class Destination(Protocol):
    """One file of this app per kind."""

    @property
    def deduplicates(self) -> bool:
        """Whether a message sent twice under the same id counts once: then `unknown` may be sent again."""

    async def send(self, batch: Sequence[Outgoing], part: Part) -> list[Receipt]:
        """One receipt per message, in the order of the batch. Raises ConnectorError if the whole batch failed."""

    async def finish(self, folder: str, parts: Sequence[str]) -> str:
        """Called when a run is complete, with its parts in order; says where the result lies ("": nowhere).

        Idempotent, and safe to kill at any point.
        """


@runtime_checkable
class Checked(Protocol):
    """A destination that can say more than an answer to a message does: whether what it is set to is there."""

    async def check(self) -> None:
        """Raises ConnectorError."""


def backoff(attempt: int) -> float:
    """Seconds before the next try: at once after the first failure, then 0.5·2ⁿ with 10 % jitter, at most 60."""
    if attempt == 0:
        return 0.0
    return min(BACKOFF_CAP, 0.5 * 2.0 ** min(attempt, 10) * random.uniform(1, 1.1))  # noqa: S311 jitter is no secret


def receipts_for(ids: Iterable[str], error: ConnectorError) -> list[Receipt]:
    """The failure of a whole request as one receipt per message."""
    state: Literal["failed", "retry"] = "failed" if error.permanent else "retry"
    return [
        Receipt(
            id, state, error.reason, str(error), error.retry_after, error.fault,
            pace=error.pace, is_named=error.is_named,
        )
        for id in ids
    ]  # fmt: skip
