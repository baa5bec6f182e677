"""The rule as one English sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from people import languages
from segments.inputs import either
from segments.phrases import (
    age_words,
    deeds_words,
    device_words,
    distance_words,
    listed,
    measure_words,
    period_words,
    point_words,
    property_words,
    spaced,
    standing_words,
    when_words,
)
from segments.tree import (
    Age,
    All,
    Any,
    Bucket,
    Condition,
    Did,
    DidNot,
    HasDevice,
    Hours,
    InList,
    InSegment,
    Interest,
    Near,
    Node,
    NoneOf,
    Property,
    Reachable,
    Tree,
    Values,
)


@dataclass(frozen=True, slots=True)
class Names:
    """What the segments and the lists of a rule are called: `segments.names.named` looks them up."""

    segments: Mapping[int, str] = field(default_factory=dict)
    lists: Mapping[int, str] = field(default_factory=dict)


NONE = Names()


def sentence(tree: Tree, names: Names = NONE) -> str:
    match tree:
        case All(of=()) | NoneOf(of=()):
            return "Everyone."
        case Any(of=()):
            return "Nobody."
        case NoneOf(of):
            return f"Everyone except people {clauses(of, 'or', names)}."
        case All(of):
            return f"People {clauses(of, 'and', names)}."
        case Any(of):
            return f"People {clauses(of, 'or', names)}."
        case _:
            assert_never(tree)


def clauses(nodes: Sequence[Node], word: str, names: Names) -> str:
    """“whose language is “es”, who did Charged, and in buckets 0 to 99”."""
    said = [clause(node, names) for node in nodes]
    return f" {word} ".join(said) if len(said) < 3 else f"{', '.join(said[:-1])}, {word} {said[-1]}"


def clause(node: Node, names: Names = NONE) -> str:
    """“who did Charged”, “whose language is “es””: what a person has to be, a group in brackets."""
    match node:
        case All(of=(only,)) | Any(of=(only,)):
            return clause(only, names)
        case All(of):
            return f"({clauses(of, 'and', names)})"
        case Any(of):
            return f"({clauses(of, 'or', names)})"
        case NoneOf(of):
            return f"who are none of these: ({clauses(of, 'or', names)})"
        case InSegment() | InList():
            return membership(node, names)
        case Did():
            return did(node)
        case DidNot():
            return did_not(node)
        case Interest():
            return interest(node)
        case _:
            return condition(node)


def did(node: Did) -> str:
    done, where = deeds_words(node.deeds)
    measure = measure_words(node.measure, "in all" if len(node.deeds) > 1 else "")
    which = "" if node.which == "any" else f"for the {node.which} time"
    never = "(or never did)" if node.measure and node.measure.include_never else ""
    when = when_words(node.hours, node.weekdays)
    return spaced("who did", done, measure, which, period_words(node.period), when, where, never)


def did_not(node: DidNot) -> str:
    done, where = deeds_words(node.deeds)
    when = when_words(node.hours, node.weekdays)
    return spaced("who did not do", done, period_words(node.period), when, where)


def interest(node: Interest) -> str:
    done, where = deeds_words((node.deed,))
    over, period = over_words(node.over), period_words(node.period)
    if node.at_least is None:
        return spaced("who mostly did", done, over, period, where)
    return spaced("who did", done, over, f"at least {node.at_least}% of the times", period, where)


def over_words(over: Values | Hours | tuple[int, ...]) -> str:
    match over:
        case Values(name, values):
            return f"with {name} {either([languages.value_words(name, value) for value in values])}"
        case Hours():
            return when_words(over, ())
        case _:
            return when_words(None, over)


def membership(node: InSegment | InList, names: Names) -> str:
    match node:
        case InSegment(pk):
            what, name = "segment", names.segments.get(pk)
        case InList(pk):
            what, name = "list", names.lists.get(pk)
    called = f"“{name}”" if name else f"number {pk}"
    return f"{'in' if node.is_in else 'not in'} the {what} {called}"


def condition(node: Condition) -> str:
    match node:
        case Property():
            return f"whose {property_words(node)}"
        case Age(comparison):
            return f"aged {age_words(comparison)}"
        case Near(points, metres):
            return f"within {distance_words(metres)} of {listed([point_words(each) for each in points])}"
        case Reachable(channel, standing):
            return standing_words(channel, standing)
        case HasDevice(where):
            return f"with a device {' and '.join(map(device_words, where))}"
        case Bucket(low, high):
            return f"in buckets {low} to {high}"
        case Did() | DidNot() | Interest() | InSegment() | InList():
            return clause(node)
        case _:
            assert_never(node)
