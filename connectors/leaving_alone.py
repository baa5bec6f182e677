"""When a batch stops for the sake of the other side, and which refusals are one message's own instead."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from connectors.base import FAILURES_IN_A_ROW, ConnectorError, Fault, Receipt, receipts_for


@dataclass(slots=True)
class Trouble:
    """Of the connection, while one batch goes out over it: what it has not tried yet then waits.

    `doubted` are the messages refused since the last that was accepted, in words: nobody knows yet whether they are to
    blame or the connection.
    """

    most: int = FAILURES_IN_A_ROW
    enough: Receipt | None = None
    in_a_row: int = 0
    doubted: dict[str, str] = field(default_factory=dict)
    blamed: dict[str, str] = field(default_factory=dict)
    has_accepted: bool = False

    def doubt(self, id: str, words: str) -> None:
        self.doubted[id] = words

    def note(self, receipts: Sequence[Receipt]) -> None:
        """What one request earned."""
        if any(each.state == "accepted" for each in receipts):
            self.has_accepted, self.blamed, self.doubted = True, self.blamed | self.doubted, {}
        stops = [each for each in receipts if self.stops(each)]
        fails = [each for each in receipts if each.fault == Fault.UNAVAILABLE]
        self.in_a_row = self.in_a_row + 1 if fails else 0
        if stops or self.in_a_row >= self.most:
            self.enough = self.enough or (stops or fails)[0]

    def stops(self, receipt: Receipt) -> bool:
        if receipt.id in self.doubted:
            return len(self.doubted) >= FAILURES_IN_A_ROW
        return receipt.is_named or receipt.fault in (Fault.MISCONFIGURED, Fault.RATE_LIMITED)

    def own(self) -> dict[str, Receipt]:
        """When all is over: the refusals that were the messages' own, as others of the batch were accepted."""
        if self.has_accepted and not self.enough:
            self.blamed |= self.doubted
        return {id: Receipt(id, "failed", "rejected_by_provider", words) for id, words in self.blamed.items()}

    def untried(self, ids: Sequence[str]) -> list[Receipt]:
        """Time is up, or there was enough trouble: then they wait as long as those that had it."""
        if (why := self.enough) is None:
            return [Receipt(id, "retry", is_untried=True) for id in ids]
        error = ConnectorError(
            why.answer, fault=why.fault, retry_after=why.retry_after, pace=why.pace, is_named=why.is_named
        )
        found = receipts_for(ids, error)
        return [msgspec.structs.replace(receipt, is_untried=True) for receipt in found]
