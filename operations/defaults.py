"""Every row that the product needs to be usable, whatever app it belongs to."""

from accounts import defaults
from connectors.models import Connection

FILE_CONNECTION = "File"


def ensure_defaults() -> defaults.Login | None:
    """Make what is missing; returns the first admin's login where it was made just now. Safe to repeat."""
    Connection.objects.get_or_create(name=FILE_CONNECTION, defaults={"kind": "file"})
    return defaults.ensure_defaults()
