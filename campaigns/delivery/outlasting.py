"""What is known of a claim is written though the database goes away for a moment: over a new connection."""

import time
from collections.abc import Callable
from typing import TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

AGAIN_SECONDS = 0.2
Result = TypeVar("Result")


def surely(write: Callable[[], Result]) -> Result:
    """Again and again for a quarter of a lease; sending takes half of it. `write` is safe to repeat. Within a
    transaction of the caller there is no second try: the caller's is over."""
    until = time.monotonic() + settings.LEASE_SECONDS / 4
    while True:
        try:
            return write()
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block or time.monotonic() > until:
                raise
        connection.close()
        time.sleep(AGAIN_SECONDS)
