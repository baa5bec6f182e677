"""The kinds of condition, in marketers' words and in groups."""

from segments.builder.comparisons import OWN_FAMILY
from segments.builder.rows import Grouped
from segments.builder.scene import choices, grouped, text
from segments.drafts import Json
from segments.drafts.shape import CONDITIONS
from segments.pickers import Catalogue
from segments.tree import Standing, Type

BEHAVIOUR = {"did": "did", "did_not": "did not do", "interest": "interest: does"}
PERSON = {
    "property": "whose",
    "age": "age",
    **{f"property.{name}": name for name in OWN_FAMILY},
    "near": "within a distance of",
}
REACH = {
    f"channel.{Standing.REACHABLE}": "reachable by",
    f"channel.{Standing.HAS_ADDRESS}": "has an address for",
    f"channel.{Standing.SUBSCRIBED}": "subscribed to",
    f"channel.{Standing.UNSUBSCRIBED}": "unsubscribed from",
    f"channel.{Standing.SUPPRESSED}": "suppressed on",
}
APP = {"device": "has a device with"}
MEMBER = {
    "segment.in": "in segment",
    "segment.not_in": "not in segment",
    "list.in": "in list",
    "list.not_in": "not in list",
}
MESSAGES = {
    "Notification Sent": "got a message",
    "Notification Viewed": "viewed a message",
    "Notification Clicked": "clicked a message",
}
OTHER = {"bucket": "in buckets"}


def family_of(node: Json) -> str:
    """The option that a condition has chosen."""
    family = next((each for each in CONDITIONS if each in node), "did")
    match family:
        case "property" if node["property"] in OWN_FAMILY and node.get("type") == Type.TEXT:
            return f"property.{node['property']}"
        case "channel":
            chosen = f"channel.{text(node.get('is'))}"
            return chosen if chosen in REACH else next(iter(REACH))
        case "segment" | "list":
            return f"{family}.not_in" if node.get("is") == "not_in" else f"{family}.in"
        case _:
            return family


def families(chosen: str, known: Catalogue) -> Grouped:
    """Messages are what people did too: choosing one chooses the event with it."""
    there = {*known.events, *known.messages}
    messages = {f"message.{event}": words for event, words in MESSAGES.items() if event in there}
    return grouped(
        ("Behaviour", choices(BEHAVIOUR, chosen)),
        ("About the person", choices(PERSON, chosen)),
        ("Reach", choices(REACH, chosen)),
        ("App", choices(APP, chosen)),
        ("Belongs to", choices(MEMBER, chosen)),
        ("Messages", choices(messages, chosen)),
        ("Other", choices(OTHER, chosen)),
    )
