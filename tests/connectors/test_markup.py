"""What is enclosed is found as a regular expression would find it, and in one pass."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mail_wording import LIQUID, is_mjml, prepared
from connectors.markup import COMMENT, attributes, enclosed, of_attribute, opening_tag, replaced, without_comments

LONG = 65_536
hostile = pytest.mark.parametrize(
    "piece",
    ["<!-- a -->\n", "<!--", "{{", "{%", "{{{", "<body", "<a ", "<a href=x>w</a>", "<head ", "-->", "a='", "&a"],
)


@given(st.lists(st.sampled_from(["{{", "}}", "{%", "%}", "{", "}", "%", "<!--", "-->", "x", "\n"])).map("".join))
def test_the_same_is_found_as_by_a_pattern(text: str) -> None:
    pattern = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)

    assert list(enclosed(text, LIQUID)) == [found.span() for found in pattern.finditer(text)]
    assert replaced(text, LIQUID, lambda tag: f"[{len(tag)}]") == pattern.sub(lambda tag: f"[{len(tag[0])}]", text)
    assert without_comments(text) == re.sub("<!--.*?-->", "", text, flags=re.DOTALL)


@hostile
@pytest.mark.timeout(15, func_only=True)
def test_no_repetition_takes_for_ever(piece: str) -> None:
    text = (piece * LONG)[:LONG]

    assert prepared({"html": text, "preheader": text})["html"]
    assert not is_mjml(text)
    assert len(list(enclosed(text, COMMENT))) <= LONG
    assert attributes(text, 0)[1] <= LONG
    assert len(of_attribute(text)) <= LONG


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("<p><BODY class='x'>y", 19),
        ("<body>", 6),
        ("<bodywork>", None),
        ("<body", None),
        ("nothing", None),
    ],
)
def test_an_opening_tag_ends_where_it_says(text: str, end: int | None) -> None:
    assert opening_tag(text, "body") == end


@pytest.mark.parametrize("text", ["<mjml>", "  <!-- a -->\n<!-- b --> <mjml lang='en'>"])
def test_mjml_is_known_behind_comments(text: str) -> None:
    assert is_mjml(text)


@pytest.mark.parametrize(
    ("tag", "read"),
    [
        (" href=x>", [("href", "x")]),
        ("/HREF = 'a>b'title=\"c'd\" />", [("href", "a>b"), ("title", "c'd")]),
        (" a b= c=>", [("a", ""), ("b", "c=")]),
        (' =a "b" <c>', [("=a", ""), ('"b"', ""), ("<c", "")]),
        (" src=a/>", [("src", "a/")]),
        (">", []),
    ],
)
def test_attributes_are_those_that_browsers_read(tag: str, read: list[tuple[str, str]]) -> None:
    found, end = attributes(tag + "b>", 0)

    assert [(each.name, tag[slice(*each.value)]) for each in found] == read
    assert end == len(tag)


@pytest.mark.parametrize("tag", [" href", " href='a> title=b>", ' href="', " "])
def test_a_tag_that_is_never_closed_ends_nowhere(tag: str) -> None:
    assert attributes(tag, 0)[1] == 0


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("?a=1&copy=2&reg2&amp;b&amp=c", "?a=1&copy=2&reg2&b&amp=c"),
        ("&copy;=1&copy &copy", "©=1© ©"),
        ("&#63;&#x3F&nonsense;&", "??&nonsense;&"),
    ],
)
def test_a_value_is_what_browsers_read(value: str, read: str) -> None:
    assert of_attribute(value) == read
