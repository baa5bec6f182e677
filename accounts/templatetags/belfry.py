"""The tags and filters of every page: icons, numbers, times, states, form fields, links with a changed query."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django import forms
from django.forms import BoundField
from django.http import HttpRequest
from django.template import Context, Library
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.permissions import can
from accounts.templatetags import formats
from accounts.templatetags.states import look

# After _ / and @, before the dot of a name, and before a capital within a word.
BETWEEN = re.compile(r"(?<=[_/@])(?=\w)|(?<=\w)(?=\.[^\W\d])|(?<=[a-z])(?=[A-Z])")

register = Library()

register.filter("can", can)
register.filter("number", formats.spaced)
register.filter("duration", formats.length)


@dataclass(frozen=True)
class Place:
    """An entry of the rail; `key` is the letter after `g` that goes there."""

    name: str
    word: str
    icon: str
    key: str


PLACES = (
    Place("home", "Home", "home", "h"),
    Place("campaigns", "Campaigns", "speakerphone", "c"),
    Place("segments", "Segments", "users-group", "s"),
    Place("people", "People", "user", "p"),
    Place("connections", "Connections", "plug", "n"),
    Place("settings", "Settings", "settings", "e"),
)


@dataclass(frozen=True)
class RailLink:
    place: Place
    url: str
    current: bool


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A drawing of the sprite. Without a label it is decoration; with one it speaks for itself."""
    spoken = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html('<svg class="icon" {}><use href="{}#{}"/></svg>', spoken, static("vendor/icons/icons.svg"), name)


@register.filter
def percent(ratio: float | Decimal | None, decimals: int = 1) -> str:
    """0.412 → 41.2 %"""
    return formats.share(None if ratio is None else float(ratio), 1, decimals)


@register.simple_tag
def share(part: float | None, whole: float | None) -> str:
    return formats.share(part, whole)


@register.filter
def plain(number: int) -> str:
    """For ids and attributes: digits alone, whatever the locale."""
    return str(number)


@register.filter
def breakable(text: object) -> object:
    """A name, an address or a path may be broken between its parts, rather than in the middle of a word."""
    parts = BETWEEN.split(text) if isinstance(text, str) else []
    return format_html_join(SafeString("<wbr>"), "{}", ((part,) for part in parts)) if parts[1:] else text


@register.filter
def when(at: datetime | date | None, style: str = "") -> str:
    """In the reader's zone with the zone shown; hover gives UTC. Styles: "date", "time"."""
    if at is None:
        return formats.DASH
    if not isinstance(at, datetime):
        return format_html('<time datetime="{}">{}</time>', at.isoformat(), formats.day_words(at))
    return stamped(at, formats.local_words(at, style))


@register.filter
def ago(at: datetime | None) -> str:
    if at is None:
        return formats.DASH
    return stamped(at, formats.distance(at, timezone.now()))


def stamped(at: datetime, words: str) -> SafeString:
    return format_html('<time datetime="{}" title="{}">{}</time>', formats.utc_stamp(at), formats.utc_words(at), words)


@register.simple_tag
def state_badge(state: str, label: str = "") -> SafeString:
    shown = look(str(state))
    return format_html('<span class="state state-{}">{}{}</span>', shown.tone, icon(shown.icon), label or shown.word)


@register.simple_tag
def people(count: int | None, url: str = "") -> SafeString:
    """A number of people, as a link to those people."""
    words = formats.spaced(count)
    if not url or not count:
        return format_html('<span class="number">{}</span>', words)
    return format_html('<a class="number" href="{}">{}</a>', url, words)


@register.simple_tag
def bar(part: float | None, whole: float | None, tone: str = "accent") -> SafeString:
    """A bar beside a number that says the same, so it is hidden from screen readers."""
    width = min(100.0, 100 * (part or 0) / whole) if whole else 0.0
    return format_html(
        '<svg class="bar bar-{}" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="bar-track" width="100" height="8"/><rect width="{}" height="8"/></svg>',
        tone,
        f"{width:.2f}",
    )


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: object) -> str:
    """The query string of this page with some parameters changed; None or "" takes one away."""
    request: HttpRequest = context["request"]
    parameters = request.GET.copy()
    for name, value in changes.items():
        if value is None or value == "":
            parameters.pop(name, None)
        elif isinstance(value, (list, tuple)):
            parameters.setlist(name, [str(each) for each in value])
        else:
            parameters[name] = str(value)
    return f"?{parameters.urlencode()}"


@register.inclusion_tag("components/_sort.html", takes_context=True)
def sort(context: Context, name: str, word: str) -> Mapping[str, str]:
    """A column's heading that sorts by it: a second click turns the order round."""
    current = context["request"].GET.get("sort", "")
    order = {name: "ascending", f"-{name}": "descending"}.get(current, "none")
    turned = f"-{name}" if current == name else name
    return {"word": word, "order": order, "url": query(context, sort=turned, page=None)}


@register.inclusion_tag("components/_rail.html", takes_context=True)
def rail(context: Context) -> Mapping[str, Sequence[RailLink]]:
    request: HttpRequest = context["request"]
    return {"links": [rail_link(place, request.path) for place in PLACES]}


def rail_link(place: Place, path: str) -> RailLink:
    try:
        url = reverse(place.name)
    except NoReverseMatch:
        return RailLink(place, "", current=False)
    return RailLink(place, url, path == url if place.name == "home" else path.startswith(url))


@register.inclusion_tag("components/_field.html")
def field(bound: BoundField, label: str = "", hint: str = "") -> Mapping[str, object]:
    """A form field with label, hint and errors, tied together for screen readers."""
    widget = bound.field.widget
    is_choice = isinstance(widget, forms.RadioSelect)  # boxes to tick are a kind of it
    if is_choice:
        widget.attrs["class"] = "form-check-input"
    if hint:
        bound.help_text = hint
    return {
        "bound": bound,
        "label": label or bound.label,
        "control": "" if is_choice else control(bound),
        "is_choice": is_choice,
        "is_tick": isinstance(widget, forms.CheckboxInput),
        "is_optional": not bound.field.required,
    }


@register.simple_tag
def control(bound: BoundField, label: str = "", css: str = "") -> SafeString:
    """The input alone, for settings that read as a sentence; `label` is what screen readers say."""
    own = str(bound.field.widget.attrs.get("class", ""))
    wrong = "is-invalid" if bound.errors else ""
    attributes: dict[str, str | bool] = {"class": " ".join(filter(None, (control_class(bound), own, wrong, css)))}
    if label:
        attributes["aria-label"] = label
    shown = bound.as_hidden(only_initial=True) if bound.field.show_hidden_initial else SafeString()
    return bound.as_widget(attrs=attributes) + shown


def control_class(bound: BoundField) -> str:
    match bound.field.widget:
        case forms.CheckboxInput() | forms.RadioSelect():
            return "form-check-input"
        case forms.Select():
            return "form-select"
        case forms.HiddenInput():
            return ""
        case _:
            return "form-control"
