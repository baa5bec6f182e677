"""What a draft lacks and the catalogue knows: types of properties, dates of a named period, what still fits."""

from collections.abc import Iterator
from datetime import date

from segments import operators
from segments.drafts.editing import Removal
from segments.drafts.shape import CONDITIONS, EMPTY_CONDITION, Json, event_of, node_at, walk
from segments.periods import span
from segments.pickers import Catalogue, Known, Offered
from segments.property_options import name_of
from segments.tree import Place, Type


def is_open(draft: Json) -> bool:
    """Whether a property was chosen whose type is not known yet, or the dates of a period that had a name."""
    return any(node.get("type") == "" or "ends" in period_of(node) for _, node in walk(draft["rule"]))


def complete(draft: Json, known: Catalogue) -> None:
    """Give every property of a usable rule a type and a comparison: the most frequent type, the first comparison; and
    what was a named period its dates."""
    for node, offered in properties(draft, known):
        complete_property(node, offered)
    for _, node in walk(draft["rule"]):
        if "ends" in period_of(node):
            node["period"] = ends_of(node["period"], known.today)


def ends_of(period: Json, today: date) -> Json:
    """The dates that a named period has today, as far as they are asked for."""
    first, last = span(str(period["of"]), today)
    ends = {"from": first.isoformat(), "to": last.isoformat()}
    return {end: day for end, day in ends.items() if end in period["ends"]}


def period_of(node: Json) -> Json:
    period = node.get("period")
    return period if isinstance(period, dict) else {}


def properties(draft: Json, known: Catalogue) -> Iterator[tuple[Json, Offered]]:
    """Every comparison of a property, with the properties that are on offer there."""
    for _, node in walk(draft["rule"]):
        if "property" in node:
            continue
        if "where" in node:
            yield from ((each, known.event(event_of(node))) for each in node["where"])
        elif "device" in node:
            yield from ((each, known.devices) for each in node["device"])
        else:
            yield from ((each, known.people) for each in of_group(node) if "property" in each)


def of_group(node: Json) -> list[Json]:
    return next((node[kind] for kind in ("all", "any", "none") if kind in node), [])


def complete_property(node: Json, offered: Offered) -> None:
    if text_of(node.get("type")) not in list(Type):
        seen = offered.get(name_of(node), Known()).types
        node["type"] = str(seen[0] if seen else Type.TEXT)
    rows = operators.BY_TYPE[Type(node["type"])]
    if text_of(node.get("operator")) not in rows:
        node["operator"] = next(iter(rows))
        node.pop("value", None)


def text_of(value: object) -> str:
    return value if isinstance(value, str) else ""


def fit(draft: Json, before: Json, known: Catalogue) -> list[Removal]:
    """Take away what does not fit the event or the family chosen now; returns what there was before."""
    changed: list[Place] = []
    found = []
    for place, node in walk(draft["rule"]):
        old = node_at(before, place)
        if old is None or any(place[: len(each)] == each for each in changed):
            continue
        if is_other_family(node, old) or drop_filters(node, old, known):
            changed.append(place)
            found += [] if is_blank(old) else [Removal(place, old, "change")]
    return found


def is_other_family(node: Json, old: Json) -> bool:
    return family_of(node) != family_of(old)


def family_of(node: Json) -> str:
    return next((each for each in CONDITIONS if each in node), "")


def drop_filters(node: Json, old: Json, known: Catalogue) -> bool:
    """Of another event than before: filters by properties that this one never had. Whether there were any."""
    event, filters = event_of(node), node.get("where", [])
    if not event or event == event_of(old) or not known.event(event):
        return False
    node["where"] = [each for each in filters if name_of(each) in known.event(event)]
    return len(node["where"]) < len(filters)


def is_blank(node: Json) -> bool:
    """Nothing was chosen in it yet."""
    deeds = node.get("did", node.get("did_not"))
    if isinstance(deeds, list):
        return not any(each.get("event") for each in deeds)
    held = [node[name] for name in ("event", "interest", "property", "segment", "list") if name in node]
    return bool(held) and not any(held)


def is_untouched(node: Json) -> bool:
    """As a condition begins, with nothing chosen or typed."""
    return node.keys() == EMPTY_CONDITION.keys() and node["period"] == EMPTY_CONDITION["period"] and is_blank(node)
