"""Amazon's regions and the hosts of its services in them, as its own library lists them."""

import re
from dataclasses import dataclass
from functools import cache

from botocore.loaders import create_loader

REGION = "us-east-1"
UNSEEN = "amazonaws.com"  # of a region that the library does not know and no rule covers


@dataclass(frozen=True, slots=True)
class Partition:
    """A part of Amazon with accounts and names of its own, such as China."""

    shape: re.Pattern[str]
    domain: str
    regions: dict[str, str]  # by name, in words


@cache
def partitions() -> tuple[Partition, ...]:
    return tuple(
        Partition(
            re.compile(each["regionRegex"], re.ASCII),
            each["outputs"]["dnsSuffix"],
            {name: about["description"] for name, about in each["regions"].items() if not name.endswith("-global")},
        )
        for each in create_loader().load_data("partitions")["partitions"]
    )


def regions() -> dict[str, str]:
    """Those that are known by name. There may be newer ones, which `is_region` knows by their shape."""
    return {name: words for each in partitions() for name, words in each.regions.items()}


def is_region(name: str) -> bool:
    return any(each.shape.fullmatch(name) for each in partitions())


def host(service: str, region: str) -> str:
    """China's hosts and those of the clouds apart end otherwise than the rest."""
    domain = next((each.domain for each in partitions() if each.shape.fullmatch(region)), UNSEEN)
    return f"{service}.{region}.{domain}"
