"""The demo: people who bought at least twice and nothing in the last 60 days, written to in three languages."""

from datetime import datetime

from accounts.models import User
from campaigns import lifecycle
from campaigns.models import Campaign, Copy, Message
from connectors.models import Connection
from operations.defaults import FILE_CONNECTION
from segments.models import Segment

SEGMENT = "Bought twice, then went quiet"
CAMPAIGN = "We miss you"
TREE = {
    "version": 1,
    "rule": {
        "all": [
            {"did": "Charged", "period": "ever", "count": {"operator": "greater_than_equals", "value": 2}},
            {"did_not": "Charged", "period": {"last": 60, "unit": "days"}},
        ]
    },
}
RECENT_SEGMENT = "Bought in the last 90 days"
EXAMPLE = "Thank you (example)"
RECENT_TREE = {"version": 1, "rule": {"all": [{"did": "Charged", "period": {"last": 90, "unit": "days"}}]}}
REPLY = ["reply_to", "{{ profile.email }}"]
COPIES = {
    "": [
        ["title", 'We kept your seat, {{ profile.first_name | default: "music lover" }}'],
        ["text", 'New records came in{% if profile.city %} and ship to {{ profile.city }} in two days{% endif %}.'],
        REPLY,
    ],
    "es": [
        ["title", '{{ profile.first_name | default: "Amante de la música" }}, te echamos de menos'],
        ["text", 'Llegaron discos nuevos{% if profile.city %} y llegan a {{ profile.city }} en dos días{% endif %}.'],
        REPLY,
    ],
    "pt": [
        ["title", '{{ profile.first_name | default: "Amante da música" }}, sentimos a sua falta'],
        ["text", 'Chegaram discos novos{% if profile.city %} e chegam a {{ profile.city }} em dois dias{% endif %}.'],
        REPLY,
    ],
}  # fmt: skip


THANKS = {
    "": [["title", 'Thank you, {{ profile.first_name | default: "music lover" }}'], REPLY],
    "es": [["title", '¡Gracias, {{ profile.first_name | default: "amante de la música" }}!'], REPLY],
    "pt": [["title", 'Obrigado, {{ profile.first_name | default: "amante da música" }}!'], REPLY],
}


def ensure_demo(*, by: User, now: datetime) -> Campaign:
    """The demo's segment and a draft campaign for it, made once; nothing is sent."""
    segment = Segment.objects.get_or_create(
        name=SEGMENT, defaults={"tree": TREE, "created_by": by, "created_at": now, "updated_at": now}
    )[0]
    existing = Campaign.objects.filter(name=CAMPAIGN, segment=segment).order_by("pk").first()
    if existing:
        return existing
    campaign = lifecycle.draft(by=by, now=now, name=CAMPAIGN)
    campaign.segment, campaign.control_percent, campaign.labels = segment, 10, ["demo"]
    campaign.connection = Connection.objects.get(name=FILE_CONNECTION)
    campaign.schedule = {"version": 1, "kind": "now"}
    campaign.save()
    write_copies(campaign.message, COPIES, "Win-back Offered")
    return campaign


def send_example(*, by: User, now: datetime) -> None:
    """A second campaign, published at once into the file connection, so that there is a report to look at."""
    segment = Segment.objects.create(name=RECENT_SEGMENT, tree=RECENT_TREE, created_by=by)
    campaign = lifecycle.clone(ensure_demo(by=by, now=now), by=by, now=now)
    campaign.name, campaign.segment = EXAMPLE, segment
    campaign.save(update_fields=["name", "segment"])
    write_copies(campaign.message, THANKS, "Thanks Sent")
    lifecycle.publish(campaign, by=by, now=now)


def write_copies(message: Message, copies: dict[str, list[list[str]]], event_name: str) -> None:
    message.kind, message.property, message.include = Message.Kind.BY_PROPERTY, "language", ["language", "country"]
    message.event_name = event_name
    message.save()
    message.copies.all().delete()
    Copy.objects.bulk_create(
        Copy(message=message, value=value, pairs=pairs, position=position)
        for position, (value, pairs) in enumerate(copies.items())
    )
