"""The rows of `accounts` that the product needs to be usable."""

import secrets
from dataclasses import dataclass

from django.db import transaction

from accounts import audit
from accounts.models import AccountSettings, Role, User

FIRST_ADMIN = "admin"


@dataclass(frozen=True)
class Login:
    """A login made on the spot; its password is shown once."""

    username: str
    password: str


@transaction.atomic
def ensure_defaults() -> Login | None:
    """Make the account settings and, where nobody can log in yet, the first admin. Safe to repeat."""
    AccountSettings.current()
    if User.objects.exists():
        return None
    login = Login(FIRST_ADMIN, one_time_password())
    admin = User.objects.create_superuser(login.username, password=login.password, role=Role.ADMIN)
    audit.record(None, "created", admin)
    return login


def one_time_password() -> str:
    """72 random bits in letters that read well aloud."""
    return "-".join(secrets.token_hex(3) for _ in range(3))
