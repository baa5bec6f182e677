"""Cities by name: more than 15,000 people or capitals, from GeoNames (`segments/data/README.md`).

Held as one piece of text, a city a line, the largest first, with every name it goes by in a plain spelling. Finding
one reads through it; it takes about 3 MB in each process that was ever asked.
"""

import gzip
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice
from pathlib import Path

from segments.places import write_point

FILE = Path(__file__).resolve().parent / "data" / "cities.txt.gz"
OFFERED = 8
LONGEST = 100
# Letters that have no accent to take off.
PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"})


@dataclass(frozen=True, slots=True)
class City:
    """`label` tells it from others of its name that are not much smaller: “Springfield, Missouri”."""

    label: str
    region: str
    country: str
    latitude: float
    longitude: float

    @property
    def where(self) -> str:
        return ", ".join(filter(None, [self.region, self.country]))

    @property
    def value(self) -> str:
        """What the builder posts for it."""
        return write_point({"latitude": self.latitude, "longitude": self.longitude, "name": self.label})


def search(words: str, most: int = OFFERED) -> list[City]:
    """The largest cities that begin with the words; “paris, tex” looks in places that begin with “tex”.

    Whose name it is comes first, then who is called so elsewhere, then whose names begin so.
    """
    name, _, place = (fold(part) for part in words[:LONGEST].partition(","))
    if not name:
        return []
    marks = (f"\n{name}|", f"|{name}|", f"\n{name}", f"|{name}")
    lines = dict.fromkeys(chain.from_iterable(lines_with(mark.encode()) for mark in marks))
    cities = (city(line) for line in lines)
    return list(islice((each for each in cities if is_in(each, place)), most))


def fold(text: str) -> str:
    """Plain small letters: no accents, no punctuation, single blanks."""
    letters = unicodedata.normalize("NFKD", text.casefold().translate(PLAIN))
    plain = "".join(letter if letter.isalnum() else " " for letter in letters if not unicodedata.combining(letter))
    return " ".join(plain.split())


def is_in(found: City, place: str) -> bool:
    return any(fold(each).startswith(place) for each in (found.region, found.country))


def lines_with(mark: bytes) -> Iterator[bytes]:
    """In the order of the file. A line begins with its names: `\\nsao paulo|san paolo|…|\\t…`."""
    text, at = cities(), 0
    while (at := text.find(mark, at)) >= 0:
        start, end = text.rfind(b"\n", 0, at + 1) + 1, text.index(b"\n", at + 1)
        yield text[start:end]
        at = end


def city(line: bytes) -> City:
    _, label, region, country, latitude, longitude = line.decode().split("\t")
    return City(label, region, country, float(latitude), float(longitude))


@cache
def cities() -> bytes:
    return b"\n" + gzip.decompress(FILE.read_bytes())
