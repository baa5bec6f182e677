"""What a run is sent with, frozen when its planning starts: editing the campaign changes the next run only."""

from typing import Any

import msgspec

from accounts.models import AccountSettings
from campaigns import wording
from campaigns.models import Campaign, Message
from connectors import connections
from segments import membership, parse


class Incomplete(Exception):
    """The campaign lacks something that sending needs; the message says what."""


class FrozenCopy(msgspec.Struct, frozen=True):
    id: int
    value: str
    pairs: list[tuple[str, str]]


class FrozenCampaign(msgspec.Struct, frozen=True):
    id: int
    name: str
    labels: list[str]


class Snapshot(msgspec.Struct, frozen=True):
    """`copies` begins with the default copy; a single message has only that one."""

    tree: Any
    kind: str
    property: str
    missing: str
    event_name: str
    include: list[str]
    copies: list[FrozenCopy]
    control_percent: int
    control_salt: str
    connection: int
    campaign: FrozenCampaign
    zone: str
    installation: str
    channel: str = wording.UNDECIDED
    references: dict[str, Any] | None = None  # of the tree: other segments, uploads of lists
    tracks: bool = False
    one_per_address: bool = False


def freeze(campaign: Campaign) -> Snapshot:
    """Everything that decides who gets what, as it is now; raises Incomplete."""
    message, account, connection = campaign.message, AccountSettings.current(), campaign.connection
    if connection is None:
        raise Incomplete("There is no connection to send over.")
    tree = tree_of(campaign)
    return Snapshot(
        tree=tree,
        references=references_of(tree),
        kind=message.kind,
        property=message.property,
        missing=message.missing,
        event_name=message.event_name,
        include=list(message.include),
        copies=copies_of(message, connection.kind),
        control_percent=campaign.control_percent,
        control_salt=str(campaign.control_salt),
        connection=connection.pk,
        campaign=FrozenCampaign(campaign.pk, campaign.name, list(campaign.labels)),
        zone=account.zone,
        installation=str(account.installation),
        channel=connection.kind,
        tracks=connection.config.get("tracks") is True,
        one_per_address=connections.one_per_address(connection),
    )


def load(stored: object) -> Snapshot:
    """From `Run.snapshot`."""
    return msgspec.convert(stored, Snapshot)


def dump(snapshot: Snapshot) -> dict[str, Any]:
    """For `Run.snapshot`."""
    frozen: dict[str, Any] = msgspec.to_builtins(snapshot)
    return frozen


def tree_of(campaign: Campaign) -> Any:
    tree = campaign.segment.tree if campaign.segment else campaign.tree
    if tree is None:
        raise Incomplete("Nobody is chosen to send to.")
    return tree


def references_of(tree: Any) -> dict[str, Any] | None:
    """Frozen too: whoever edits a segment that the rule needs changes the next run. None where the rule is broken."""
    try:
        return membership.dump_references(membership.references_of(parse.parse(tree)))
    except parse.TreeError:
        return None


def copies_of(message: Message, kind: str) -> list[FrozenCopy]:
    copies = [FrozenCopy(copy.pk, copy.value, wording.sent(kind, copy.pairs)) for copy in message.copies.all()]
    default = [copy for copy in copies if not copy.value]
    if not default:
        raise Incomplete("There is no default copy.")
    if message.kind == Message.Kind.SINGLE:
        return default
    return default + [copy for copy in copies if copy.value]
