"""The connections that Start offers: what each one is, and why it cannot be used at present."""

from dataclasses import dataclass

from django.utils import timezone

from campaigns import editor
from campaigns.models import Campaign
from connectors.models import Connection
from connectors.registry import DESTINATIONS
from connectors.status import Status, status


@dataclass(frozen=True)
class Choice:
    connection: Connection
    label: str
    icon: str
    description: str
    status: Status
    trouble: str
    is_chosen: bool

    @property
    def is_offered(self) -> bool:
        """One that is ill stays visible with its reason; only a chosen one can be kept."""
        return not self.trouble or self.is_chosen


def choices(campaign: Campaign) -> list[Choice]:
    return [choice(connection, campaign) for connection in Connection.objects.all()]


def choice(connection: Connection, campaign: Campaign) -> Choice:
    kind, now = DESTINATIONS.get(connection.kind), timezone.now()
    return Choice(
        connection=connection,
        label=kind.label if kind else connection.kind,
        icon=kind.icon if kind else "plug",
        description=kind.set_to(connection.config) or kind.description if kind else "",
        status=status(connection, now=now),
        trouble=editor.connection_trouble(connection, now=now),
        is_chosen=connection.pk == campaign.connection_id,
    )
