"""What the pages of segments have counted: how many people; or also on which channel and in which language they are."""

from datetime import datetime

from segments import audience, sizes
from segments.context import Context
from segments.parse import dump, parse
from segments.reach import channels
from segments.reach.asking import Question
from segments.reading import Asker
from segments.registry import Counter, Json
from segments.tree import Tree

PEOPLE, BREAKDOWN = "segments.people", "segments.breakdown"


def how_many(tree: Tree) -> Question:
    """For the builder: `found["people"]`."""
    asked = {"tree": dump(tree)}
    return Question(PEOPLE, asked, counted=asked)


def broken_down(tree: Tree, segment: int) -> Question:
    """For the page of a segment, which keeps its size: `channels.load(found)`."""
    return Question(BREAKDOWN, {"tree": dump(tree), "segment": segment}, counted={"tree": dump(tree)})


def count_people(question: Json, context: Context, asker: Asker) -> Json:
    return {"people": audience.counted(parse(question["tree"]), context, asker=asker)}


def count_breakdown(question: Json, context: Context, asker: Asker) -> Json:
    return channels.plain(channels.breakdown(parse(question["tree"]), context, asker))


def keep_size(question: Json, found: Json, at: datetime) -> None:
    sizes.remember(question["segment"], parse(question["tree"]), channels.load(found), at=at)


OWN = {PEOPLE: Counter(count_people), BREAKDOWN: Counter(count_breakdown, keep_size)}
