"""Rows that compare a property: which properties are on offer, which comparisons, which inputs the value has."""

from collections.abc import Mapping, Sequence

from people.models import Profile
from segments import operators, spelling
from segments.builder.rows import Box, Choice, Choices, FilterRow, Grouped
from segments.builder.scene import Scene, dotted, grouped, text
from segments.drafts import Json
from segments.operators import Row
from segments.pickers import Known, Offered, by_name
from segments.property_options import name_of, picked
from segments.tree import Place, Type

TYPE_WORDS = {
    Type.TEXT: "As text",
    Type.NUMBER: "As number",
    Type.BOOLEAN: "As yes or no",
    Type.DATE: "As date",
    Type.LIST: "As list",
    Type.VERSION: "As version",
}
# Standard properties that are conditions by their own name.
OWN_FAMILY = ("gender", "language", "country", "region", "city")
GENDERS = {str(value): str(label).lower() for value, label in Profile.Gender.choices}
TICKED = {"gender": GENDERS, "platform": spelling.PLATFORMS}  # all that people or devices can have
TWO = ("numbers", "span", "versions")


def filter_row(node: Json, place: Place, scene: Scene, offered: Offered, groups: Grouped) -> FilterRow:
    """`groups` are the properties to choose from, none of them chosen yet; what it is compared by comes once it is."""
    chosen = name_of(node)
    return FilterRow(
        scene.field(place),
        scene.key(place),
        dotted(place),
        chosen,
        with_chosen(groups, chosen) if groups else (),
        *(compared_with(node, chosen, offered) if chosen else ((), Box("nothing", ()))),
        scene.error(place),
    )


def compared_with(node: Json, chosen: str, offered: Offered) -> tuple[Grouped, Box]:
    """The comparisons, and the inputs of the value."""
    kind, known = Type(node["type"]), offered.get(chosen, Known())
    row = operators.BY_TYPE[kind][node["operator"]]
    held = (
        ticks(node, TICKED[chosen])
        if is_ticked(chosen, row, known)
        else box(row, node.get("value"), known.offers, chosen)
    )
    return comparisons(offered_types(known, kind), kind, row), held


def is_ticked(chosen: str, row: Row, known: Known) -> bool:
    return chosen in TICKED and not known.is_own and row.key in ("equals", "not_equals")


def ticks(node: Json, words: Mapping[str, str]) -> Box:
    held = [text(each) for each in node["value"]] if isinstance(node.get("value"), list) else []
    named = {**words, **{each: each for each in held if each and each not in words}}
    return Box("ticks", (), ticks=tuple(Choice(value, label, value in held) for value, label in named.items()))


def of_people(known: Offered) -> Grouped:
    standard = [name for name in known if not known[name].is_own and name not in OWN_FAMILY]
    own = [name for name in by_name(known) if known[name].is_own]
    return grouped(("Everyone's", plain(standard)), ("Your own", plain(own)))


def of_event(known: Offered) -> Grouped:
    """The event's own, then those of the items in its lists."""
    lists = sorted({each.list for each in known.values() if each.list}, key=str.casefold)
    own = [name for name in by_name(known) if not known[name].list]
    items = [(f"Any of {name}", [each for each in by_name(known) if known[each].list == name]) for name in lists]
    return grouped(("", plain(own)), *((label, plain(each)) for label, each in items))


def of_devices(known: Offered) -> Grouped:
    return grouped(("", tuple(Choice(name, name.replace("_", " ").removesuffix(" at"), False) for name in known)))


def plain(offered: Sequence[str]) -> tuple[Choice, ...]:
    return tuple(Choice(each, property_words(each), False) for each in offered)


def property_words(option: str) -> str:
    name, item = picked(option)
    return name if item is None else f"{name}: {item}"


def with_chosen(groups: Grouped, chosen: str) -> Grouped:
    marked = tuple(
        Choices(group.label, tuple(Choice(each.value, each.label, each.value == chosen) for each in group.choices))
        for group in groups
    )
    if not chosen or any(each.selected for group in marked for each in group.choices):
        return marked
    return (*marked, Choices("", (Choice(chosen, property_words(chosen), True),)))


def offered_types(known: Known, chosen: Type) -> tuple[Type, ...]:
    """The types seen, all of them where none was; a text of one's own may be a version too."""
    types = known.types or tuple(Type)
    versions = (Type.VERSION,) if Type.TEXT in types and known.is_own and Type.VERSION not in types else ()
    found = (*types, *versions)
    return found if chosen in found else (*found, chosen)


def comparisons(types: Sequence[Type], kind: Type, chosen: Row) -> Grouped:
    """Those of each type under its words; what every type has is offered once."""
    is_alone = len(types) == 1
    return tuple(
        Choices("" if is_alone else TYPE_WORDS[each], of_type(each, each == types[0], kind, chosen)) for each in types
    )


def of_type(each: Type, is_first: bool, kind: Type, chosen: Row) -> tuple[Choice, ...]:
    return tuple(
        Choice(f"{each}.{row.key}", row.label, each == kind and row is chosen)
        for row in operators.BY_TYPE[each].values()
        if row.types != operators.EVERY or is_first or (each == kind and row is chosen)
    )


def measures(chosen: Row, kind: str = "", active: bool = True) -> tuple[Choice, ...]:
    """“at least”, “exactly” …; with `kind` as “count.equals”."""
    before = f"{kind}." if kind else ""
    return tuple(
        Choice(f"{before}{row.key}", row.label.removeprefix("is "), active and row is chosen)
        for row in operators.MEASURES
    )


def box(row: Row, value: object, options: Sequence[str], of: str = "") -> Box:
    held = tuple(text(each) for each in value) if isinstance(value, list) else (text(value),)
    match row.input.widget:
        case "texts":
            return Box("texts", tuple(filter(None, held)), tuple(options), of=of)
        case widget if widget in TWO:
            return Box(widget, (*held, "", "")[:2])
        case widget:
            return Box(widget, held[:1] or ("",), tuple(options) if widget == "text" else (), of=of)
