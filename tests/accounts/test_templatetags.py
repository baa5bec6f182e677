"""The words, numbers, times, badges and fields of every page."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils.timezone import override

from accounts.models import Role, User
from accounts.templatetags import belfry, formats
from accounts.templatetags.states import LOOKS
from campaigns.models import Campaign, Run
from campaigns.models.ledger import State
from people.models import Subscription

AT = datetime(2026, 11, 22, 9, 42, 7, tzinfo=UTC)
NB = "\N{NO-BREAK SPACE}"


def rendered(template: str, request: HttpRequest | None = None, **values: object) -> str:
    return Template(template).render(Context({**values, "request": request}))


@pytest.fixture
def madrid() -> Iterator[None]:
    with override(ZoneInfo("Europe/Madrid")):
        yield


def test_icon_is_hidden_from_screen_readers() -> None:
    assert rendered('{% icon "send" %}') == (
        '<svg class="icon" aria-hidden="true"><use href="/static/vendor/icons/icons.svg#send"/></svg>'
    )


def test_icon_with_a_label_speaks() -> None:
    assert rendered('{% icon "send" label %}', label="To <send>") == (
        '<svg class="icon" role="img" aria-label="To &lt;send&gt;">'
        '<use href="/static/vendor/icons/icons.svg#send"/></svg>'
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (48210, "48,210"),
        (0, "0"),
        (-1234, "-1,234"),
        (1234.5, "1,234.5"),
        (Decimal("1234.50"), "1,234.50"),
        (None, "–"),
    ],
)
def test_number_separates_thousands(value: float | None, words: str) -> None:
    assert rendered("{{ value|number }}", value=value) == words


def test_plain_writes_an_id_without_separators() -> None:
    assert rendered("{{ pk|plain }}", pk=1234567) == "1234567"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<b>_since", "&lt;b&gt;_<wbr>since"),
        ("America/Los_Angeles", "America/<wbr>Los_<wbr>Angeles"),
        ("ann@example.co.uk", "ann@<wbr>example<wbr>.co<wbr>.uk"),
        ("memberSince", "member<wbr>Since"),
        ("16.99, 2026-11-22, e.g. NASA", "16.99, 2026-11-22, e<wbr>.g. NASA"),
    ],
)
def test_a_long_name_breaks_between_its_parts_and_stays_text(name: str, shown: str) -> None:
    assert rendered("{{ name|breakable }}", name=name) == shown


def test_what_has_no_parts_stays_as_it_is() -> None:
    assert rendered("{{ name|breakable }}", name="<b>") == "&lt;b&gt;"
    assert rendered("{{ name|breakable }}", name=1234.5) == rendered("{{ name }}", name=1234.5)


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        (12, 100, f"12{NB}%"),
        (1, 3, f"33.3{NB}%"),
        (2, 3, f"66.7{NB}%"),
        (0, 100, f"0{NB}%"),
        (1, 48210, f"<{NB}0.1{NB}%"),
        (48209, 48210, f"99.9{NB}%"),
        (100, 100, f"100{NB}%"),
        (5, 0, "–"),
        (None, 10, "–"),
    ],
)
def test_share_never_rounds_somebody_to_nobody_nor_some_to_all(part: int | None, whole: int, words: str) -> None:
    assert formats.share(part, whole) == words


@pytest.mark.parametrize(("ratio", "words"), [(0.412, f"41.2{NB}%"), (Decimal("0.5"), f"50{NB}%"), (None, "–")])
def test_percent_shows_a_ratio(ratio: float | None, words: str) -> None:
    assert rendered("{{ ratio|percent }}", ratio=ratio) == words


@pytest.mark.usefixtures("madrid")
def test_when_shows_the_readers_zone_and_keeps_utc_for_hovering() -> None:
    assert rendered("{{ at|when }}", at=AT) == (
        '<time datetime="2026-11-22T09:42:07Z" title="22 Nov 2026, 09:42:07 UTC">22 Nov 2026, 10:42 CET</time>'
    )


@pytest.mark.usefixtures("madrid")
def test_when_says_utc_whatever_zone_the_value_came_in() -> None:
    tokyo = AT.astimezone(timezone(timedelta(hours=9)))

    assert rendered("{{ at|when }}", at=tokyo) == rendered("{{ at|when }}", at=AT)


@pytest.mark.usefixtures("madrid")
@pytest.mark.parametrize(("style", "words"), [("date", "22 Nov 2026"), ("time", "10:42:07 CET")])
def test_when_has_shorter_styles(style: str, words: str) -> None:
    assert formats.local_words(AT, style) == words


@pytest.mark.parametrize(
    ("zone", "words"),
    [("Asia/Kathmandu", "UTC+05:45"), ("America/Sao_Paulo", "UTC−03:00"), ("America/New_York", "EST")],
)
def test_zones_without_letters_show_their_offset(zone: str, words: str) -> None:
    assert formats.zone_name(AT.astimezone(ZoneInfo(zone))) == words


def test_when_shows_a_date_as_a_date() -> None:
    assert rendered("{{ day|when }}", day=date(2026, 3, 1)) == '<time datetime="2026-03-01">1 Mar 2026</time>'


def test_times_that_are_not_there_show_a_dash() -> None:
    assert rendered("{{ at|when }} {{ at|ago }} {{ at|duration }}", at=None) == "– – –"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (-59, "just now"),
        (-60, "1 minute ago"),
        (-3 * 60 - 59, "3 minutes ago"),
        (-3600, "1 hour ago"),
        (-2 * 86_400, "2 days ago"),
        (30, "in less than a minute"),
        (7200, "in 2 hours"),
    ],
)
def test_ago_says_the_largest_unit(seconds: int, words: str) -> None:
    assert formats.distance(AT + timedelta(seconds=seconds), AT) == words


def test_ago_keeps_utc_for_hovering() -> None:
    assert rendered("{{ at|ago }}", at=AT).startswith(
        '<time datetime="2026-11-22T09:42:07Z" title="22 Nov 2026, 09:42:07 UTC">'
    )


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (0.42, f"0.4{NB}s"),
        (42, f"42{NB}s"),
        (59.7, f"1{NB}min"),
        (250, f"4{NB}min 10{NB}s"),
        (timedelta(hours=2, minutes=5, seconds=9), f"2{NB}h 5{NB}min"),
        (timedelta(days=3), f"3{NB}d"),
        (timedelta(days=3, minutes=4), f"3{NB}d"),
    ],
)
def test_duration_says_the_two_largest_units(span: timedelta | float, words: str) -> None:
    assert rendered("{{ span|duration }}", span=span) == words


def test_state_badge_has_a_word_and_an_icon() -> None:
    assert rendered('{% state_badge "failed" %}') == (
        '<span class="state state-bad"><svg class="icon" aria-hidden="true">'
        '<use href="/static/vendor/icons/icons.svg#circle-x"/></svg>Failed</span>'
    )


def test_state_badge_takes_a_word_of_its_own() -> None:
    assert "</svg>Waiting &amp; idle</span>" in rendered('{% state_badge "waiting" words %}', words="Waiting & idle")


def test_state_badge_shows_an_unlisted_state_in_grey() -> None:
    badge = rendered('{% state_badge "left_alone" %}')

    assert (badge.startswith('<span class="state state-off">'), badge.endswith("Left alone</span>")) == (True, True)


def test_every_state_that_is_stored_has_a_look() -> None:
    stored = {*Campaign.State.values, *Run.State.values, *State.values, *Subscription.State.values}

    assert stored - set(LOOKS) == set()


def test_people_links_a_count_to_those_people() -> None:
    assert rendered('{% people 48210 "/people/" %}') == '<a class="number" href="/people/">48,210</a>'


@pytest.mark.parametrize(("count", "words"), [(0, "0"), (None, "–")])
def test_people_links_nobody_to_nowhere(count: int | None, words: str) -> None:
    assert rendered('{% people count "/people/" %}', count=count) == f'<span class="number">{words}</span>'


@pytest.mark.parametrize(
    ("part", "whole", "width"), [(1, 4, "25.00"), (5, 4, "100.00"), (3, 0, "0.00"), (None, 4, "0.00")]
)
def test_bar_is_as_wide_as_the_share(part: int | None, whole: int, width: str) -> None:
    assert f'<rect width="{width}" height="8"/>' in belfry.bar(part, whole)


def test_query_changes_sets_and_takes_away_parameters() -> None:
    request = RequestFactory().get("/campaigns/?state=draft&page=3&q=a%26b")

    assert rendered('{% query state="" page=None label=labels size=9 %}', request, labels=["x", "y"]) == (
        "?q=a%26b&amp;label=x&amp;label=y&amp;size=9"
    )


@pytest.mark.parametrize(
    ("asked", "order", "next_url"),
    [
        ("", "none", "?sort=name"),
        ("?sort=name&page=2", "ascending", "?sort=-name"),
        ("?sort=-name", "descending", "?sort=name"),
    ],
)
def test_sort_turns_the_order_round(asked: str, order: str, next_url: str) -> None:
    request = RequestFactory().get(f"/{asked}")

    heading = belfry.sort(Context({"request": request}), "name", "Name")

    assert heading == {"word": "Name", "order": order, "url": next_url}


@pytest.mark.parametrize(("path", "current"), [("/", ["home"]), ("/campaigns/12/", ["campaigns"]), ("/login/", [])])
def test_rail_marks_the_place_the_reader_is_at(path: str, current: list[str]) -> None:
    links = belfry.rail(Context({"request": RequestFactory().get(path)}))["links"]

    assert [link.place.name for link in links if link.current] == current


@pytest.mark.parametrize(
    ("user", "words"),
    [(User(role=Role.ADMIN), "Publish"), (User(role=Role.MEMBER), ""), (AnonymousUser(), "")],
)
def test_can_shows_only_what_the_role_may_do(user: User | AnonymousUser, words: str) -> None:
    assert rendered('{% if user|can:"publish" %}Publish{% endif %}', user=user) == words


class LimitForm(forms.Form):
    name = forms.CharField(help_text="Only you see it.")
    note = forms.CharField(required=False)
    kind = forms.ChoiceField(choices=[("a", "Single"), ("b", "By property")], widget=forms.RadioSelect)
    agreed = forms.BooleanField(label="Send to test profiles", required=False)
    zone = forms.ChoiceField(choices=[("UTC", "UTC")])


def test_field_ties_label_hint_and_error_to_the_input() -> None:
    html = rendered("{% field form.name %}", form=LimitForm({}))

    assert '<label class="form-label" for="id_name">Name</label>' in html
    assert 'class="form-control is-invalid"' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert '<div class="form-hint" id="id_name_helptext">Only you see it.</div>' in html
    assert "This field is required.</div>" in html.split('id="id_name_error"')[1]


def test_field_says_what_is_optional() -> None:
    html = rendered("{% field form.note label='Remark' %}", form=LimitForm())

    assert 'for="id_note">Remark <span class="form-optional">optional</span></label>' in html


def test_field_takes_a_hint_of_the_page() -> None:
    html = rendered("{% field form.note hint='Seen by all.' %}", form=LimitForm())

    assert 'aria-describedby="id_note_helptext"' in html
    assert '<div class="form-hint" id="id_note_helptext">Seen by all.</div>' in html


def test_field_of_choices_is_a_group_with_a_legend() -> None:
    html = rendered("{% field form.kind %}", form=LimitForm({"kind": "b"}))

    assert html.count('class="form-check-input"') == 2
    assert '<legend class="form-label">Kind</legend>' in html
    assert re.findall(r'value="(.)"[^>]* checked', html) == ["b"]


def test_field_to_tick_has_its_words_beside_it() -> None:
    html = rendered("{% field form.agreed %}", form=LimitForm())

    assert 'class="form-check-input" id="id_agreed"' in html
    assert '<span class="form-check-label">Send to test profiles</span></label>' in html


def test_control_is_the_input_alone_with_a_name_for_screen_readers() -> None:
    html = rendered('{% control form.zone label="time zone" css="wide" %}', form=LimitForm())

    assert html == (
        '<select name="zone" class="form-select wide" aria-label="time zone" id="id_zone">\n'
        '  <option value="UTC">UTC</option>\n\n</select>'
    )
