"""The wire format of EventBridge's API destinations: one whole event a request, whose `detail` names the person."""

from collections.abc import Mapping, Sequence

import msgspec

from people import bodies
from people.bodies import BadBody
from people.cleaning import Refused
from people.records import Record, Track
from people.segment_format import as_id, moment

IDENTITIES = ("userId", "user_id", "identity", "user.identity", "user.id", "user.userId")
ANONYMOUS = ("anonymousId", "anonymous_id", "user.anonymous_id", "user.anonymousId")
NEEDED = ("id", "detail-type", "time", "detail")
ROOTS = ("$.detail.", "$.", "detail.")


class Envelope(msgspec.Struct, gc=False):
    id: str
    time: str
    detail: dict[str, object]
    detail_type: str = msgspec.field(name="detail-type")
    version: str = "0"
    source: str = ""
    account: str = ""
    region: str = ""
    resources: list[str] = []


class Paths(msgspec.Struct, frozen=True):
    """Where in `detail` a person's ids may stand, the likeliest first: names with dots between them."""

    identity: Sequence[str] = IDENTITIES
    anonymous: Sequence[str] = ANONYMOUS

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> "Paths":
        """As the address says: `?identity=order.customer&anonymous=visitor`."""
        given = {name: [path(asked[name])] for name in ("identity", "anonymous") if asked.get(name)}
        return cls(**given)


def path(text: str) -> str:
    """`$.detail.order.customer`, as AWS writes it, → `order.customer`."""
    return next((text.removeprefix(root) for root in ROOTS if text.startswith(root)), text)


def read(body: bytes) -> Envelope:
    """Raises BadBody."""
    if body.lstrip()[:1] == b"[":
        raise BadBody(400, "One event a request is taken, no list: EventBridge sends them one by one.")
    found = bodies.parsed(body)
    missing = [f"“{name}”" for name in NEEDED if name not in found]
    if missing:
        words = ", ".join(missing)
        raise BadBody(400, f"This is no whole event: it has no {words}. Take the input transformer off the target.")
    good, bad = bodies.converted([found], Envelope)
    if bad:
        raise BadBody(400, bad[0].reason)
    return good[0][1]


def fact(event: Envelope, paths: Paths) -> Record:
    """The fact that an event tells. Raises Refused."""
    user_id, user_at = named(event.detail, paths.identity)
    anonymous_id, anonymous_at = named(event.detail, paths.anonymous)
    if user_id is None and anonymous_id is None:
        places = ", ".join(f"detail.{each}" for each in (*paths.identity, *paths.anonymous))
        raise Refused("no_identity", f"The event names no person. Looked at: {places}.")
    return Track(
        user_id=user_id,
        anonymous_id=anonymous_id,
        event=event.detail_type,
        at=moment(event.time),
        properties=without(without(event.detail, user_at), anonymous_at),
        message_id=message_id(event),
    )


def message_id(event: Envelope) -> str:
    """EventBridge's own id is the same on every retry. What Belfry put on a bus may be there twice, with our id."""
    ours = event.detail.get("message_id")
    is_ours = event.detail.get("channel") == "eventbridge" and isinstance(ours, str)
    return f"belfry:{ours}" if is_ours else event.id


def named(detail: Mapping[str, object], paths: Sequence[str]) -> tuple[str | None, list[str]]:
    """The first id that is there, and the way to it."""
    for each in paths:
        steps = each.split(".")
        found = at(detail, steps)
        if isinstance(found, (dict, list, bool)):
            continue
        if (id := as_id(found)) is not None:  # type: ignore[arg-type]  # text, number or None is left
            return id, steps
    return None, []


def at(detail: Mapping[str, object], steps: Sequence[str]) -> object:
    found: object = detail
    for step in steps:
        if not isinstance(found, dict):
            return None
        found = found.get(step)
    return found


def without(values: Mapping[str, object], steps: Sequence[str]) -> dict[str, object]:
    """A copy that lacks what stands there, and what is empty without it."""
    if not steps or steps[0] not in values:
        return dict(values)
    first, *rest = steps
    inner = values[first]
    left = without(inner, rest) if rest and isinstance(inner, dict) else {}
    others = {name: value for name, value in values.items() if name != first}
    return {**others, first: left} if left else others
