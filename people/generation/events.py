"""Lines of made-up events for COPY: 30 names by Zipf, people from active to silent, typed properties with faults."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate, pairwise

import orjson

NAMES = (
    "App Launched", "Page Viewed", "Product Viewed", "Searched", "Added To Cart", "Category Viewed", "Charged",
    "Video Played", "Added To Wishlist", "Notification Opened", "Login", "Coupon Viewed", "Checkout Started",
    "Article Read", "Shared", "Review Read", "Removed From Cart", "Filter Applied", "Profile Updated", "Signed Up",
    "Payment Failed", "Store Located", "Review Written", "Support Contacted", "Subscription Renewed",
    "Referral Sent", "Order Returned", "Address Added", "Feedback Given", "Account Upgraded",
)  # fmt: skip
CATEGORIES = ("coat", "shoe", "hat", "bag", "shirt", "dress", "jewellery", "toy")
CATEGORY_WEIGHTS = (30, 22, 14, 12, 9, 7, 4, 2)
FILTERS = ("size", "colour", "brand", "price", "new")
SCREENS = ("home", "search", "product", "cart", "account", "help")
VARIETY = 2048  # different property sets per name
MONTHS = 12
MOMENTS = 50_021  # different ones in a month
SILENT = 0.15  # of all people
REDRAWS = 6  # until somebody who is still seen is found
SKEW = 3  # the busiest hundredth does a fifth of everything
STRIDE = 2_654_435_761  # prime: spreads activity over ids, so a sample by id is a fair one


@dataclass(frozen=True)
class Crowd:
    """Who acts: `count` people with ids from `first_id` on."""

    first_id: int
    count: int
    seed: int


@dataclass(frozen=True)
class Stretch:
    """`count` events with ids from `first_id` on, between two moments; `number` counts the months from the oldest."""

    number: int
    begin: datetime
    end: datetime
    first_id: int
    count: int


def lines(stretch: Stretch, crowd: Crowd, name_ids: dict[str, int]) -> Iterator[bytes]:
    """One line an event, in no order within the stretch: id, profile, name, at, properties."""
    dice = random.Random(f"{crowd.seed}:{stretch.number}")  # noqa: S311 made-up events, no secrets
    chance, bits = dice.random, dice.getrandbits
    heads = [b"%d" % name_ids[name] for name in NAMES]
    bodies = [property_sets(name, crowd.seed) for name in NAMES]
    names, gone, moments = zipf_table(), gone_after(crowd), moment_texts(stretch)
    acting = max(1, int(crowd.count * (1 - SILENT)))
    for number in range(stretch.first_id, stretch.first_id + stretch.count):
        actor = int(acting * chance() ** SKEW)
        for _ in range(REDRAWS):
            if gone[actor % len(gone)] >= stretch.number:
                break
            actor = int(acting * chance() ** SKEW)
        drawn = bits(48)
        name = names[drawn & 0xFFFF]
        yield b"%d\t%d\t%s\t%s\t%s\n" % (
            number,
            crowd.first_id + actor * STRIDE % crowd.count,
            heads[name],
            moments[(drawn >> 16) % len(moments)],
            bodies[name][drawn >> 37],
        )


def zipf_table() -> bytes:
    """65,536 places, shared out among the names by Zipf's law: the third has 8 % of them."""
    weights = list(accumulate(1 / rank for rank in range(1, len(NAMES) + 1)))
    table = bytearray()
    for name, reached in enumerate(weights):
        table += bytes([name]) * (round(65_536 * reached / weights[-1]) - len(table))
    return bytes(table)


def gone_after(crowd: Crowd) -> bytes:
    """The month after which each of some people is not seen any more; more than half never leave."""
    dice = random.Random(crowd.seed)  # noqa: S311 made-up people, no secrets
    return bytes(MONTHS if dice.random() < 0.55 else dice.randrange(MONTHS) for _ in range(65_521))


def moment_texts(stretch: Stretch) -> list[bytes]:
    """Some moments of the stretch as text, more of them in the evening than at night."""
    dice = random.Random(stretch.number)  # noqa: S311 made-up events, no secrets
    span = (stretch.end - stretch.begin).total_seconds()
    found: list[bytes] = []
    while len(found) < min(MOMENTS, stretch.count + 1):
        at = stretch.begin + timedelta(seconds=dice.random() * span)
        if dice.random() < (0.25, 0.6, 0.9, 1.0)[at.hour // 6]:
            found.append(at.replace(microsecond=dice.randrange(1000) * 1000).isoformat().encode())
    return [text for text in found if text < stretch.end.isoformat().encode()] or [stretch.begin.isoformat().encode()]


@cache
def property_sets(name: str, seed: int) -> list[bytes]:
    dice = random.Random(f"{seed}:{name}")  # noqa: S311 made-up events, no secrets
    return [orjson.dumps(faulty(properties(name, dice), dice)).replace(b"\\", b"\\\\") for _ in range(VARIETY)]


def faulty(values: dict[str, object], dice: random.Random) -> dict[str, object]:
    """One in ten values is missing, one in a hundred is of the wrong type."""
    kept = {name: value for name, value in values.items() if dice.random() > 0.1}
    for name in kept:
        if dice.random() < 0.01:
            kept[name] = "unknown" if not isinstance(kept[name], str) else 0
    return kept


def properties(name: str, dice: random.Random) -> dict[str, object]:
    if name == "Charged":
        return {
            "Amount": round(dice.lognormvariate(3.2, 0.8), 2),
            "Quantity": 1 + int(dice.expovariate(1)),
            "category": dice.choices(CATEGORIES, CATEGORY_WEIGHTS)[0],
            "paid_by": dice.choice(("card", "invoice", "wallet")),
            "first_order": dice.random() < 0.2,
            "Items": [item(dice) for _ in range(1 + int(dice.expovariate(1.2)))],
        }
    if name in ("Page Viewed", "App Launched", "Login", "Searched"):
        return {"screen": dice.choice(SCREENS), "seconds": int(dice.expovariate(0.03)), "mobile": dice.random() < 0.7}
    if name == "Filter Applied":
        return {"filters": dice.sample(FILTERS, dice.randrange(len(FILTERS)))}
    return {
        "category": dice.choices(CATEGORIES, CATEGORY_WEIGHTS)[0],
        "sku": sku(dice),
        "price": round(dice.lognormvariate(3, 0.7), 2),
        "in_stock": dice.random() < 0.9,
        "available_from": f"2026-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}",
    }


def item(dice: random.Random) -> dict[str, object]:
    """One of the things that were bought."""
    return {
        "sku": sku(dice),
        "category": dice.choices(CATEGORIES, CATEGORY_WEIGHTS)[0],
        "price": round(dice.lognormvariate(3, 0.7), 2),
    }


def sku(dice: random.Random) -> str:
    return f"SKU-{int(dice.paretovariate(1) * 7) % 5000:04}"


def stretches(count: int, first_id: int, now: datetime) -> list[Stretch]:
    """`count` events over the 12 months up to `now`, cut at the firsts of month as the partitions are, oldest first."""
    begin = now - timedelta(days=365)
    bounds = [begin, *months(begin, now), now]
    found, used = [], 0
    for number, (since, until) in enumerate(pairwise(bounds)):
        reached = round(count * ((until - begin) / (now - begin)))
        found.append(Stretch(min(number, MONTHS), since, until, first_id + used, reached - used))
        used = reached
    return found


def months(begin: datetime, end: datetime) -> list[datetime]:
    """The firsts of month between two moments."""
    found = []
    at = datetime(begin.year, begin.month, 1, tzinfo=UTC)
    while (at := (at + timedelta(days=32)).replace(day=1)) < end:
        found.append(at)
    return found
