"""People, what they did, and the names seen: the models of `people`, one topic a file."""

from people.models.catalogue import EventName, PropertyName
from people.models.event import Arrival, Event, ProfileEvent, SeenMessage
from people.models.imports import Import, ImportRefusal
from people.models.profile import BouncedAddress, Device, Identifier, Lifting, Profile, Subscription
from people.models.uploads import Upload
from people.models.ways import Refusal, WayHour

__all__ = [
    "Arrival",
    "BouncedAddress",
    "Device",
    "Event",
    "EventName",
    "Identifier",
    "Import",
    "ImportRefusal",
    "Lifting",
    "Profile",
    "ProfileEvent",
    "PropertyName",
    "Refusal",
    "SeenMessage",
    "Subscription",
    "Upload",
    "WayHour",
]
