"""The one way out: an event loop and a client session per process, made on first use after the fork."""

import asyncio
import atexit
import logging
import os
import threading
import time
from collections.abc import Collection, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import aiohttp
import msgspec
import uvloop
from aiohttp.http_exceptions import ContentEncodingError
from django.conf import settings

from connectors.addresses import AddressRefused, check_url, guarded_socket
from connectors.agent import AGENT
from connectors.base import ConnectorError, Fault
from connectors.headers import Headers, held, withheld
from connectors.reaching import unreached
from connectors.secrets import masked

T = TypeVar("T")
log = logging.getLogger(__name__)

ANSWER_BYTES = 64 * 1024
SHORTEST_WAIT, LONGEST_WAIT = 1.0, 300.0  # "at once" over and over would be a loop without end
INSTANTS_FROM = 1e9  # seconds since 1970: no limit lasts for so long
PAGES = ("<!doctype html", "<html")
CONNECT_SECONDS = 3.0
CONNECTIONS_PER_HOST = 64
NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is as it came: for who reads it by its format. All that people see, or that is kept, is `shown` first.

    `hidden`: the spellings of secrets; `asked`: the headers of the request, which it may repeat.
    """

    status: int
    headers: Mapping[str, str]
    body: str
    hidden: Collection[str] = ()
    asked: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """For people."""
        return self.shown(self.body)

    def shown(self, text: str) -> str:
        """Of the answer, without secrets."""
        return masked(text, [*self.hidden, *withheld(self.asked)])

    @property
    def is_ok(self) -> bool:
        """Only 2xx: a redirect to a login page is no success."""
        return 200 <= self.status < 300

    @property
    def is_page(self) -> bool:
        """For people to read, whatever it calls itself: whoever shows one takes no messages, unless he is no provider.

        Some write JSON and call it HTML.
        """
        kind, text = self.headers.get("Content-Type", "").lower(), self.body[:100].lstrip().lower()
        return text.startswith(PAGES) or ("html" in kind and text.startswith("<"))

    def retry_after(self, now: datetime) -> float | None:
        """Seconds the provider asks to wait (a number or an HTTP date), 1 to 300; None if it does not say."""
        asked = self.headers.get("Retry-After", "")
        seconds = seconds_of(asked, now) if asked else self.seconds_to_reset(now)
        return min(max(seconds, SHORTEST_WAIT), LONGEST_WAIT) if seconds == seconds else None

    def seconds_to_reset(self, now: datetime) -> float:
        """A wait only where the limit is used up. Some name seconds, others the instant, in seconds or milliseconds
        since 1970. NaN if it is not said."""
        asked = self.headers.get("X-RateLimit-Reset", "") if self.status == 429 else ""
        seconds = seconds_of(asked, now)
        if seconds < INSTANTS_FROM:
            return seconds
        return (seconds / 1000 if seconds > INSTANTS_FROM * 100 else seconds) - now.timestamp()


class NoAnswer(ConnectorError):
    """No answer came. `maybe_taken`: the request may have reached the provider."""

    def __init__(self, message: str, *, fault: Fault = Fault.UNAVAILABLE, maybe_taken: bool = False) -> None:
        super().__init__(message, fault=fault)
        self.maybe_taken = maybe_taken


class Exchange(msgspec.Struct, frozen=True, gc=False):
    """One request and what came of it, for the page of the connection. `status` is a number or a word.

    All is held as it was: most of it is never looked at, and what is kept, `connectors.calls` masks. `hidden`: the
    spellings of secrets. The headers are `asked` in the request and `answered` with.
    """

    url: str
    messages: int
    status: str
    milliseconds: int
    request: bytes
    said: str
    method: str = "POST"
    asked: Mapping[str, str] = {}
    answered: Headers = ()
    hidden: Collection[str] = ()

    @property
    def is_ok(self) -> bool:
        return self.status.startswith("2")

    @property
    def unshown(self) -> list[str]:
        """The spellings of all that nobody may see."""
        return [*self.hidden, *withheld(self.asked)]

    @property
    def answer(self) -> str:
        """For people."""
        return masked(self.said, self.unshown)


@dataclass(frozen=True, slots=True)
class Client:
    """A session to post through; it remembers what it posted.

    `hidden`: the spellings of secrets, which no answer may repeat.
    """

    session: aiohttp.ClientSession
    timeout: aiohttp.ClientTimeout = field(default_factory=lambda: patience())
    hidden: list[str] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], *, messages: int, shown: bytes) -> Answer:
        """As `request`."""
        return await self.request("POST", url, body, headers, messages=messages, shown=shown)

    async def request(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str], *, messages: int, shown: bytes
    ) -> Answer:
        """Raises NoAnswer. `shown` is the body as a person can read it."""
        started = time.monotonic()
        try:
            check_url(url, private_allowed=settings.ALLOW_PRIVATE_ADDRESSES)
            async with turns(self.session, url):
                answer = await self.exchange(method, url, body, headers)
        except Exception as error:
            failure = explained(error)
            self.remember(method, url, messages, "no answer", started, shown, str(failure), headers)
            raise failure from error
        status = str(answer.status)
        self.remember(method, url, messages, status, started, shown, answer.body, answer.asked, answer.headers)
        return answer

    def without_record(self) -> "Client":
        """For requests whose answers hold secrets: nothing of them is kept."""
        return Client(self.session, self.timeout)

    async def exchange(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        async with self.session.request(
            method, url, data=body or None, headers=headers, timeout=self.timeout, allow_redirects=False
        ) as response:
            sent, text = response.request_info.headers, await bounded_text(response)
            return Answer(response.status, response.headers, text, self.hidden, sent)

    def remember(
        self,
        method: str,
        url: str,
        messages: int,
        status: str,
        started: float,
        shown: bytes,
        answer: str,
        asked: Mapping[str, str] = NONE,
        answered: Mapping[str, str] = NONE,
    ) -> None:
        """Thousands a second: of those that went well only the first, which may be kept, has the answer's headers."""
        milliseconds = round((time.monotonic() - started) * 1000)
        told = () if self.exchanges and status.startswith("2") else held(answered)
        made = Exchange(url, messages, status, milliseconds, shown, answer, method, asked, told, self.hidden)
        self.exchanges.append(made)


def patience() -> aiohttp.ClientTimeout:
    """How long a request may take, as set, and to connect."""
    connect = min(CONNECT_SECONDS, settings.REQUEST_SECONDS)
    return aiohttp.ClientTimeout(total=settings.REQUEST_SECONDS, sock_connect=connect)


def turns(session: aiohttp.ClientSession, url: str) -> asyncio.Semaphore:
    """Who waits for a connection waits here, not in the session: there the wait would count as time without an answer,
    and a message that was never sent would be taken for one that may have arrived."""
    of_session, server = waiting.setdefault(session, {}), urlsplit(url).netloc
    if server not in of_session:
        of_session[server] = asyncio.Semaphore(CONNECTIONS_PER_HOST)
    return of_session[server]


def client() -> Client:
    """A client over this process's session."""
    return Client(engine().session)


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run to the end on this process's loop, whichever thread asks."""
    return engine().run(coroutine)


class Engine:
    """An event loop with its session in a thread of its own, so that any thread may use it, one with a loop too."""

    loop: asyncio.AbstractEventLoop
    session: aiohttp.ClientSession
    stopped: asyncio.Event

    def __init__(self) -> None:
        started = threading.Event()
        self.thread = threading.Thread(target=self.turn, args=(started,), name="outbound", daemon=True)
        self.thread.start()
        started.wait()

    def turn(self, started: threading.Event) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self.serve(started))

    async def serve(self, started: threading.Event) -> None:
        self.loop, self.stopped = asyncio.get_running_loop(), asyncio.Event()
        async with open_session() as self.session:
            started.set()
            await self.stopped.wait()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        future = asyncio.run_coroutine_threadsafe(coroutine, self.loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()  # whoever waited was interrupted: nobody wants the answer any more
            raise

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.stopped.set)
        self.thread.join()


def open_session() -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(
        limit=0,  # `turns` limits them
        ttl_dns_cache=300,
        socket_factory=guarded_socket(lambda: settings.ALLOW_PRIVATE_ADDRESSES),
    )
    return aiohttp.ClientSession(
        connector=connector,
        timeout=patience(),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": AGENT},
    )


async def bounded_text(response: aiohttp.ClientResponse) -> str:
    """The first 64 KB; what goes beyond is not read, the connection is closed instead. "" where it cannot be unzipped:
    what the status says, it says."""
    chunks, size = [], 0
    while not response.content.at_eof():
        try:
            chunks.append(chunk := await response.content.readany())
        except aiohttp.ClientPayloadError as error:
            if not isinstance(error.__cause__, ContentEncodingError):
                raise
            return ""
        size += len(chunk)
        if size > ANSWER_BYTES:
            response.close()
            break
    return b"".join(chunks)[:ANSWER_BYTES].decode(errors="replace")


def explained(error: Exception) -> NoAnswer:
    """In words for people, with what it says about the connection."""
    match error:
        case aiohttp.ClientConnectorError(os_error=AddressRefused()):
            return NoAnswer("The address is refused: it is not public.", fault=Fault.MISCONFIGURED)
        case AddressRefused():
            return NoAnswer(f"The address is refused. {error}", fault=Fault.MISCONFIGURED)
        case aiohttp.InvalidURL():
            return NoAnswer("This is no web address.", fault=Fault.MISCONFIGURED)
        case aiohttp.ClientConnectorError() | aiohttp.ConnectionTimeoutError():
            return NoAnswer(unreached(error))
        case ValueError():
            return NoAnswer(
                "The request could not be made: its address or a header holds what has no place there.",
                fault=Fault.MISCONFIGURED,
            )
        case TimeoutError():
            return NoAnswer("The server did not answer in time.", maybe_taken=True)
        case aiohttp.ClientError():
            return NoAnswer("The connection broke before an answer came.", maybe_taken=True)
        case _:
            log.error("A request failed in a way nobody foresaw.", exc_info=error)
            return NoAnswer("The request failed.", maybe_taken=True)


def seconds_of(asked: str, now: datetime) -> float:
    """From a number of them or from an HTTP date; NaN where `asked` is neither."""
    try:
        return float(asked)
    except ValueError:
        return seconds_until(asked, now)


def seconds_until(asked: str, now: datetime) -> float:
    """NaN where `asked` is no HTTP date."""
    try:
        at = parsedate_to_datetime(asked)
    except (ValueError, OverflowError):
        return float("nan")
    return (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds()


def engine() -> Engine:
    """Made on first use, so after the fork."""
    with lock:
        return only_engine()


@cache
def only_engine() -> Engine:
    return Engine()


def close() -> None:
    """Close session and loop, if there are any; the next use makes new ones."""
    with lock:
        if only_engine.cache_info().currsize:
            only_engine().close()
        only_engine.cache_clear()


def forget() -> None:
    """In a forked child: the parent's thread is not here. Its session is kept, so that nothing closes it from here."""
    global lock
    lock = threading.Lock()
    if only_engine.cache_info().currsize:
        inherited.append(only_engine())
    only_engine.cache_clear()


waiting: WeakKeyDictionary[aiohttp.ClientSession, dict[str, asyncio.Semaphore]] = WeakKeyDictionary()
lock = threading.Lock()
inherited: list[Engine] = []
os.register_at_fork(after_in_child=forget)
atexit.register(close)
