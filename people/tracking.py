"""Opens and clicks of messages: links and a picture that say whose they are, and the events that come of them.

A machine that opens or follows for somebody, as mailbox providers and scanners do, is told apart.
"""

import hashlib
import html
import re
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.urls import reverse

from people import links, unsubscribing
from people.links import Origin

OPEN, CLICK = "open", "click"
VIEWED, CLICKED = "Notification Viewed", "Notification Clicked"
LINK = re.compile(r"""(<a\b[^<>]*?\shref\s*=\s*)("(https?://[^"]*)"|'(https?://[^']*)')""", re.IGNORECASE)
END = re.compile(r"</body\s*>", re.IGNORECASE)
HASTE = timedelta(seconds=5)  # no person reads a mail so soon after it was sent
# Apple's proxy fetches every picture of every mail and calls itself no more than this.
PROXIES = frozenset({"", "Mozilla/5.0"})
MACHINES = re.compile(
    r"bot\b|crawl|spider|scan|preview|prefetch|barracuda|mimecast|proofpoint|curl|wget|python|go-http|java/|okhttp|headless",
    re.IGNORECASE,
)


def tracked(written: str, origin: Origin, *, now: datetime) -> str:
    """The HTML of a mail with its links leading through us, and a picture at its end that is fetched when it opens."""
    sent = str(int(now.timestamp()))
    ours = f"{settings.PUBLIC_URL}/"

    def through_us(found: re.Match[str]) -> str:
        url = html.unescape(found[3] or found[4])
        if url.startswith(ours):
            return found[0]
        return f'{found[1]}"{settings.PUBLIC_URL}{click_path(origin, sent, url)}"'

    written = LINK.sub(through_us, written)
    picture = f'<img src="{settings.PUBLIC_URL}{open_path(origin, sent)}" width="1" height="1" alt="">'
    end = END.search(written)
    return f"{written[: end.start()]}{picture}{written[end.start() :]}" if end else written + picture


def click_path(origin: Origin, sent: str, url: str) -> str:
    return reverse("click", args=[links.signed(CLICK, origin, sent, url.replace(links.BREAK, ""))])


def open_path(origin: Origin, sent: str) -> str:
    return reverse("open", args=[links.signed(OPEN, origin, sent)])


def opened(token: str, agent: str, *, now: datetime) -> bool:
    """Tell of an open; False for a token that we did not sign."""
    found = links.read(OPEN, token)
    if found is None:
        return False
    origin, (sent,) = found
    tell(VIEWED, origin, is_machine(agent, sent, now), now=now)
    return True


def clicked(token: str, agent: str, *, now: datetime, counts: bool) -> str | None:
    """Where the link leads; None for one that we did not sign. It is told of where it `counts`."""
    found = links.read(CLICK, token)
    if found is None:
        return None
    origin, (sent, url) = found
    if counts:
        tell(CLICKED, origin, is_machine(agent, sent, now), now=now, Link=url)
    return url


def is_machine(agent: str, sent: str, now: datetime) -> bool:
    soon = now - datetime.fromtimestamp(int(sent), UTC) < HASTE
    return soon or agent.strip() in PROXIES or MACHINES.search(agent) is not None


def tell(event: str, origin: Origin, machine: bool, *, now: datetime, **more: object) -> None:
    """At most once a minute for the same message, link and kind of reader; never of a test."""
    person = links.person(origin) if origin.counts else None
    if person is None:
        return
    key = key_of(event, origin, machine, str(more.get("Link", "")), now)
    unsubscribing.tell(person, event, origin, now=now, key=key, Channel=origin.channel, Machine=machine, **more)


def key_of(event: str, origin: Origin, machine: bool, link: str, now: datetime) -> str:
    what = hashlib.sha256(link.encode(errors="replace")).hexdigest()[:16]
    return f"{event}:{origin.message_id}:{what}:{machine}:{now:%Y%m%d%H%M}"
