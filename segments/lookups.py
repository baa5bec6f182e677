"""Which plans of PostgreSQL look people up one by one.

That is three times as quick as a hash of everybody where few are left to look at. A nested loop of anything else takes
minutes where there are a thousand times more people than the planner thinks.
"""

import re
from collections.abc import Iterator
from typing import Any

Plan = dict[str, Any]
MOST = 200_000  # look-ups of one loop, by the planner's guess: about a second
BY_PERSON = re.compile(r"\((?:\w+\.)?(?:id|profile_id) = \w+\.\w+\)")
SCANS = ("Index Scan", "Index Only Scan")


def looks_up(plan: Plan) -> bool:
    """Whether there are nested loops, all of them with few look-ups of a person's rows in an index."""
    loops = [node for node in nodes(plan) if node["Node Type"] == "Nested Loop"]
    return bool(loops) and all(map(is_of_lookups, loops))


def is_of_lookups(loop: Plan) -> bool:
    outer, inner = loop["Plans"][:2]
    if inner["Node Type"] == "Memoize":
        inner = inner["Plans"][0]
    is_lookup = inner["Node Type"] in SCANS and BY_PERSON.search(inner.get("Index Cond", ""))
    return bool(is_lookup) and outer["Plan Rows"] <= MOST


def nodes(plan: Plan) -> Iterator[Plan]:
    yield plan
    for each in plan.get("Plans", ()):
        yield from nodes(each)
