"""The rows of the segment builder, from a rule that may be incomplete: what each input is called, offers and holds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from segments import drafts
from segments.builder.behaviour import behaviour_row, deed_rows, interest_row
from segments.builder.families import families, family_of
from segments.builder.people import (
    age_row,
    bucket_row,
    channel_row,
    device_row,
    list_row,
    near_row,
    segment_row,
    whose_row,
)
from segments.builder.rows import Body, Builder, ConditionRow, Deeds, GroupRow, Undo
from segments.builder.scene import Scene, choices, dotted
from segments.drafts import Json, Removal
from segments.drafts.shape import KINDS, kind_of, node_at
from segments.parse import DEEDS, DEPTH, WIDTH
from segments.pickers import Catalogue, catalogue
from segments.tree import Place

__all__ = ["Builder", "build", "catalogue_of", "deeds"]

GROUP_WORDS = {"all": "all", "any": "any", "none": "none"}


def build(
    json: object,
    *,
    name: str = "tree",
    errors: Mapping[Place, str] | None = None,
    focus: Place | None = None,
    field: str = "",
    removed: Sequence[Removal] = (),
    says_removed: bool = False,
) -> Builder:
    """Whatever `json` is, a builder comes of it; None and what is no rule become an empty one.

    `focus` is the place to go on at, `field` the input there where it is not the first one. A handful of queries.
    """
    draft = drafts.usable(json)
    known = catalogue_of(draft)
    drafts.complete(draft, known)
    scene = Scene(name, errors or {}, known)
    at = focus_id(draft, focus, field, scene) if focus is not None else ""
    undo = Undo(removed[-1].words if says_removed else "", drafts.written(removed)) if removed else None
    return Builder(name, group_row(draft["rule"], (), scene), at, undo)


def catalogue_of(draft: Json) -> Catalogue:
    """What a usable draft needs to know."""
    return catalogue(drafts.events_of(draft), segments=drafts.has(draft, "segment"), lists=drafts.has(draft, "list"))


def deeds(
    json: Sequence[Json],
    *,
    name: str,
    errors: Mapping[Place, str] | None = None,
    focus: Place | None = None,
    most: int = DEEDS,
    messages: bool = True,
) -> Deeds:
    """Deeds that stand alone in another form, as `forms.deeds_from_post` read them; perhaps without messages."""
    draft = drafts.usable({"rule": {"all": [{"did": list(json), "period": "ever"}]}})
    known = catalogue_of(draft)
    drafts.complete(draft, known)
    known = known if messages else replace(known, messages=())
    scene, found = Scene(name, errors or {}, known), draft["rule"]["all"][0]["did"]
    at = focus_id({"rule": {"did": found}}, focus, "", scene) if focus is not None else ""
    return Deeds(name, deed_rows(found, (), scene), len(found) < most, at)


def focus_id(draft: Json, place: Place, field: str, scene: Scene) -> str:
    node = node_at(draft, place) or {}
    first = "kind" if kind_of(node) else "family"
    if "event" in node:
        first = "event"
    elif "property" in node and not kind_of(node_at(draft, place[:-1]) or {}):
        first = "property"
    return f"{scene.key(place)}-{field or first}"


def group_row(node: Json, place: Place, scene: Scene) -> GroupRow:
    children = drafts.children_of(node)
    return GroupRow(
        scene.field(place),
        scene.key(place),
        dotted(place),
        choices(GROUP_WORDS, kind_of(node) or KINDS[0]),
        tuple(row(child, (*place, number), scene) for number, child in enumerate(children)),
        scene.error(place),
        takes_more=len(children) < WIDTH,
        takes_groups=len(place) + 1 < DEPTH,
    )


def row(node: Json, place: Place, scene: Scene) -> GroupRow | ConditionRow:
    if kind_of(node):
        return group_row(node, place, scene)
    family = family_of(node)
    return ConditionRow(
        scene.field(place),
        scene.key(place),
        dotted(place),
        family,
        families(family, scene.known),
        scene.error_within(place, shown(node, place)),
        body(node, family, place, scene),
    )


def shown(node: Json, place: Place) -> list[Place]:
    """The places within a condition that show their own errors; an interest shows those of its event."""
    if "interest" in node or "property" in node:
        return []
    return [(*place, number) for number in range(len(drafts.children_of(node)))]


def body(node: Json, family: str, place: Place, scene: Scene) -> Body:
    match family.partition(".")[0]:
        case "interest":
            return interest_row(node, place, scene)
        case "property":
            return whose_row(node, place, scene, is_named="." in family)
        case "age":
            return age_row(node["age"])
        case "near":
            return near_row(node)
        case "channel":
            return channel_row(node)
        case "device":
            return device_row(node, place, scene)
        case "segment":
            return segment_row(node, scene)
        case "list":
            return list_row(node, scene)
        case "bucket":
            return bucket_row(node["bucket"])
        case _:
            return behaviour_row(node, place, scene)
