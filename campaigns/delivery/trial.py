"""trial: whether a failure speaks for the connection, or is the trouble of the message itself.

Its first failure always speaks for the connection. A message that failed before has a trouble of its own where others
were accepted since, or where it is one of a few: then it uses up a try, whatever wait is named, and holds up nobody. In
an outage nobody uses up more than a first try.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from campaigns.delivery.ledger import Slip
from connectors import health
from connectors.base import FAILURES_IN_A_ROW, Fault, Receipt
from connectors.models import Connection

FEW = FAILURES_IN_A_ROW  # messages in a claim; with fewer of them nobody can tell an outage
MAY_BE_OWN = (Fault.UNAVAILABLE, Fault.RATE_LIMITED, Fault.BUSY)


class Trial(NamedTuple):
    """What one batch was when it was sent: tried for the `first` time, one of `few`, while the connection was
    `well`, or while it was tried whether the other side answers again."""

    first: bool
    few: bool
    well: bool
    probes: bool

    def is_own(self, receipt: Receipt) -> bool:
        """A wait for all that share a rate is what a provider asks of many whom it accepts, too."""
        if self.first or self.probes:
            return False
        return self.few or (self.well and receipt.fault == Fault.UNAVAILABLE)


def of(over: Connection, slip: Slip, messages: int) -> Trial:
    """`over` as it was when the claim was let go."""
    return Trial(slip.attempts == 1, messages < FEW, over.failures == 0, health.is_probing(over))


def own(trial: Trial, receipts: Sequence[Receipt]) -> set[str]:
    """The messages whose trouble says nothing of the connection."""
    return {receipt.id for receipt in receipts if receipt.fault in MAY_BE_OWN and trial.is_own(receipt)}


def weighed(trial: Trial, receipts: Sequence[Receipt]) -> list[Receipt]:
    return [weigh(trial, receipt) if receipt.fault else receipt for receipt in receipts]


def weigh(trial: Trial, receipt: Receipt) -> Receipt:
    """The receipt, so that it uses up a try or does not."""
    if receipt.is_untried:
        return receipt
    if receipt.fault == Fault.UNAVAILABLE:
        is_held_against = not trial.probes and (trial.first or trial.is_own(receipt))
        return msgspec.structs.replace(receipt, is_untried=not is_held_against, is_named=False)
    if receipt.fault == Fault.RATE_LIMITED and trial.few:
        return msgspec.structs.replace(receipt, fault=Fault.BUSY, is_named=False)
    return receipt
