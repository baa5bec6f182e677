"""Rules at random over the data of `generate`, of one to three conditions of every family."""

import random
from collections.abc import Iterator
from typing import Any

from people import made_up
from people.generation.events import CATEGORIES, NAMES, SCREENS

Json = dict[str, Any]
NAMES_OF_SCREENS = ("Page Viewed", "App Launched", "Login", "Searched")
CITIES = [place for places in made_up.PLACES.values() for place in places]


def rules(count: int, seed: int) -> Iterator[Json]:
    dice = random.Random(seed)
    for _ in range(count):
        kind = dice.choices(("all", "any", "none"), (6, 3, 1))[0]
        yield {"version": 1, "rule": {kind: [condition(dice) for _ in range(dice.randint(1, 3))]}}


def condition(dice: random.Random) -> Json:
    make = dice.choices((deed, absence, habit, attribute, place, channel, chance), (6, 3, 1, 5, 2, 3, 1))[0]
    return make(dice)


def deed(dice: random.Random) -> Json:
    event = dice.choice(NAMES)
    found: Json = {"did": event, "period": period(dice)}
    if dice.random() < 0.4:
        found["where"] = [filtered(event, dice)]
    if dice.random() < 0.4:
        found["count"] = {"operator": dice.choice(("greater_than_equals", "less_than")), "value": dice.randint(2, 8)}
    elif event == "Charged" and dice.random() < 0.5:
        measure = {"property": "Amount", "operator": "greater_than", "value": dice.randint(10, 300)}
        found[dice.choice(("sum", "average"))] = measure
    return found


def absence(dice: random.Random) -> Json:
    return {"did_not": dice.choice(NAMES), "period": period(dice)}


def habit(dice: random.Random) -> Json:
    start = dice.randrange(20)
    hours = {"hours": {"from": f"{start:02}:00", "to": f"{start + 4:02}:00"}}
    return {"interest": dice.choice(NAMES), "period": period(dice), "of": hours, "at_least": dice.choice((10, 30, 60))}


def period(dice: random.Random) -> object:
    return "ever" if dice.random() < 0.2 else {"last": dice.randint(1, 120), "unit": "days"}


def filtered(event: str, dice: random.Random) -> Json:
    if event in NAMES_OF_SCREENS:
        return compared("screen", "text", "equals", dice.sample(SCREENS, 2))
    if event == "Filter Applied":
        return compared("filters", "list", "any_of", ["size"])
    return compared("category", "text", "equals", [dice.choice(CATEGORIES)])


def attribute(dice: random.Random) -> Json:
    return dice.choice((
        compared("plan", "text", "equals", [dice.choice(("free", "basic", "gold"))]),
        compared("favourite_genre", "text", "not_equals", [dice.choice(made_up.GENRES)]),
        compared("points", "number", "greater_than", dice.randint(10, 200)),
        compared("interests", "list", "any_of", dice.sample(made_up.GENRES, 2)),
        compared("language", "text", "equals", dice.sample([*made_up.LANGUAGES], 2)),
        compared("member_since", "date", "anniversary_next_days", dice.randint(1, 60)),
        {"property": "newsletter", "type": "boolean", "operator": dice.choice(("is_true", "is_false"))},
        {"age": {"operator": "greater_than_equals", "value": dice.randint(25, 80)}},
    ))  # fmt: skip


def place(dice: random.Random) -> Json:
    city = dice.choice(CITIES)
    if dice.random() < 0.5:
        return compared("city", "text", "equals", [city.city])
    return {"near": [{"latitude": city.latitude, "longitude": city.longitude}], "metres": dice.choice((5_000, 50_000))}


def channel(dice: random.Random) -> Json:
    if dice.random() < 0.3:
        version = dice.choice(("9.8", "10", "10.2"))
        return {"device": [compared("app_version", "version", "greater_than", version)]}
    of = dice.choice(("email", "sms", "push", "whatsapp"))
    return {"channel": of, "is": dice.choice(("has_address", "reachable", "subscribed", "unsubscribed"))}


def chance(dice: random.Random) -> Json:
    low = dice.randrange(1000)
    return {"bucket": {"from": low, "to": dice.randint(low, 999)}}


def compared(name: str, kind: str, operator: str, value: object) -> Json:
    return {"property": name, "type": kind, "operator": operator, "value": value}
