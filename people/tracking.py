"""Opens and clicks of messages: links and a picture that say whose they are, and the events that come of them.

A machine that opens or follows for somebody, as mailbox providers and scanners do, is told apart.
"""

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from connectors.markup import attributes, of_attribute
from people import links, unsubscribing
from people.links import Origin

OPEN, CLICK = "open", "click"
VIEWED, CLICKED = "Notification Viewed", "Notification Clicked"
LINK = re.compile(r"<a(?=[ \t\n\f\r/])", re.IGNORECASE)
WEB = re.compile(r"https?://", re.IGNORECASE)
BREAKS = re.compile(r"[\t\r\n]")
BEFORE_QUERY = re.compile(r"[^?#]*")
SPACES = "".join(map(chr, range(33)))
MOST_LETTERS = 2_000  # of an address, so that the one that leads there passes every proxy
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
    pieces, at = [], 0
    for begins, ends, url in followed(written):
        pieces += [written[at:begins], f'href="{settings.PUBLIC_URL}{click_path(origin, sent, url)}"']
        at = ends
    written = "".join([*pieces, written[at:]])
    picture = f'<img src="{settings.PUBLIC_URL}{open_path(origin, sent)}" width="1" height="1" alt="">'
    end = END.search(written)
    return f"{written[: end.start()]}{picture}{written[end.start() :]}" if end else written + picture


def followed(written: str) -> Iterator[tuple[int, int, str]]:
    """Where the href of a link begins and ends that can lead through us, and where it leads as browsers read it."""
    at = 0
    while link := LINK.search(written, at):
        found, at = attributes(written, link.end())
        if not at:
            return
        href = next((each for each in found if each.name == "href"), None)
        if href and is_followed(url := address(of_attribute(written[slice(*href.value)]))):
            yield href.start, href.end, url


def address(href: str) -> str:
    """As browsers read one: without breaks and the space around it, with slashes as they are written elsewhere."""
    bare = BREAKS.sub("", href).strip(SPACES)
    return BEFORE_QUERY.sub(lambda path: path[0].replace("\\", "/"), bare, count=1)


def is_followed(url: str) -> bool:
    """Our own links tell of themselves, and nobody is led where Django or a browser would not go."""
    if len(url) > MOST_LETTERS or not WEB.match(url) or url.startswith(f"{settings.PUBLIC_URL}/"):
        return False
    try:
        return bool(urlsplit(url).netloc)
    except ValueError:
        return False


def click_path(origin: Origin, sent: str, url: str) -> str:
    return reverse("click", args=[links.signed(CLICK, origin, sent, url)])


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
