"""Messages a second from publish to completed: 3 copies, 4 tokens, 10 % held out, through the real workers.

`PROFILES=200000 python -m bench.send`; a database of its own, made and dropped.
"""

import os
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

import orjson  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection as database  # noqa: E402
from django.utils import timezone  # noqa: E402
from django_q.models import OrmQ  # noqa: E402
from psycopg.sql import SQL, Literal  # noqa: E402

from accounts.models import User  # noqa: E402
from bench import report  # noqa: E402
from campaigns import lifecycle  # noqa: E402
from campaigns.models import Campaign, Copy, Delivery, Message, Run  # noqa: E402
from connectors.models import Connection  # noqa: E402
from connectors.secrets import seal  # noqa: E402
from operations import scratch  # noqa: E402
from operations.defaults import ensure_defaults  # noqa: E402
from operations.models import Heartbeat  # noqa: E402

PROFILES = int(os.environ.get("PROFILES", "200000"))
PATIENCE = 120.0
FILE_GOAL, SEGMENT_GOAL, WEBHOOK_GOAL, MEMORY_GOAL = 30_000, 20_000, 6_000, 300
EVERYONE, SOME = 1000, 300  # of a thousand people
SIGNING_SECRET = "whsec_" + "YmVuY2htYXJrLWJlbmNobWFyay1iZW5jaG1hcms="
COPIES = {
    "": [["title", "Hello {{ profile.first_name | default: 'there' }}"], ["body", "{{ profile.points }} points wait"
         " for you in {{ profile.city | default: 'town' }}, {{ profile.plan | capitalize }} member."]],
    "pt": [["title", "Olá {{ profile.first_name | default: 'você' }}"], ["body", "{{ profile.points }} pontos em"
           " {{ profile.city | default: 'sua cidade' }}, cliente {{ profile.plan | capitalize }}."]],
    "es": [["title", "Hola {{ profile.first_name | default: 'amigo' }}"], ["body", "{{ profile.points }} puntos en"
           " {{ profile.city | default: 'tu ciudad' }}, cliente {{ profile.plan | capitalize }}."]],
}  # fmt: skip
PEOPLE = SQL("""
    INSERT INTO people_profile (identity, name, first_name, email, language, zone, country, city, properties, bucket,
                                created_at, updated_at)
    SELECT 'person-' || n, 'Person Number ' || n, 'First' || n % 5000, 'person' || n || '@example.com',
           (ARRAY['en', 'pt-BR', 'es', 'de', 'pt'])[1 + n % 5], 'America/Sao_Paulo', 'BR', 'City ' || n % 700,
           jsonb_build_object('points', n % 10000, 'plan', (ARRAY['gold', 'silver', 'basic'])[1 + n % 3],
                              'score', n % 97, 'tags', jsonb_build_array('a', 'b')),
           n % 1000, now(), now()
    FROM generate_series(1, {size}) n
""")


@dataclass(frozen=True)
class Sent:
    """How one run went. `memory` is the largest worker's peak in MB."""

    accepted: int
    seconds: float
    plan_rate: float
    plan_seconds: float
    memory: float

    @property
    def rate(self) -> float:
        return self.accepted / self.seconds


def main() -> None:
    with scratch.database("bench_send") as url:
        prepare()
        to_file = send(file_connection(), url)
        with sink() as address:
            to_segment = send(segment_connection(address), url)
            tell(address)
        with sink() as address:
            to_webhook = send(webhook_connection(address), url, SOME)
            assert tell(address) == to_webhook.accepted
    report.write("send", figures(to_file, to_segment, to_webhook))


def tell(address: str) -> int:
    """How many requests the sink took."""
    counted = orjson.loads(urllib.request.urlopen(address).read())
    print(f"The sink took {counted['requests']:,} requests, {counted['bytes'] / 1e6:.0f} MB.")
    return int(counted["requests"])


def prepare() -> None:
    call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
    ensure_defaults()
    with database.cursor() as cursor:
        cursor.execute(PEOPLE.format(size=Literal(PROFILES)))
        cursor.execute("VACUUM ANALYZE people_profile")


def send(connection: Connection, url: str, people: int = EVERYONE) -> Sent:
    """Publish to workers that wait for it; measured from publish to the run's completion."""
    campaign = make_campaign(connection, people)
    environment = {"BELFRY_EXPORTS": str(Path(settings.VAR) / "bench" / "exports"), "BELFRY_WORKERS": "2"}
    with database.cursor() as cursor:
        cursor.execute("CHECKPOINT")
    with scratch.workers(url, environment):
        wait(lambda: Heartbeat.objects.filter(role="worker", task="").count() >= 2 and not OrmQ.objects.exists())
        published = timezone.now()
        lifecycle.publish(campaign, by=campaign.owner, now=published)
        wait(lambda: campaign.runs.filter(state=Run.State.COMPLETED).exists())
        memory = max(peak_memory(row.pid) for row in Heartbeat.objects.filter(role="worker"))
    return measured(campaign.runs.get(), published, memory)


def measured(run: Run, published: datetime, memory: float) -> Sent:
    assert run.completed_at
    assert run.planned_at
    assert run.started_at
    accepted = Delivery.objects.filter(run=run, state=Delivery.State.ACCEPTED).count()
    rows = Delivery.objects.filter(run=run).count()
    planning = run.planned_at - run.started_at
    seconds = (run.completed_at - published).total_seconds()
    print(
        f"{run.campaign.connection}: begun after {run.started_at - published}, planned in {planning},"
        f" completed after {seconds:.2f} s; {accepted:,} accepted of {rows:,}",
        flush=True,
    )
    return Sent(accepted, seconds, rows / (planning / timedelta(seconds=1)), planning.total_seconds(), memory)


def figures(to_file: Sent, to_segment: Sent, to_webhook: Sent) -> list[report.Figure]:
    memory = max(each.memory for each in (to_file, to_segment, to_webhook))
    return [
        report.Figure("to the file connection", to_file.rate, "messages/s", FILE_GOAL, "higher"),
        report.Figure("to a Segment sink over HTTP", to_segment.rate, "messages/s", SEGMENT_GOAL, "higher"),
        report.Figure(
            "to a webhook sink, signed, a request each", to_webhook.rate, "messages/s", WEBHOOK_GOAL, "higher"
        ),
        report.Figure("planned while others send", to_file.plan_rate, "people/s", None, "higher"),
        report.Figure("peak memory of a worker", memory, "MB", MEMORY_GOAL, "lower"),
    ]


def make_campaign(connection: Connection, people: int) -> Campaign:
    campaign = Campaign.objects.create(
        name="Benchmark", owner=User.objects.earliest("pk"), connection=connection, control_percent=10,
        tree={"version": 1, "rule": {"all": [{"bucket": {"from": 0, "to": people - 1}}]}},
        control_salt=uuid.uuid4(), schedule={"version": 1, "kind": "now"},
    )  # fmt: skip
    message = Message.objects.create(campaign=campaign, kind=Message.Kind.BY_PROPERTY, include=["email", "country"])
    for position, (value, pairs) in enumerate(COPIES.items()):
        Copy.objects.create(message=message, value=value, pairs=pairs, position=position)
    return campaign


def file_connection() -> Connection:
    return Connection.objects.get(kind="file")


def segment_connection(address: str) -> Connection:
    secrets = seal({"write_key": "benchmark"})
    return Connection.objects.create(name="Sink", kind="segment", config={"url": address}, secrets=secrets)


def webhook_connection(address: str) -> Connection:
    secrets = seal({"signing_secret": SIGNING_SECRET})
    return Connection.objects.create(name="Receiver", kind="webhook", config={"url": address}, secrets=secrets)


@contextmanager
def sink() -> Iterator[str]:
    process = subprocess.Popen([sys.executable, "-m", "bench.sink"], stdout=subprocess.PIPE)
    assert process.stdout
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.wait()


def wait(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > until:
            sys.exit("It does not end.")
        time.sleep(0.05)


def peak_memory(pid: int) -> float:
    """MB, the most the process ever held."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


if __name__ == "__main__":
    main()
