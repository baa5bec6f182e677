"""What pages say of a stored live rule."""

from segments.live.describe import sentence
from segments.live.names import named
from segments.live.parse import parse
from segments.parse import TreeError


def words_of(json: object) -> str:
    """The sentence, or why there is none."""
    try:
        rule = parse(json)
    except TreeError as error:
        return f"This rule cannot be read. {error}"
    return sentence(rule, named(rule))
