"""Values in texts that are more than text: nobody's name breaks a page, an address, JSON or a header."""

import html
from email.message import EmailMessage
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.personalization import Escape, Rendered, compile_copy
from campaigns.personalization.escapes import ESCAPES
from campaigns.personalization.language import LANGUAGE

names = st.text(min_size=1).filter(lambda text: text.strip() and not any("\ud800" <= each <= "\udfff" for each in text))


NASTY = "a\"'<b>&\r\nBcc: all@example.com\\ /?"
# Every tag that prints a value, once; what the tags that print none print stands in QUIET.
PRINTING = {
    "output": "{{ profile.x }}",
    "if": "{% if true %}{{ profile.x }}{% endif %}",
    "unless": "{% unless false %}{{ profile.x }}{% endunless %}",
    "case": "{% case 1 %}{% when 1 %}{{ profile.x }}{% endcase %}",
    "for": "{% for each in profile.list %}{{ each }}{% endfor %}",
    "capture": "{% capture text %}{{ profile.x }}{% endcapture %}{{ text }}",
    "cycle": "{% cycle profile.x %}",
    "assign": "{% assign text = profile.x %}{{ text }}",
    "echo": "{% echo profile.x %}",
    "liquid": "{% liquid\n echo profile.x\n %}",
    "ifchanged": "{% ifchanged %}{{ profile.x }}{% endifchanged %}",
}
QUIET = {
    "content": ("a", "a"),
    "illegal": ("", ""),
    "comment": ("{% comment %}{{ profile.x }}{% endcomment %}", ""),
    "break": ("{% for each in profile.list %}{% break %}{% endfor %}", ""),
    "continue": ("{% for each in profile.list %}{% continue %}{% endfor %}", ""),
    "increment": ("{% increment profile %}", "0"),
    "decrement": ("{% decrement profile %}", "-1"),
    "tablerow": (
        "{% tablerow each in profile.list cols: profile.x limit: 1 %}-{% endtablerow %}",
        '<tr class="row1">\n<td class="col1">-</td></tr>\n',
    ),
    "#": ("{% # profile.x %}", ""),
    "doc": ("{% doc %}{{ profile.x }}{% enddoc %}", ""),
    "abort": ("{% if false %}{% abort profile.x %}{% endif %}", ""),
}


def said(text: str, escape: Escape, **profile: object) -> str:
    rendered = compile_copy([("@x", text)], missing="blank", escapes={"@x": escape}).render({"profile": profile})
    assert isinstance(rendered, Rendered)
    return rendered.values[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<p>{{ profile.name }}</p>", "<p>&lt;b&gt;&quot;Ann&quot; &amp; Bob&lt;/b&gt;</p>"),
        ("{{ profile.name | escape }}", "&lt;b&gt;&quot;Ann&quot; &amp; Bob&lt;/b&gt;"),
        ("{{ profile.name | upcase }}", "&lt;B&gt;&quot;ANN&quot; &amp; BOB&lt;/B&gt;"),
        ("{% if profile.name %}{{ profile.name }}{% endif %}", "&lt;b&gt;&quot;Ann&quot; &amp; Bob&lt;/b&gt;"),
        ('{{ profile.none | default: "<i>" }}', "&lt;i&gt;"),
    ],
)
def test_a_value_in_html_is_text_and_escaped_once(text: str, expected: str) -> None:
    assert said(text, "html", name='<b>"Ann" & Bob</b>') == expected


@pytest.mark.parametrize("escape", ESCAPES)
@pytest.mark.parametrize("tag", PRINTING)
def test_whatever_prints_a_value_escapes_it_once(tag: str, escape: Escape) -> None:
    assert said(PRINTING[tag], escape, x=NASTY, list=[NASTY]) == ESCAPES[escape](NASTY)


@pytest.mark.parametrize("escape", ESCAPES)
@pytest.mark.parametrize("tag", QUIET)
def test_what_prints_no_value_prints_nothing_of_one(tag: str, escape: Escape) -> None:
    text, expected = QUIET[tag]

    assert said(text, escape, x=NASTY, list=[NASTY]) == expected


def test_no_tag_is_left_out() -> None:
    assert PRINTING.keys() | QUIET.keys() == LANGUAGE.tags.keys()


@pytest.mark.parametrize("escape", ESCAPES)
@pytest.mark.parametrize(
    "text",
    [
        "{% cycle 'group': profile.x %}",
        "{% cycle profile.x, 'b' %}",
        "{% cycle profile.list %}",
        "{% capture text %}{{ profile.x }}{% endcapture %}{% cycle text %}",
        "{% capture text %}{% cycle profile.x %}{% endcapture %}{% assign again = text %}{% echo again %}",
    ],
)
def test_a_cycle_escapes_its_values_once(text: str, escape: Escape) -> None:
    assert said(text, escape, x=NASTY, list=[NASTY]) == ESCAPES[escape](NASTY)


def test_what_stands_in_quotes_in_a_cycle_is_the_text_s_own() -> None:
    assert said("{% cycle '<i>', profile.x %}{% cycle '<i>', profile.x %}", "html", x="<b>") == "<i>&lt;b&gt;"


def test_a_captured_text_that_a_filter_changes_is_escaped_again() -> None:
    text = "{% capture text %}<i>{{ profile.x }}</i>{% endcapture %}"

    assert said(text + "{{ text }}", "html", x="<b>") == "<i>&lt;b&gt;</i>"
    assert said(text + "{{ text | replace: '&lt;', '<' }}", "html", x="<b>") == "&lt;i&gt;&lt;b&amp;gt;&lt;/i&gt;"


def test_lines_become_line_breaks_where_the_value_is_escaped_before() -> None:
    text = "{{ profile.name | escape | newline_to_br }}"

    assert said(text, "html", name="<a>\nb").replace("\n", "") == "&lt;a&gt;<br />b"
    assert "<br" not in said("{{ profile.name | newline_to_br }}", "html", name="<a>\nb")


@given(names)
def test_html_shows_the_value_and_nothing_else(name: str) -> None:
    text = said('<a title="{{ profile.name }}">', "html", name=name)

    assert html.unescape(text.removeprefix('<a title="').removesuffix('">')) == name
    assert text.count("<") == 1


@given(names)
def test_a_value_in_an_address_stays_in_its_place(name: str) -> None:
    address = urlsplit(said("https://example.com/a?name={{ profile.name }}&b=1", "url", name=name))

    assert address.netloc == "example.com"
    assert parse_qs(address.query, keep_blank_values=True) == {"name": [name], "b": ["1"]}


@given(names)
def test_a_value_in_json_stays_a_text(name: str) -> None:
    assert orjson.loads(said('{"name": "{{ profile.name }}"}', "json", name=name)) == {"name": name}


@given(names)
def test_no_value_begins_another_header(name: str) -> None:
    message = EmailMessage()

    message["Subject"] = said("Hey {{ profile.name }}", "header", name=f"{name}\r\nBcc: all@example.com")

    assert message.keys() == ["Subject"]
    assert "\n" not in message["Subject"]
