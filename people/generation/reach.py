"""Lines of made-up devices and consents for COPY: who can be reached how, by a seed."""

import random
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from people.models import Device, Subscription

DEVICE_COLUMNS = (
    "profile_id", "platform", "token", "app_version", "make", "model", "os_version", "sdk_version", "last_seen_at",
)  # fmt: skip
SUBSCRIPTION_COLUMNS = ("profile_id", "channel", "state", "cause", "updated_at")
DEVICES = (35, 45, 15, 5)  # of a hundred people so many have none, one, two, three
VARIETY = 4096  # different devices, and different sets of consents
PLATFORMS = {Device.Platform.ANDROID: 55, Device.Platform.IOS: 35, Device.Platform.WEB: 10}
MAKES: dict[str, dict[str, tuple[str, ...]]] = {
    "android": {"Samsung": ("Galaxy S23", "Galaxy A54"), "Xiaomi": ("Redmi 12", "13T"), "Google": ("Pixel 8",)},
    "ios": {"Apple": ("iPhone 12", "iPhone 14", "iPhone 15 Pro")},
    "web": {"": ("",)},
}
APP_VERSIONS = ("9.8", "9.8.1", "9.10", "10.0", "10.2", "10.2.0", "v10.11", "11.0-beta", "")
APP_WEIGHTS = (4, 6, 10, 12, 20, 5, 30, 3, 10)
# Of a hundred people so many said yes, said no, are suppressed; the others never said anything.
CONSENTS = {
    Subscription.Channel.EMAIL: (55, 12, 3),
    Subscription.Channel.SMS: (20, 5, 1),
    Subscription.Channel.PUSH: (45, 8, 0),
    Subscription.Channel.WHATSAPP: (6, 2, 0),
    Subscription.Channel.EXPORT: (5, 4, 1),
}
STATES = (Subscription.State.SUBSCRIBED, Subscription.State.UNSUBSCRIBED, Subscription.State.SUPPRESSED)


def devices(people: Iterable[int], seed: int, now: datetime) -> Iterator[bytes]:
    """None to three of each person."""
    dice = random.Random(f"{seed}:devices")  # noqa: S311 made-up people, no secrets
    kinds = [device(dice, now) for _ in range(VARIETY)]
    table = bytes(number for number, share in enumerate(DEVICES) for _ in range(share))
    for person in people:
        for number in range(dice.choice(table)):
            platform, rest = dice.choice(kinds)
            yield b"%d\t%s\ttoken-%d-%d-%016x\t%s\n" % (person, platform, person, number, dice.getrandbits(64), rest)


def device(dice: random.Random, now: datetime) -> tuple[bytes, bytes]:
    """The platform, and the columns after the token."""
    platform = dice.choices([*PLATFORMS], [*PLATFORMS.values()])[0]
    make = dice.choice([*MAKES[platform]])
    seen = now - timedelta(days=dice.expovariate(0.02), seconds=dice.random() * 86_400)
    columns = (
        dice.choices(APP_VERSIONS, APP_WEIGHTS)[0], make, dice.choice(MAKES[platform][make]),
        f"{dice.randint(9, 17)}.{dice.randint(0, 4)}", f"{dice.randint(3, 6)}.{dice.randint(0, 12)}.0",
        seen.isoformat(),
    )  # fmt: skip
    return str(platform).encode(), "\t".join(columns).encode()


def subscriptions(people: Iterable[int], seed: int, now: datetime) -> Iterator[bytes]:
    """What each person said on each channel, where they said anything."""
    dice = random.Random(f"{seed}:consent")  # noqa: S311 made-up people, no secrets
    sets = [consents(dice, now) for _ in range(VARIETY)]
    for person in people:
        for rest in dice.choice(sets):
            yield b"%d\t%s" % (person, rest)


def consents(dice: random.Random, now: datetime) -> list[bytes]:
    found = []
    for channel, shares in CONSENTS.items():
        drawn = dice.choices((*STATES, None), (*shares, 100 - sum(shares)))[0]
        if drawn:
            cause = "bounce" if drawn == Subscription.State.SUPPRESSED else ""
            at = now - timedelta(days=dice.random() * 700)
            found.append(f"{channel}\t{drawn}\t{cause}\t{at.isoformat()}\n".encode())
    return found
