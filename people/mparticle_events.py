"""mParticle's kinds of events under names that marketers know; a purchase is `Charged`."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import msgspec

from people.cleaning import Refused
from people.records import Identify, Track

NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # until the batch is asked for the time
DIGITS = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?")
ACTIONS = {
    "purchase": "Charged", "refund": "Refunded", "add_to_cart": "Added To Cart",
    "remove_from_cart": "Removed From Cart", "checkout": "Checkout", "checkout_option": "Checkout Option Chosen",
    "click": "Product Clicked", "view_detail": "Product Viewed", "add_to_wishlist": "Added To Wishlist",
    "remove_from_wish_list": "Removed From Wishlist",
}  # fmt: skip
ACTION_FIELDS = {
    "total_amount": "Amount", "tax_amount": "Tax", "shipping_amount": "Shipping", "transaction_id": "Charged ID",
    "coupon_code": "Coupon", "affiliation": "Affiliation", "checkout_step": "Checkout step",
    "checkout_options": "Checkout options", "product_action_list": "List", "product_list_source": "List source",
}  # fmt: skip
PRODUCT_FIELDS = ("id", "name", "brand", "category", "variant", "position", "price", "quantity", "coupon_code",
                  "total_product_amount")  # fmt: skip
PRODUCT_LISTS = {"product_ids": "id", "product_names": "name", "categories": "category", "brands": "brand"}
NUMBERS = frozenset({"total_amount", "tax_amount", "shipping_amount", "position", "price", "quantity",
                     "total_product_amount", "checkout_step"})  # fmt: skip
PROMOTIONS = {"view": "Promotion Viewed", "click": "Promotion Clicked"}
TRANSITIONS = {
    "application_initialized": "App Launched", "application_foreground": "App Opened",
    "application_background": "App Left", "application_exit": "App Closed",
}  # fmt: skip
PUSHES = {"sent": "Push Sent", "received": "Push Received", "action": "Push Opened"}
UTM = ("utm_source", "utm_medium", "utm_campaign")

Number = int | float | str | None
Values = Mapping[str, object]
Told = tuple[str, dict[str, object]]


class Data(msgspec.Struct, gc=False):
    """The fields of all kinds of events that are kept."""

    event_id: Number = None
    message_id: Number = None
    source_message_id: str | None = None
    timestamp_unixtime_ms: Number = None
    custom_attributes: dict[str, object] | None = None
    event_name: str | None = None
    custom_event_type: str | None = None
    screen_name: str | None = None
    currency_code: str | None = None
    product_action: dict[str, object] | None = None
    promotion_action: dict[str, object] | None = None
    product_impressions: list[object] | None = None
    session_duration_ms: Number = None
    application_transition_type: str | None = None
    is_first_run: bool | None = None
    is_upgrade: bool | None = None
    launch_referral: str | None = None
    register: bool | None = None
    registration_token: str | None = None
    push_message_type: str | None = None
    is_opted_out: bool | None = None
    class_name: str | None = None
    message: str | None = None
    severity: str | None = None
    user_attribute_name: str | None = None
    new: object = None
    deleted: bool | None = None


class Event(msgspec.Struct, gc=False):
    event_type: str = ""
    data: Data = msgspec.field(default_factory=Data)


def fact(event: Event, *, numbers: bool) -> Track | Identify:
    """The fact that an event tells, yet without its person and time. Raises Refused."""
    if event.event_type == "push_registration" and event.data.register is not False:
        return Identify()
    if event.event_type == "user_attribute_change" and event.data.user_attribute_name:
        return changed(event.data)
    kind = KINDS.get(event.event_type)
    if kind is None:
        raise Refused("not_kept", f"Events of the type “{event.event_type[:50]}” are not kept.")
    name, properties = kind(event.data)
    own = typed(event.data.custom_attributes or {}, numbers=numbers)
    said = {key: value for key, value in properties.items() if value is not None and value != []}
    return Track(event=name, at=NEVER, properties={**own, **said})


def typed(attributes: Values, *, numbers: bool) -> dict[str, object]:
    """mParticle writes every value as a text; on demand those that look like numbers become numbers again."""
    return {name: number(value) if numbers else value for name, value in attributes.items()}


def number(value: object) -> object:
    """`"12.50"` → 12.5; `"007"` and whatever else no number is written like stays."""
    if not isinstance(value, str) or not DIGITS.fullmatch(value):
        return value
    return float(value) if "." in value else int(value)


def changed(data: Data) -> Identify:
    return Identify(properties={str(data.user_attribute_name): None if data.deleted else data.new})


def custom(data: Data) -> Told:
    return data.event_name or "", {"custom_event_type": data.custom_event_type}


def commerce(data: Data) -> Told:
    action, promotion = data.product_action, data.promotion_action
    shared: dict[str, object] = {"Currency": data.currency_code, "Screen": data.screen_name}
    if action is not None:
        found = {ours: field(action, theirs) for theirs, ours in ACTION_FIELDS.items()}
        return named(action, ACTIONS, "product action"), {**shared, **found, **products(action.get("products"))}
    if promotion is not None:
        return named(promotion, PROMOTIONS, "promotion"), {**shared, "Promotions": promotion.get("promotions")}
    impressions = [each for each in data.product_impressions or () if isinstance(each, dict)]
    shown = [product for each in impressions for product in listed(each.get("products"))]
    lists = [each["product_impression_list"] for each in impressions if each.get("product_impression_list")]
    return "Products Shown", {**shared, "Lists": lists, **products(shown)}


def named(action: Values, names: Mapping[str, str], what: str) -> str:
    word = action.get("action")
    if word not in names:
        raise Refused("not_kept", f"“{str(word)[:50]}” is no {what} that is known.")
    return names[str(word)]


def products(given: object) -> dict[str, object]:
    """`Items` with all that is known of each; lists of texts beside it, which segments can ask for."""
    items = [item(each) for each in listed(given)]
    lists = {ours: [str(each[theirs]) for each in items if each.get(theirs)] for ours, theirs in PRODUCT_LISTS.items()}
    return {**lists, "Items": items}


def item(product: Values) -> dict[str, object]:
    own = product.get("custom_attributes")
    known = {name: field(product, name) for name in PRODUCT_FIELDS if product.get(name) is not None}
    return {**(own if isinstance(own, dict) else {}), **known}


def listed(given: object) -> list[Values]:
    return [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []


def field(values: Values, name: str) -> object:
    return number(values.get(name)) if name in NUMBERS else values.get(name)


def screen(data: Data) -> Told:
    return "Screen Viewed", {"name": data.screen_name}


def session_end(data: Data) -> Told:
    milliseconds = number(data.session_duration_ms)
    return "Session Ended", {"seconds": milliseconds / 1000 if isinstance(milliseconds, (int, float)) else None}


def transition(data: Data) -> Told:
    kind = data.application_transition_type or "application_initialized"
    if data.is_first_run:
        return "App Installed", visit(data.launch_referral)
    if data.is_upgrade:
        return "App Version Changed", visit(data.launch_referral)
    return TRANSITIONS.get(kind, "App Launched"), visit(data.launch_referral)


def visit(address: str | None) -> dict[str, object]:
    """The link that opened the app, and its UTM values."""
    if not address:
        return {}
    try:
        given = dict(parse_qsl(urlsplit(address).query))
    except ValueError:
        given = {}
    return {"page_url": address, **{name: given.get(name) for name in UTM}}


def push(data: Data) -> Told:
    return PUSHES.get(data.push_message_type or "", "Push Received"), {"message": data.message}


def opt_out(data: Data) -> Told:
    return ("Tracking Stopped" if data.is_opted_out else "Tracking Allowed"), {}


def crash(data: Data) -> Told:
    return "App Crashed", {"class_name": data.class_name, "message": data.message, "severity": data.severity}


KINDS: dict[str, Callable[[Data], Told]] = {
    "custom_event": custom,
    "commerce_event": commerce,
    "screen_view": screen,
    "session_start": lambda _: ("Session Started", {}),
    "session_end": session_end,
    "application_state_transition": transition,
    "first_run": lambda _: ("App Installed", {}),
    "uninstall": lambda _: ("App Uninstalled", {}),
    "push_message": push,
    "push_registration": lambda _: ("Push Token Withdrawn", {}),
    "opt_out": opt_out,
    "crash_report": crash,
}
