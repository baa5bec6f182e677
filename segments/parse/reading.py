"""What every part of a rule is read with: the error that names its place, and the plain kinds of JSON."""

from collections.abc import Callable, Sequence, Set
from itertools import takewhile
from typing import TypeVar

from segments.inputs import UNFIT, WrongValue
from segments.parse.whereabouts import Path, sentence
from segments.tree import Place

NAME_LENGTH = 120
LARGEST_ID = 2**63 - 1
VALUES = frozenset({"value", "values", "near", "weekdays"})  # what is numbered below these is no branch of the rule
MISSING = "Something is missing here."
Members = dict[str, object]
T = TypeVar("T")


class TreeError(Exception):
    """`path` leads to the wrong part of the JSON; `message` says to a marketer what to do, beside the field.

    As a text it says which condition, too; `located` is for who reads the JSON.
    """

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(path, message)
        self.path = path
        self.message = message

    def __str__(self) -> str:
        return sentence(self.path, self.message)

    @property
    def located(self) -> str:
        return f"{self.where}: {self.message}" if self.path else self.message

    @property
    def where(self) -> str:
        """rule.all[1].did[0].where[0].value"""
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path)
        return "".join(steps).removeprefix(".")

    @property
    def place(self) -> Place:
        """The numbers of the branches that lead there, as `tree.conditions` counts them, then of a deed, a filter."""
        branches = takewhile(lambda step: step not in VALUES, self.path)
        return tuple(step for step in branches if isinstance(step, int))

    @property
    def field(self) -> str:
        """The last name on the path: which input of the condition is wrong."""
        names = [step for step in self.path if isinstance(step, str)]
        return names[-1] if names else ""


def members(path: Path, json: object, *, required: Set[str] = frozenset(), optional: Set[str] = frozenset()) -> Members:
    """The members of a JSON object that has all of `required` and nothing but those and `optional`."""
    if not isinstance(json, dict):
        raise TreeError(path, MISSING)
    for name in sorted(required - json.keys()):
        raise TreeError((*path, name), MISSING)
    for name in json:
        if name not in required and name not in optional:
            raise TreeError(path, f"“{str(name)[:50]}” is not known here.")
    return json


def several(path: Path, json: object, most: int, message: str) -> list[object]:
    """A list of one to `most`."""
    if not isinstance(json, list) or not 1 <= len(json) <= most:
        raise TreeError(path, message)
    return json


def parse_name(path: Path, json: object, message: str) -> str:
    if not isinstance(json, str) or not json.strip() or len(json) > NAME_LENGTH or UNFIT.search(json):
        raise TreeError(path, message)
    return json


def flag(path: Path, json: object) -> bool:
    if not isinstance(json, bool):
        raise TreeError(path, "This is either true or false.")
    return json


def whole(path: Path, json: object, low: int, high: int, message: str) -> int:
    if isinstance(json, bool) or not isinstance(json, int) or not low <= json <= high:
        raise TreeError(path, message)
    return json


def identifier(path: Path, json: object, message: str) -> int:
    return whole(path, json, 1, LARGEST_ID, message)


def one_of(path: Path, json: object, choices: Sequence[str], message: str) -> str:
    if not isinstance(json, str) or json not in choices:
        raise TreeError(path, message)
    return json


def only_one(path: Path, json: Members, choices: Sequence[str], message: str) -> str:
    """The one of `choices` that is a member."""
    found = [each for each in choices if each in json]
    if len(found) != 1:
        raise TreeError((*path, found[1]) if found else path, message)
    return found[0]


def checked(path: Path, parse: Callable[[object], T], json: object) -> T:
    try:
        return parse(json)
    except WrongValue as error:
        raise TreeError(path, str(error)) from error
