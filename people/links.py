"""Links that say whose they are: signed, so that nobody makes one, and short enough for a header."""

import base64
import binascii
from typing import NamedTuple

from django.utils.crypto import constant_time_compare, salted_hmac

from people.models import Identifier, Profile

SIGNATURE_BYTES = 16
BREAK = "\n"


class Origin(NamedTuple):
    """Where a link was: in whose message, over which channel, of which campaign, run and copy.

    `anonymous_id` finds a person without an identity again who was merged into another one meanwhile. Run 0 is none: a
    preview or a test, whose links lead where they should and change nothing.
    """

    profile_id: int
    anonymous_id: str
    channel: str
    message_id: str
    campaign: int
    run: int
    copy: str

    @property
    def counts(self) -> bool:
        return self.run > 0

    @property
    def properties(self) -> dict[str, object]:
        """What an event says that came of the link."""
        return {"Campaign Id": self.campaign, "Run": self.run, "Copy": self.copy}


def signed(purpose: str, origin: Origin, *more: str) -> str:
    """A token that `read` gives back for the same purpose only."""
    body = BREAK.join([*(str(each).replace(BREAK, " ") for each in origin), *more]).encode(errors="replace")
    return base64.urlsafe_b64encode(signature(purpose, body) + body).rstrip(b"=").decode()


def read(purpose: str, token: str) -> tuple[Origin, list[str]] | None:
    """None for what we did not sign."""
    try:
        whole = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    given, body = whole[:SIGNATURE_BYTES], whole[SIGNATURE_BYTES:]
    if not constant_time_compare(given, signature(purpose, body)):
        return None
    profile, anonymous, channel, message, campaign, run, copy, *more = body.decode().split(BREAK)
    return Origin(int(profile), anonymous, channel, message, int(campaign), int(run), copy), more


def person(origin: Origin) -> Profile | None:
    found = Profile.objects.filter(pk=origin.profile_id).first()
    if found is None and origin.anonymous_id:
        identifier = Identifier.objects.select_related("profile").filter(value=origin.anonymous_id).first()
        return identifier.profile if identifier else None
    return found


def signature(purpose: str, body: bytes) -> bytes:
    return salted_hmac(f"people.links.{purpose}", body, algorithm="sha256").digest()[:SIGNATURE_BYTES]
