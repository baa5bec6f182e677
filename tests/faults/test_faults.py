"""What becomes of every message when a provider breaks, connector by connector: the tables of docs/faults.md.

The whole pipeline sends, to a real server behind a proxy that breaks the first two requests. `REWRITE_FAULTS=1` writes
the tables anew.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.conf import settings as project
from django.test import override_settings

from accounts import api_keys
from campaigns.models import Delivery, Run
from connectors import health, http
from connectors.models import Connection
from connectors.secrets import seal
from people.models import Event
from tests import factories
from tests.campaigns.delivery import SOON, deliver_all, plan_all
from tests.connectors.providers import MPARTICLE, moto, prism
from tests.connectors.servers import Server, says
from tests.connectors.test_mparticle import RIGHT, WRONG
from tests.faults import proxy
from tests.faults.proxy import Dialect, Fault, Proxy

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("faults")]

DOCUMENT = Path(project.BASE_DIR) / "docs" / "faults.md"
PEOPLE = 20
ROUNDS = 30
FAULTS: dict[str, Fault] = {
    "takes the message and never answers": proxy.takes_it_and_says_nothing,
    "takes the message and breaks off": proxy.takes_it_and_breaks_off,
    "takes the message, its answer never ends": proxy.dribbles,
    "breaks off": proxy.breaks_off,
    "answers 429": proxy.says_too_many,
    "answers 429, come back in 7 seconds": proxy.says_too_many_for_7_seconds,
    "answers 503": proxy.says_unavailable,
    "answers 503, come back in 7 seconds": proxy.says_unavailable_for_7_seconds,
    "leads to a login page": proxy.shows_a_login_page,
    "has a certificate that nobody trusts": proxy.says_unavailable,
}
UNTRUSTED = "has a certificate that nobody trusts"
GROWTH = {"answers 429, its limit of growth": proxy.says_too_fast_a_growth}
PAGE = {"shows a page for people instead of answering": proxy.shows_a_page}
MISSING = {"answers 404": proxy.says_not_found}
OWN_PATH = {"": [("@path", "/people/{{ profile.identity }}"), ("title", "Hello")]}
MAIL = {"": [("@subject", "Hello"), ("@html", "<p>Hello</p>")]}
TAKEN = '{"id": "49a3999c"}'
PARTLY = {"takes every second entry": proxy.takes_a_part}
COLUMNS = ("The provider", "accepted", "failed", "unknown", "arrived once", "twice", "never", "a person had to mend it")
HEAD = f"| {' | '.join(COLUMNS)} |\n"
RULE = "|---|---|---|---|---|---|---|---|\n"


@dataclass(frozen=True)
class Provider:
    """A real server and a connection to it; `deduplicates` is what it does with an id that it has seen."""

    title: str
    upstream: str
    dialect: Dialect
    connect: Callable[[str], Connection]
    deduplicates: bool = False
    arrived: Callable[[Counter[str]], Counter[str]] = lambda taken: taken
    faults: dict[str, Fault] | None = None
    copies: Mapping[str, factories.Pairs] | None = None
    may_fail: bool = False  # where the copy itself is to blame


@dataclass(frozen=True)
class Fate:
    """What came of the people of one run."""

    states: Counter[str]
    once: int
    twice: int
    never: int
    mended: bool

    def row(self, fault: str) -> str:
        counts = [self.states[state] for state in ("accepted", "failed", "unknown")]
        numbers = " | ".join(map(str, [*counts, self.once, self.twice, self.never]))
        return f"| {fault} | {numbers} | {'yes' if self.mended else 'no'} |\n"


@pytest.fixture(autouse=True)
def of_its_own() -> Iterator[None]:
    """The session of each test."""
    http.close()
    yield
    http.close()


def patience(fault: str) -> override_settings:
    """Short only where somebody waits for what never comes: on a busy machine what does come may take its time."""
    return override_settings(REQUEST_SECONDS=2 if "never" in fault else 15)


def test_segment_loses_nothing_and_counts_nothing_twice(live_server: Any, tmp_path: Path) -> None:
    _, key = api_keys.issue("Faults", ["ingest"], None)

    def connect(url: str) -> Connection:
        return Connection.objects.create(
            name=url, kind="segment", config={"url": f"{url}/v1"}, secrets=seal({"write_key": key})
        )

    def arrived(taken: Counter[str]) -> Counter[str]:
        return Counter(str(profile) for profile in Event.objects.values_list("profile_id", flat=True))

    provider = Provider(
        "Segment", live_server.url, Dialect(lambda body: [each["messageId"] for each in body["batch"]]), connect,
        deduplicates=True, arrived=arrived, faults=FAULTS | PAGE | proxy.REFUSALS,
    )  # fmt: skip
    check(provider, tmp_path)


def test_mparticle_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    document = tmp_path / "mparticle.yaml"
    document.write_text((MPARTICLE / "mparticle.events.oas.yaml").read_text().replace(WRONG, RIGHT))

    def connect(url: str) -> Connection:
        secrets = seal({"key": "the-key", "secret": "the-secret"})
        return Connection.objects.create(name=url, kind="mparticle", config={"url": url}, secrets=secrets)

    with prism(document) as url:
        dialect = Dialect(lambda body: [each["source_request_id"] for each in body])
        check(Provider("mParticle", url, dialect, connect, faults=FAULTS | PAGE | GROWTH | proxy.REFUSALS), tmp_path)


def test_eventbridge_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    def connect(url: str) -> Connection:
        secrets = seal({"access_key_id": "the-key", "secret_access_key": "the-secret"})
        config = {"url": url, "region": "eu-west-1"}
        return Connection.objects.create(name=url, kind="eventbridge", config=config, secrets=secrets)

    def ids(body: Any) -> list[str]:
        return [orjson.loads(entry["Detail"])["message_id"] for entry in body["Entries"]]

    with moto() as url:
        check(Provider("Amazon EventBridge", url, Dialect(ids), connect, faults=FAULTS | PAGE | PARTLY), tmp_path)


@pytest.mark.parametrize("deduplicates", [False, True])
def test_a_webhook_loses_nothing_and_doubles_what_its_receiver_drops(tmp_path: Path, deduplicates: bool) -> None:
    def connect(url: str) -> Connection:
        config = {"url": f"{url}/hook", "deduplicates": deduplicates}
        return Connection.objects.create(name=url, kind="webhook", config=config)

    title = "Webhook, whose receiver drops ids it has seen" if deduplicates else "Webhook"
    with Server() as receiver:
        dialect = Dialect(lambda body: [body["data"]["message_id"]])
        arrived = dropped if deduplicates else Counter
        faults = FAULTS | proxy.REFUSALS
        check(Provider(title, receiver.url, dialect, connect, deduplicates, arrived, faults), tmp_path)


def test_a_webhook_of_many_people_a_request_fails_only_whom_its_receiver_refuses(tmp_path: Path) -> None:
    def connect(url: str) -> Connection:
        config = {"url": f"{url}/hook", "batch_size": PEOPLE}
        return Connection.objects.create(name=url, kind="webhook", config=config)

    with Server() as receiver:
        dialect = Dialect(lambda body: [each["data"]["message_id"] for each in body])
        title = "Webhook, 20 people a request"
        check(Provider(title, receiver.url, dialect, connect, faults=FAULTS | proxy.REFUSALS), tmp_path)


def test_a_copy_with_a_path_of_its_own_fails_alone(tmp_path: Path) -> None:
    def connect(url: str) -> Connection:
        return Connection.objects.create(name=url, kind="webhook", config={"url": f"{url}/hook"})

    title, login = "Webhook, a copy with a path of its own", "leads to a login page"
    with Server() as receiver:
        dialect = Dialect(lambda body: [body["data"]["message_id"]])
        faults = {login: FAULTS[login], **MISSING}
        check(Provider(title, receiver.url, dialect, connect, faults=faults, copies=OWN_PATH, may_fail=True), tmp_path)


def test_mails_by_way_of_a_providers_api_are_neither_lost_nor_doubled(tmp_path: Path) -> None:

    def connect(url: str) -> Connection:
        config = {"service": "resend", "api_url": url, "from_address": "news@shop.example.com", "connections": 1}
        secrets = seal({"api_key": "the-t0ken"})
        return Connection.objects.create(name=url, kind="email", config=config, secrets=secrets)

    with Server(says(200, TAKEN, Content_Type="application/json")) as provider:
        dialect = Dialect(lambda body: list(body["to"]))
        title, faults = "E-mail, by a provider's API", FAULTS | PAGE | proxy.REFUSALS
        check(Provider(title, provider.url, dialect, connect, copies=MAIL, faults=faults), tmp_path)


def dropped(taken: Counter[str]) -> Counter[str]:
    """What a receiver counts that drops an id it has seen."""
    return Counter(dict.fromkeys(taken, 1))


def check(provider: Provider, folder: Path) -> None:
    """Every fault of the provider; then its table is the one of the document."""
    factories.people(PEOPLE)
    rows = ""
    for fault, act in (provider.faults or FAULTS).items():
        with patience(fault):
            fate = fate_of(provider, act, folder if fault == UNTRUSTED else None)
        promise(provider, fault, fate)
        rows += fate.row(fault)
    section = f"## {provider.title}\n\n{HEAD}{RULE}{rows}"
    if os.environ.get("REWRITE_FAULTS"):
        rewrite(provider.title, section)
    assert section in DOCUMENT.read_text()


def promise(provider: Provider, fault: str, fate: Fate) -> None:
    """Nobody is lost; who arrived without our knowing is unknown; twice only where the receiver drops the second."""
    assert sum(fate.states.values()) == PEOPLE, fault
    assert fate.states["failed"] == (fault in proxy.REFUSALS) or provider.may_fail, fault
    assert fate.never <= fate.states["unknown"] + fate.states["failed"], fault
    assert fate.twice == 0, fault


def fate_of(provider: Provider, fault: Fault, tls: Path | None) -> Fate:
    """Send a run through the proxy, as long as it takes."""
    Event.objects.all().delete()
    with Proxy(provider.upstream, provider.dialect, fault, tls=tls) as between:
        connection = provider.connect(between.url)
        run = plan_all(factories.run(factories.campaign(connection, copies=provider.copies)))
        if tls:
            deliver_all(run)
            with Proxy(provider.upstream, provider.dialect, fault, times=0) as trusted:
                key = "url" if "url" in connection.config else "api_url"
                url = str(connection.config[key]).replace(between.url, trusted.url)
                Connection.objects.filter(pk=connection.pk).update(config=connection.config | {key: url})
                fate = sent(provider, run, trusted)
        else:
            fate = sent(provider, run, between)
    return fate


def sent(provider: Provider, run: Run, between: Proxy) -> Fate:
    now, mended = SOON, False
    for _ in range(ROUNDS):
        run.refresh_from_db()
        if run.state == Run.State.COMPLETED:
            break
        connection = Connection.objects.get(pk=run.connection_id or 0)
        if connection.state == Connection.State.PAUSED:
            health.resume(connection, by=factories.user())
            mended = True
        now += timedelta(minutes=15)
        deliver_all(run, now)
    states = Counter(Delivery.objects.filter(run=run).values_list("state", flat=True))
    arrivals = provider.arrived(between.taken)
    once, twice = (sum(1 for times in arrivals.values() if times == wanted) for wanted in (1, 2))
    return Fate(
        states, once, twice + sum(1 for times in arrivals.values() if times > 2), PEOPLE - len(arrivals), mended
    )


def rewrite(title: str, section: str) -> None:
    text = DOCUMENT.read_text()
    before, found, after = text.partition(f"## {title}\n")
    rest = after.partition("\n## ")
    DOCUMENT.write_text(before + section + (f"\n## {rest[2]}" if rest[1] else "") if found else f"{text}\n{section}")
