"""An installation with something on every page: people, events, segments, campaigns in all kinds of states."""

from datetime import datetime, timedelta
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from accounts import api_keys
from accounts.models import User
from campaigns import lifecycle
from campaigns.models import Campaign, Delivery, Run
from connectors.models import Connection
from people import frequencies, partitions, tally
from people.ingest import ingest
from people.models import Profile, Subscription
from people.records import Device, Identify, Outcome, Record, Rejected, Track
from segments.models import Segment
from tests import factories
from tests.campaigns.delivery import send
from tests.segments.lists import make, owner, whole

COPIES: dict[str, factories.Pairs] = {
    "": [("title", 'Hello {{ profile.first_name | default: "there" }}'), ("body", "{{ profile.points }} points")],
    "es": [("title", 'Hola {{ profile.first_name | default: "amigo" }}'), ("body", "{{ profile.city }}")],
}
RULE = {
    "version": 1,
    "rule": {
        "all": [
            {"did": "Charged", "period": {"last": 60, "unit": "days"}},
            {"any": [{"property": "language", "type": "text", "operator": "equals", "value": ["en", "es"]}]},
        ]
    },
}
CSV = b"identity,first_name,email,points\nkim,Kim,kim@example.com,7\nlee,Lee,no address,x\n"


def fill(settings: Settings, folder: Path, admin: Client, by: User, now: datetime) -> list[str]:
    """Fill the installation; returns the addresses of the pages about what was made."""
    settings.EXPORTS, settings.MEDIA_ROOT, settings.BATCH_SIZE = folder / "exports", folder / "uploads", 10
    partitions.ensure("campaigns_delivery", now=now, since=now)
    files = factories.file_connection(last_success_at=now)
    broken = factories.segment_connection("http://127.0.0.1:1/v1", failures=7, last_failure_at=now)
    return [
        *people(now),
        *segments(by, now),
        *lists(),
        *campaigns(files, by, now),
        *imports(admin),
        *(f"/connections/{each.pk}" for each in (files, broken)),
        f"/settings/users/{by.pk}",
        *keys(by),
    ]


def people(now: datetime) -> list[str]:
    """Sixty, one of them with everything a page can show."""
    factories.people(59)
    facts: list[Record] = [
        Track(user_id=f"person-{n}", event="Charged", at=now - timedelta(days=n), properties={"Amount": n * 1.5})
        for n in range(1, 60)
    ]
    device = Device(platform="android", token="t" * 150, app_version="10.2", make="Fairphone", model="5")
    whole: dict[str, object] = {
        "name": "Maria Silva",
        "email": "maria@example.com",
        "language": "pt-BR",
        "tags": ["a" * 60, "b"],
    }
    facts += [
        Identify(user_id="maria", properties=whole, subscriptions={"email": False}, device=device),
        Track(user_id="maria", event="Charged", at=now, properties={"Amount": 9.5, "note": "long " * 40}),
    ]
    assert not ingest(facts, source="test", now=now, live=False).rejected
    frequencies.refresh_all(now=now)
    maria = Profile.objects.get(identity="maria")
    Subscription.objects.create(profile=maria, channel="export", state="unsubscribed")
    return [f"/people/{maria.pk}", "/people/?q=person", "/people/?q=nobody-has-this-name", "/people/names/people"]


def segments(by: User, now: datetime) -> list[str]:
    rule = Segment.objects.create(name="Bought lately", tree=RULE, created_by=by, people=60, counted_at=now)
    Segment.objects.create(name="Everyone " + "with a long name " * 8, tree=factories.EVERYONE, created_by=by)
    return [f"/segments/{rule.pk}", f"/segments/{rule.pk}/edit", f"/segments/{rule.pk}/people"]


def lists() -> list[str]:
    """One with people and unmatched lines, one that failed, one that waits."""
    full = owner(whole("Type,Identity\ni,person-1\ni,person-2\nemail,nobody\n"))
    failed = owner(whole("Identity\nstranger\n", "Strangers"))
    waiting = make("Identity\nperson-1\n", "Long name " * 9)
    pages = ("", "/people", "/upload", "/rename")
    return [
        *(f"/segments/lists/{full.pk}{page}" for page in pages),
        *(f"/segments/lists/{each.pk}" for each in (failed, waiting)),
    ]


def campaigns(over: Connection, by: User, now: datetime) -> list[str]:
    sent, several, waiting, draft = (factories.campaign(over, copies=COPIES, control_percent=20) for _ in range(4))
    send(factories.run(sent, due_at=now), now=now)
    Delivery.objects.filter(state="accepted", profile_id__lt=Profile.objects.order_by("pk")[9].pk).update(answer="ok")
    second = factories.run(several, due_at=now, number=2)
    send(factories.run(several, due_at=now - timedelta(minutes=5)), now=now)
    Run.objects.filter(pk=second.pk).update(state="missed", reason="No worker was there at its time.")
    factories.run(waiting, due_at=now + timedelta(days=3))
    Campaign.objects.filter(pk=draft.pk).update(state="draft", published_at=None, schedule=weekly(), name="Draft " * 9)
    blank = lifecycle.draft(by=by, now=now)
    steps = ("start", "who", "what", "when", "review")
    return [
        *(f"/campaigns/{each.pk}/" for each in (sent, several, waiting)),
        *(f"/campaigns/{sent.pk}/people", f"/campaigns/{sent.pk}/people?state=failed"),
        *(f"/campaigns/{each.pk}/edit/{step}" for each in (draft, blank) for step in steps),
        *("/campaigns/?state=scheduled", "/campaigns/?q=nothing-is-called-so"),
    ]


def weekly() -> dict[str, object]:
    return {"version": 1, "kind": "weekly", "every": 2, "weekdays": [0, 3], "time": "09:00"}


def imports(admin: Client) -> list[str]:
    """One that waits for its columns to be named, one that is ready to come in."""
    addresses = []
    for kind in ("profiles", "profiles"):
        file = SimpleUploadedFile(f"{kind}.csv", CSV, content_type="text/csv")
        answer = admin.post("/people/imports/new", {"file": file, "kind": kind})
        assert answer.status_code == 302, answer.content.decode()
        addresses.append(answer.headers["Location"])
    return addresses


def keys(by: User) -> list[str]:
    key, _ = api_keys.issue("Website", ["ingest"], by)
    refused = [Rejected(place, "no_identity", "The record names no person. " * 9) for place in range(3)]
    tally.note("upload", key, Outcome(12_345, refused), lambda: [{"long": "x" * 600}] * 3)
    return ["/settings/api-keys", "/settings/audit", "/people/ways-in/upload"]
