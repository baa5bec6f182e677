"""What the page of one person says of them, apart from the timeline."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse

from people import allowing, languages, registry
from people.models import Device, Identifier, Profile, ProfileEvent, Subscription
from people.properties import DATE

LABELS = {
    "identity": "Identity", "name": "Name", "first_name": "First name", "email": "E-mail", "phone": "Phone",
    "language": "Language", "zone": "Time zone", "country": "Country", "region": "Region", "city": "City",
    "birth_date": "Birth date", "gender": "Gender",
}  # fmt: skip
LISTED = 50
CAUSES = {
    "bounce": "The mail server refused the address.",
    "complaint": "They called a mail spam.",
    "link": "They used the link in a message.",
    "provider": "They unsubscribed with the mail provider.",
    "mail": "They wrote a mail to unsubscribe.",
}


@dataclass(frozen=True)
class Panel:
    title: str
    url: str


@dataclass(frozen=True)
class Consent:
    """What is known of one channel. `stays` says why a suppression is not lifted, blank where it may be."""

    subscription: Subscription
    cause: str
    campaign: str
    campaign_url: str
    stays: str

    @property
    def told(self) -> str:
        """What the other side said; an older no's is not shown of a later yes."""
        code, words = self.subscription.code, self.subscription.words and f"“{self.subscription.words}”"
        return ": ".join(filter(None, [code, words])) if self.subscription.cause else ""

    @property
    def is_lifted_here(self) -> bool:
        return allowing.is_offered(self.subscription)


@dataclass(frozen=True)
class Portrait:
    """`facts` are (label, value) of standard columns, `properties` the custom ones, `missing` labels without one."""

    facts: list[tuple[str, object]]
    properties: list[tuple[str, object]]
    missing: list[str]
    devices: QuerySet[Device]
    consents: list[Consent]
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
        consents=consents(person.subscriptions.order_by("channel")),
        identifiers=person.identifiers.order_by("-pk")[:LISTED],
        habits=ProfileEvent.objects.filter(profile=person).select_related("name").order_by("-last_at")[:LISTED],
        panels=[
            Panel(panel.title, url) for panel in registry.PERSON_PANELS if (url := panel_url(panel.url_name, person.pk))
        ],
    )


def consents(subscriptions: Iterable[Subscription]) -> list[Consent]:
    found = list(subscriptions)
    facts = registry.campaign_facts({each.campaign for each in found if each.cause and each.campaign})
    names = {campaign: str(known.get("Campaign name", "")) for campaign, known in facts.items()}
    return [consent(each, names) for each in found]


def consent(subscription: Subscription, names: Mapping[int, str]) -> Consent:
    campaign = subscription.campaign if subscription.cause else None
    named = names.get(campaign, "") if campaign else ""
    return Consent(
        subscription,
        CAUSES.get(subscription.cause, subscription.cause),
        named,
        panel_url("campaign", campaign) if campaign and named else "",
        stays(subscription),
    )


def stays(subscription: Subscription) -> str:
    if subscription.state != Subscription.State.SUPPRESSED or allowing.is_offered(subscription):
        return ""
    if subscription.cause == "complaint":
        return "A complaint is a no of their own: it stays, and nobody here can lift it."
    if subscription.before == Subscription.State.UNSUBSCRIBED:
        return "They unsubscribed themselves, too: that stays, so this is not lifted."
    return "It was set by hand: ask your operator."


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
