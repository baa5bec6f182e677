"""From what a marketer writes to templates of a mail: MJML, preheader and text part, with Liquid left as it was."""

import re
import subprocess
import sys
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import FieldError
from connectors.mail_wording import MJML_CHARACTERS, prepared

LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
TAGS = [
    "{{ profile.first_name | default: \"<you>\" }}", "{% if profile.points < 5 %}", "{% endif %}",
    "{{ links.unsubscribe }}", "{% for x in profile.tags %}", "{% endfor %}",
]  # fmt: skip
pieces = st.lists(
    st.sampled_from([*TAGS, "<p>", "</p>", "<a href='https://x.example'>", "</a>", "a & b", "é", "\n", " < "])
)


def text_part(html: str) -> str:
    return prepared({"html": html})["text"]


def test_the_text_part_has_words_links_lists_and_no_code() -> None:
    html = (
        "<html><head><style>p{}</style><title>no</title></head><body><h1>News &amp; more</h1><p>Hi {{ profile.x }},<br>"
        "<a href='{{ links.unsubscribe }}'>out</a></p><script>no()</script><!-- no --><ul><li>one<li>two</ul></body>"
        "</html>"
    )

    assert text_part(html) == ("News & more\n\nHi {{ profile.x }},\nout <{{ links.unsubscribe }}>\n\n* one\n* two")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('<a href="https://x.example/a">Buy now</a>.', "Buy now <https://x.example/a>."),
        ('See <a href=" https://x.example/ ">the <b>shop</b></a>, please', "See the shop <https://x.example/>, please"),
        ('<a href="https://x.example/">x.example</a>', "x.example"),
        ('<a href="https://x.example/a">https://x.example/a</a>', "https://x.example/a"),
        ('<a href="mailto:me@x.example">me@x.example</a>', "me@x.example"),
        ('<a href="https://x.example/a"><img src="a.png"></a>', "<https://x.example/a>"),
        ('<a href="https://x.example/a"><img alt="A coat"></a> <img alt="no">', "A coat <https://x.example/a>"),
        ('<a href="#top">up</a> <a name="top">here</a> <a href="">nowhere</a>', "up here nowhere"),
        ('<a href="{{ event.url }}?a=1&amp;b=2">go</a>', "go <{{ event.url }}?a=1&b=2>"),
        ('<a href="https://x.example/a">one<p>two</p></a>three', "one\n\ntwo\n\n<https://x.example/a>three"),
        ('<table><tr><td><a href="https://x.example">1</a></td><td>2</td></tr></table>', "1 <https://x.example> 2"),
        ('<a href="a">1<a href="b">2</a></a>', "1 <a>2 <b>"),
        ('[a](b) <p title="<a>">c</p></a>', "[a](b)\n\nc"),
    ],
)
def test_links_stand_after_their_words_where_a_reader_needs_them(html: str, text: str) -> None:
    assert text_part(html) == text


@given(st.lists(st.sampled_from(["<a href='x'>", "</a>", "<a>", "<p>", "</p>", "<td>", "<table>", "</table>", "w "])))
def test_a_text_part_has_every_word_and_no_mark(pieces: list[str]) -> None:
    text = text_part("".join(pieces))

    assert sorted(set(re.findall(r"\w+", text)) - {"w", "x"}) == []
    assert text.count("w") == pieces.count("w ")


def test_a_text_part_of_one_s_own_is_left_alone() -> None:
    assert prepared({"html": "<p>a</p>", "text": "  mine\n"})["text"] == "  mine\n"


def test_a_mail_without_any_tag_becomes_paragraphs() -> None:
    found = prepared({"html": "Hi {{ profile.x }},\n\nA & B\nC"})

    assert found["html"] == "<p>Hi {{ profile.x }},</p><p>A &amp; B<br>C</p>"
    assert found["text"] == "Hi {{ profile.x }},\n\nA & B\nC"


def test_the_preheader_stands_first_in_the_body_escaped_and_unseen() -> None:
    found = prepared({"html": "<html><body class='x'><p>a</p></body></html>", "preheader": "1 < 2 {{ profile.a }}"})

    style = "display:none;max-height:0;overflow:hidden;mso-hide:all"
    assert found["html"].startswith(f"<html><body class='x'><div style=\"{style}\">1 &lt; 2 {{{{ profile.a }}}}")
    assert found["html"].endswith("</div><p>a</p></body></html>")
    assert found["text"] == "a"


def test_liquid_holds_in_every_part_of_mjml() -> None:
    tags = [f"{{{{ profile.p{number} | default: \"'<&>'\" }}}}" for number in range(5)]
    mjml = (
        "<mjml><mj-head><mj-title>{0}</mj-title></mj-head><mj-body><mj-section><mj-column><mj-text>é {1}</mj-text>"
        "<mj-button href='{2}'>{3}</mj-button><mj-raw>{4}</mj-raw></mj-column></mj-section></mj-body></mjml>"
    )

    found = prepared({"html": mjml.format(*tags)})["html"]

    assert f"<title>{tags[0]}</title>" in found
    assert f">é {tags[1]}</div>" in found
    assert f'href="{tags[2]}"' in found
    assert f">{tags[3]}</a>" in found
    assert tags[4] in found


@given(pieces)
def test_no_tag_of_liquid_is_changed_and_none_is_lost(written: list[str]) -> None:
    html = "".join(written)

    found = prepared({"html": html, "preheader": html, "subject": html})

    assert LIQUID.findall(found["html"])[-len(LIQUID.findall(html)) or len(found["html"]) :] == LIQUID.findall(html)
    assert found["subject"] == html
    assert set(LIQUID.findall(found["text"])) <= set(LIQUID.findall(html))


@pytest.mark.parametrize("broken", ["<mjml>", "<mjml><mj-body></mjml>", "<mjml><nothing/></mjml>", "<mjml>\x00</mjml>"])
def test_mjml_that_cannot_be_read_is_refused_in_words(broken: str) -> None:
    with pytest.raises(FieldError, match=r"^(Line 1: <|This MJML cannot be read: )"):
        prepared({"html": broken})


@pytest.mark.parametrize(
    ("opened", "closed"),
    [
        ("<mj-wrapper>", "</mj-wrapper>"),
        ("<mj-hero>", "</mj-hero>"),
        ("<mj-wrapper>", ""),
        ("<mj-raw>", ""),
        ("<a>", ""),
    ],
)
def test_elements_as_deep_as_a_mail_is_long_end_no_process(opened: str, closed: str) -> None:
    program = f"""
from connectors.base import FieldError
from connectors.mail_wording import MJML_CHARACTERS, prepared
opened, closed = {opened!r}, {closed!r}
times = (MJML_CHARACTERS - 40) // len(opened + closed)
try:
    print(len(prepared({{"html": "<mjml><mj-body>" + opened * times + closed * times + "</mj-body></mjml>"}})["html"]))
except FieldError as error:
    print(error)
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stderr) == (0, "")


def test_mjml_has_a_most_of_characters() -> None:
    with pytest.raises(FieldError, match="MJML has up to 100,000 characters"):
        prepared({"html": "<mjml>" + " " * MJML_CHARACTERS})


@given(st.text())
def test_any_text_becomes_a_mail_or_is_refused_in_words(written: str) -> None:
    with suppress(FieldError):
        prepared({"html": written, "preheader": written})
