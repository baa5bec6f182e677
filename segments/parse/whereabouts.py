"""Says in words which part of a rule a problem is in, for pages that show it away from its field."""

from collections.abc import Iterator
from itertools import pairwise

Path = tuple[str | int, ...]

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
BRANCHES = ("all", "any", "none")
ROOTS = ("rule", "filter")  # of a place that is numbers alone, which does not tell groups from what is in a condition
NUMBERED = {
    **dict.fromkeys(("did", "did_not", "action", "not"), "event"),
    **dict.fromkeys(("where", "device"), "filter"),
    "near": "place",
}


def sentence(path: Path, message: str) -> str:
    """“Choose an event.” at rule.all[0].did → “The first condition: choose an event.”"""
    place = ", ".join([*beginning(path), *parts(path)])
    return f"{place[0].upper()}{place[1:]}: {continued(message)}" if place else message


def beginning(path: Path) -> Iterator[str]:
    """Which half of a live segment."""
    match path:
        case ("live", "trigger", "inaction", "not", *_):
            yield "what is not done"
        case ("live", "trigger", _, *_):
            yield "what begins it"
        case ("live", "filter", _, *_):
            yield "of the people"


def parts(path: Path) -> Iterator[str]:
    """The numbered steps from the outside in. A first event or place is often the only one, and goes unsaid."""
    is_inside = False
    for name, number in pairwise(path):
        if not isinstance(number, int) or not isinstance(name, str):
            continue
        if name in BRANCHES or name in ROOTS:
            yield f"the {ordinal(number)} in it" if is_inside else f"the {ordinal(number)} condition"
            is_inside = True
        elif NUMBERED.get(name) == "filter" or (name in NUMBERED and number):
            yield f"its {ordinal(number)} {NUMBERED[name]}"


def ordinal(number: int) -> str:
    """Of a number that counts from 0. At most 50 branches are numbered."""
    if number < len(ORDINALS):
        return ORDINALS[number]
    shown = number + 1
    ending = {1: "st", 2: "nd", 3: "rd"}.get(shown % 10, "th") if shown > 20 else "th"
    return f"{shown}{ending}"


def continued(message: str) -> str:
    """After a colon: a small letter, unless an abbreviation begins the sentence."""
    return message if message[1:2].isupper() else message[:1].lower() + message[1:]
