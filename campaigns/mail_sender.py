"""Who a mail of a campaign said it was from, for the page behind its link to unsubscribe."""

from typing import Any

from campaigns import wording
from campaigns.models import Campaign, Run

NAME, ADDRESS = "from_name", "from_address"
DEFAULT = "Default"  # what the default copy is called in links


def sender(campaign: int, run: int, copy: str) -> str:
    """The name that the copy was sent with, else the connection's; else an address; "" where nobody knows. Run 0 is a
    preview or a test."""
    sent = Run.objects.filter(campaign=campaign, number=run).values_list("snapshot", "connection__config").first()
    if sent is None:
        config = Campaign.objects.filter(pk=campaign).values_list("connection__config", flat=True).first()
        return of(config, {})
    snapshot, config = sent
    return of(config, written(snapshot or {}, copy))


def written(snapshot: dict[str, Any], copy: str) -> dict[str, str]:
    """The copy's own texts, but for those that were filled in for each person."""
    copies = {each["value"] or DEFAULT: each["pairs"] for each in snapshot.get("copies", [])}
    fields = {key.removeprefix(wording.SIGN): text.strip() for key, text in copies.get(copy, [])}
    return {key: text for key, text in fields.items() if text and "{" not in text}


def of(config: dict[str, Any] | None, own: dict[str, str]) -> str:
    known = config or {}
    return own.get(NAME) or str(known.get(NAME) or "") or own.get(ADDRESS) or str(known.get(ADDRESS) or "")
