"""The tabs of the settings area."""

from dataclasses import dataclass

from django.urls import reverse

from accounts.permissions import Permission, can
from accounts.requests import SignedInRequest

ACCOUNT_TABS = (
    ("Account", "account"),
    ("Users", "users"),
    ("API keys", "api-keys"),
    ("Audit trail", "audit"),
)


@dataclass(frozen=True)
class Tab:
    name: str
    url: str
    current: bool
    count: int | None = None


def settings_tabs(request: SignedInRequest, current: str) -> list[Tab]:
    """Those the reader may open; `current` is the URL name of the page."""
    tabs = (("You", "settings"), *(ACCOUNT_TABS if can(request.user, Permission.MANAGE_ACCOUNT) else ()))
    return [Tab(name, reverse(url), current=url == current) for name, url in tabs]
