"""Lines of made-up people for COPY: some thousand different ones, told apart by their addresses and where they are."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import orjson

from people import made_up

TEMPLATES = 5000
SHARED = ("name", "first_name", "language", "zone", "country", "region", "city", "birth_date", "gender", "properties")
COLUMNS = ("id", "identity", "email", "phone", "latitude", "longitude", "bucket", "created_at", "updated_at", *SHARED)
NULL = b"\\N"
AROUND = 0.1  # degrees
PHONES = 0.6  # of all people


@dataclass(frozen=True, slots=True)
class Template:
    """What many people have in common: `address` is the e-mail's up to the number, `rest` the columns `SHARED`."""

    address: bytes
    has_phone: bool
    latitude: float
    longitude: float
    rest: bytes


def lines(first_id: int, count: int, seed: int, now: datetime) -> Iterator[bytes]:
    """One line a person: ids from `first_id` on, identities `user-<id>`."""
    templates = [template(number, seed) for number in range(min(TEMPLATES, count))]
    dice, stamp = random.Random(seed), now.isoformat().encode()  # noqa: S311 made-up people, no secrets
    chance = dice.random
    for number in range(first_id, first_id + count):
        like = dice.choice(templates)
        yield b"%d\tuser-%d\t%s\t%s\t%.4f\t%.4f\t%d\t%s\t%s\t%s\n" % (
            number,
            number,
            b"%s%d@example.com" % (like.address, number) if like.address else NULL,
            b"+1%010d" % number if like.has_phone else NULL,
            like.latitude + AROUND * (chance() - chance()),
            like.longitude + AROUND * (chance() - chance()),
            int(1000 * chance()),
            stamp,
            stamp,
            like.rest,
        )


def template(number: int, seed: int) -> Template:
    """Three in a hundred have no zone, one in a hundred has points that are no number."""
    person, dice = made_up.person(str(number), seed), random.Random(f"{seed}:{number}:more")  # noqa: S311 made-up people
    address = str(person.pop("email", "")).rpartition(".com")[0].partition("@")[0].rpartition(".")[0]
    latitude, longitude = float(str(person.pop("latitude"))), float(str(person.pop("longitude")))
    if number % 33 == 0:
        person.pop("zone", None)
    if number % 100 == 0:
        person["points"] = "many"
    columns = [text(person.pop(name, None)) for name in SHARED[:-1]]
    person["plan"] = ("free", "basic", "gold")[number % 7 % 3]
    person["interests"] = dice.sample(made_up.GENRES, dice.randrange(4))
    rest = b"\t".join([*columns, orjson.dumps(person).replace(b"\\", b"\\\\")])
    return Template(f"{address}.".encode() if address else b"", dice.random() < PHONES, latitude, longitude, rest)


def text(value: object) -> bytes:
    return NULL if value is None else str(value).replace("\\", "\\\\").encode()
