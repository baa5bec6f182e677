"""The facts every source yields, and what became of them. `properties` name standard columns and custom ones alike."""

from datetime import datetime

import msgspec


class Identify(msgspec.Struct, frozen=True, kw_only=True):
    """Who a person is: properties to set (None deletes one), consent by channel, the device seen.

    A value may be an operation on the present one: {"$add": [..]}, {"$remove": [..]}, {"$set": ..}, {"$incr": n},
    {"$decr": n}, {"$delete": 1}.
    """

    user_id: str | None = None
    anonymous_id: str | None = None
    properties: dict[str, object] = {}
    subscriptions: dict[str, bool] = {}
    device: "Device | None" = None
    message_id: str | None = None


class Device(msgspec.Struct, frozen=True, kw_only=True):
    platform: str
    token: str
    app_version: str = ""
    make: str = ""
    model: str = ""
    os_version: str = ""
    sdk_version: str = ""


class Track(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A person did something."""

    user_id: str | None = None
    anonymous_id: str | None = None
    event: str
    at: datetime
    properties: dict[str, object] = {}
    message_id: str | None = None


class Alias(msgspec.Struct, frozen=True, kw_only=True):
    """The anonymous person `previous_id` is the known person `user_id`."""

    user_id: str
    previous_id: str
    message_id: str | None = None


Record = Identify | Track | Alias


class Rejected(msgspec.Struct, frozen=True, order=True):
    """Why the record at `index` was refused, or, in `Outcome.notes`, what was left out of it."""

    index: int
    code: str
    reason: str


class Outcome(msgspec.Struct, frozen=True):
    """`accepted` counts records that are in the database now, those that were there already included."""

    accepted: int
    rejected: list[Rejected]
    notes: list[Rejected] = []
