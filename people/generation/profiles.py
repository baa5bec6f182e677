"""Lines of made-up people for COPY: some thousand different people, told apart by identity and e-mail address."""

import random
from collections.abc import Iterator
from datetime import datetime

import orjson

from people import made_up

TEMPLATES = 5000
COLUMNS = (
    "id", "identity", "email", "name", "first_name", "phone", "language", "zone", "country", "region", "city",
    "latitude", "longitude", "birth_date", "gender", "properties", "bucket", "created_at", "updated_at",
)  # fmt: skip
PLAIN = COLUMNS[3:-4]
NULL = b"\\N"


def lines(first_id: int, count: int, seed: int, now: datetime) -> Iterator[bytes]:
    """One line a person: ids from `first_id` on, identities `user-<id>`."""
    templates = [template(number, seed) for number in range(min(TEMPLATES, count))]
    dice, stamp = random.Random(seed), now.isoformat().encode()  # noqa: S311 made-up people, no secrets
    for number in range(first_id, first_id + count):
        address, rest = dice.choice(templates)
        email = b"%s%d@example.com" % (address, number) if address else NULL
        yield b"%d\tuser-%d\t%s\t%s\t%d\t%s\t%s\n" % (number, number, email, rest, dice.randrange(1000), stamp, stamp)


def template(number: int, seed: int) -> tuple[bytes, bytes]:
    """(e-mail address up to the number, the columns that many people share). Three in a hundred have no zone."""
    person = made_up.person(str(number), seed)
    address = str(person.pop("email", "")).rpartition(".com")[0].partition("@")[0].rpartition(".")[0]
    if number % 33 == 0:
        person.pop("zone", None)
    columns = [text(person.pop(name, None)) for name in PLAIN]
    properties = orjson.dumps({**person, "plan": ("free", "basic", "gold")[number % 7 % 3]})
    return f"{address}.".encode() if address else b"", b"\t".join([*columns, properties.replace(b"\\", b"\\\\")])


def text(value: object) -> bytes:
    return NULL if value is None else str(value).replace("\\", "\\\\").encode()
