"""What becomes of every mail when the mail server breaks: the e-mail table of docs/faults.md."""

import logging
import os
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from campaigns.models import Delivery, Run
from connectors import health, http
from connectors.models import Connection
from tests import factories
from tests.campaigns.delivery import SOON, deliver_all, plan_all
from tests.connectors.mail_servers import MailServer, running
from tests.faults import mail_proxy
from tests.faults.mail_proxy import MailProxy, breaks_off_at, passes_on, says
from tests.faults.test_faults import DOCUMENT, HEAD, PEOPLE, ROUNDS, RULE, UNTRUSTED, Fate, patience, rewrite

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("faults")]

TITLE = "E-mail"
COPY = {"": [("@subject", "Hello"), ("@html", "<p>Hello</p>")]}
REFUSAL = "does not know one address, 550 5.1.1"  # the last: nothing is sent to that person again
FAULTS: dict[str, dict[str, Any]] = {
    "takes the mail and never answers": {"fault": passes_on, "after": mail_proxy.says_nothing},
    "takes the mail, its answer never ends": {"fault": passes_on, "after": mail_proxy.never_ends},
    "never answers": {"fault": says(b"", at=b"EHLO")},
    "takes the mail and breaks off": {"fault": passes_on, "after": mail_proxy.breaks_off},
    "breaks off before the mail": {"fault": breaks_off_at(b"DATA")},
    "breaks off at the first word": {"fault": breaks_off_at(b"EHLO")},
    "answers 421 to the sender": {"fault": says(b"421 4.3.2 going down", at=b"MAIL")},
    "answers 451 to the sender": {"fault": says(b"451 4.3.0 try later", at=b"MAIL")},
    "answers 450 to everybody": {"fault": says(b"450 4.2.0 greylisted", at=b"RCPT")},
    "answers 452 to the mail": {"fault": says(b"452 4.3.1 no room", at=b"DATA")},
    "answers 550 5.7.1 to everybody": {"fault": says(b"550 5.7.1 blocked", at=b"RCPT")},
    "does not know the sender": {"fault": says(b"550 5.1.8 who are you", at=b"MAIL")},
    UNTRUSTED: {"fault": passes_on, "times": 0},
    REFUSAL: {"fault": says(b"550 5.1.1 unknown", at=b"RCPT TO:<PERSON1@"), "times": 10**6},
}


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    http.close()
    yield
    http.close()


def test_mails_are_neither_lost_nor_doubled(tmp_path: Path) -> None:
    factories.people(PEOPLE)
    rows = ""
    for fault, options in FAULTS.items():
        with patience(fault):
            fate = fate_of(options, tmp_path if fault == UNTRUSTED else None)
        assert sum(fate.states.values()) == PEOPLE, fault
        assert fate.states["failed"] == (fault == REFUSAL), fault
        assert fate.never <= fate.states["unknown"] + fate.states["failed"], fault
        assert fate.twice == 0, fault
        rows += fate.row(fault)
    section = f"## {TITLE}\n\n{HEAD}{RULE}{rows}"
    if os.environ.get("REWRITE_FAULTS"):
        rewrite(TITLE, section)
    assert section in DOCUMENT.read_text()


def fate_of(options: dict[str, Any], tls: Path | None) -> Fate:
    """Send a run through the proxy, as long as it takes; what has no good certificate is replaced by a good server."""
    with running(MailServer()) as server, MailProxy(server.port, tls=tls, **options) as between:
        config = {
            "host": "127.0.0.1", "port": between.port, "security": "tls" if tls else "none", "connections": 1,
            "from_address": "news@shop.example.com",
        }  # fmt: skip
        connection = Connection.objects.create(name=f"mail-{between.port}", kind="email", config=config)
        run = plan_all(factories.run(factories.campaign(connection, copies=COPY)))
        if tls:
            deliver_all(run)
            good = config | {"port": server.port, "security": "none"}
            Connection.objects.filter(pk=connection.pk).update(config=good)
        mended = sent(run)
        return fate(run, Counter(each.recipient for each in server.taken), mended)


def sent(run: Run) -> bool:
    """Until the run is over; whether a person had to resume the connection."""
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
    return mended


def fate(run: Run, arrivals: Counter[str], mended: bool) -> Fate:
    states = Counter(Delivery.objects.filter(run=run).values_list("state", flat=True))
    once = sum(1 for times in arrivals.values() if times == 1)
    return Fate(states, once, len(arrivals) - once, PEOPLE - len(arrivals), mended)
