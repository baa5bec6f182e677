"""What the page of one person says of them, apart from the timeline."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse

from people import languages, registry
from people.models import Device, Identifier, Profile, ProfileEvent, Subscription
from people.properties import DATE

LABELS = {
    "identity": "Identity", "name": "Name", "first_name": "First name", "email": "E-mail", "phone": "Phone",
    "language": "Language", "zone": "Time zone", "country": "Country", "region": "Region", "city": "City",
    "birth_date": "Birth date", "gender": "Gender",
}  # fmt: skip
LISTED = 50


@dataclass(frozen=True)
class Panel:
    title: str
    url: str


@dataclass(frozen=True)
class Portrait:
    """`facts` are (label, value) of standard columns, `properties` the custom ones, `missing` labels without one."""

    facts: list[tuple[str, object]]
    properties: list[tuple[str, object]]
    missing: list[str]
    devices: QuerySet[Device]
    subscriptions: QuerySet[Subscription]
    identifiers: QuerySet[Identifier]
    habits: QuerySet[ProfileEvent]
    panels: list[Panel]


def of(person: Profile) -> Portrait:
    values = {name: getattr(person, name) for name in LABELS}
    values["language"] = languages.named(person.language) if person.language else None
    values["gender"] = person.get_gender_display() if person.gender else None
    return Portrait(
        facts=[(LABELS[name], value) for name, value in values.items() if value not in (None, "")],
        properties=[(name, shown(value)) for name, value in sorted(person.properties.items())],
        missing=[LABELS[name] for name, value in values.items() if value in (None, "")],
        devices=person.devices.order_by("-last_seen_at")[:LISTED],
        subscriptions=person.subscriptions.order_by("channel"),
        identifiers=person.identifiers.order_by("-pk")[:LISTED],
        habits=ProfileEvent.objects.filter(profile=person).select_related("name").order_by("-last_at")[:LISTED],
        panels=[
            Panel(panel.title, url) for panel in registry.PERSON_PANELS if (url := panel_url(panel.url_name, person.pk))
        ],
    )


def panel_url(name: str, pk: int) -> str:
    try:
        return reverse(name, args=[pk])
    except NoReverseMatch:
        return ""


def shown(value: Any) -> object:
    """A value as people read it: moments as moments, lists with commas."""
    if isinstance(value, str) and "T" in value and DATE.fullmatch(value):
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            return value
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
        return ", ".join(map(str, value))
    return value
