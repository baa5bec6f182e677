"""Values in texts that are more than text: nobody's name breaks a page, an address, JSON or a header."""

import html
from email.message import EmailMessage
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.personalization import Escape, Rendered, compile_copy

names = st.text(min_size=1).filter(lambda text: text.strip() and not any("\ud800" <= each <= "\udfff" for each in text))


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
