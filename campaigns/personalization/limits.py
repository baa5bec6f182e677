"""The bounds that make every template end soon, whoever wrote it and whatever it is filled with."""

from typing import Final

TEXT_CHARACTERS: Final = 65_536
"""Length of a template's own text."""

TAG_CHARACTERS: Final = 2_000
"""Length of one `{{ … }}` or `{% … %}`: the parser's work grows with its square."""

TAG_SPACES: Final = 100
"""White space in one go inside a tag, for the same reason."""

TAG_EXPRESSIONS: Final = 200
"""Names, constants and comparisons in one tag; each may be a level of its own."""

NESTING: Final = 20
"""Blocks within blocks."""

CONTEXT_DEPTH: Final = 24
"""Scopes within scopes while a template runs."""

OUTPUT_BYTES: Final = 262_144
"""UTF-8 bytes that one text may grow to."""

NAMESPACE_BYTES: Final = 131_072
"""Bytes of what a template keeps in variables of its own."""

VALUE_CHARACTERS: Final = 32_768
"""Length of any text that a filter makes."""

VALUE_ITEMS: Final = 2_000
"""Items of any list that a filter makes, and numbers in a range."""

NUMBER_BITS: Final = 256
"""Size of any whole number that a filter makes."""

LOOP_ITERATIONS: Final = 10_000
"""Turns of all loops of one text together."""

LOOP_WORK: Final = 100_000
"""Turns of all loops times the parts of the template: large templates get fewer turns."""


def loop_turns(parts: int) -> int:
    """How many turns the loops of a template with so many parts may take together."""
    return max(10, min(LOOP_ITERATIONS, LOOP_WORK // max(parts, 1)))
