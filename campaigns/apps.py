"""Django's entry to the `campaigns` app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils import timezone

from people import partitions
from people import registry as people
from segments import registry as segments

# Every row is updated once, by record: with half of each page free the new version stays on its page and no index is
# touched. Measured: recording costs 11 µs a row without, 3 µs with.
FILL = 50


class CampaignsConfig(AppConfig):
    name = "campaigns"

    def ready(self) -> None:
        from campaigns import events, figures, mail_sender, presence  # noqa: PLC0415 models can be imported only once the apps are loaded

        post_migrate.connect(make_partitions, sender=self)
        segments.USERS.append(presence.users_of_segments)
        segments.LIST_USERS.append(presence.users_of_lists)
        segments.COUNTERS[figures.KIND] = segments.Counter(figures.count)
        segments.TABLES.append("campaigns_delivery")
        people.PERSON_PANELS.append(people.PersonPanel("Campaigns", "person-why"))
        people.EVENT_RELATIONS.extend(events.relations())
        people.TIMELINE.append(presence.timeline)
        people.CAMPAIGN_FACTS.append(events.facts)
        people.SENDERS.append(mail_sender.sender)
        people.MERGE_FOLLOWERS.append(presence.follow_merge)


def make_partitions(**_: object) -> None:
    partitions.ensure("campaigns_delivery", now=timezone.now(), since=timezone.now(), fill=FILL)
