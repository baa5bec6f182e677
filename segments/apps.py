"""Django's entry to the `segments` app."""

from django.apps import AppConfig

from people import registry as people
from segments import registry


class SegmentsConfig(AppConfig):
    name = "segments"

    def ready(self) -> None:
        from segments import references  # noqa: PLC0415 models can be imported only once apps are loaded
        from segments.lists import members  # noqa: PLC0415 the same
        from segments.reach import counters  # noqa: PLC0415 the same

        registry.COUNTERS.update(counters.OWN)
        registry.USERS.append(references.segments_using)
        people.MERGE_FOLLOWERS.append(members.follow_merge)
