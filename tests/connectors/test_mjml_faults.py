"""What is wrong with a mail's MJML is said with its line and with what to do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import mjml_faults
from connectors.base import FieldError
from connectors.mail_wording import MJML_CHARACTERS, prepared
from connectors.registry import proofread

MAIL = """<mjml>
  <mj-body>
    <mj-section><mj-column>
      {% if profile.plan ==
         "gold" %}<!--
      <mj-nothing> --><mj-text>Hi {{ profile.first_name | default: "<b>" }}</mj-text>{% endif %}
      WRONG
    </mj-column></mj-section>
  </mj-body>
</mjml>"""


def told(html: str) -> list[str]:
    """What is said of a mail before it is published."""
    try:
        prepared({"html": html})
    except FieldError as error:
        return [str(error)]
    return [str(error) for error in proofread("email", {"html": html})]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("<mj-colum>A</mj-colum>", "Line 7: mj-colum is no MJML element; did you mean mj-column?"),
        ("<MJ-Text>A</MJ-Text>", "Line 7: MJ-Text is no MJML element; did you mean mj-text?"),
        ("<mj-qq/>", "Line 7: mj-qq is no MJML element. Take it away, or write it as HTML between <mj-raw> tags."),
        ("<mj-text>A\n", "Line 9: </mj-column> comes too early: <mj-text> of line 7 is still open. "
         "Write </mj-text> where it ends."),
        ("<mj-text>\n<p>A</mj-text>", "Line 8: </mj-text> comes too early: <p> of line 8 is still open. "
         "Write </p> where it ends."),
        ("<mj-image src='x'>", "Line 8: </mj-column> comes too early: <mj-image> of line 7 is still open. "
         "Write <mj-image … />."),
        ("\n</mj-text>", "Line 8: </mj-text> closes nothing. Take it away, or write <mj-text> where it begins."),
        ("<mj-text\nalign=left>A</mj-text>", 'Line 8: the value of align has no quotes. Write align="left".'),
        ("<mj-text align='left>A</mj-text>", "Line 7: the quotes of align are not closed."),
        ("<mj-text 1='2'>A</mj-text>", "Line 7: 1 is no name of an attribute. It begins with a letter."),
        ("<mj-text>2 < 3</mj-text>", "Line 7: a < stands alone. Write &lt; for the sign."),
        ("<mj-text", "Line 7: <mj-text … does not end. Write > where it ends."),
        ("<!-- A", "Line 7: a comment begins with <!-- and does not end. Write --> where it ends."),
        ("<mj-include path='/etc/passwd' />",
         "Line 7: mj-include reads a file, and there is none here. Put the text of it there instead."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line_and_with_what_to_do(wrong: str, words: str) -> None:
    assert told(MAIL.replace("WRONG", wrong)) == [words]


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<mjml>\n<mj-body>", "Line 2: <mj-body> is never closed. Write </mj-body> where it ends."),
        ("<mjml><mj-body/></mjml>\n\nA",
         "Line 3: nothing can stand after </mjml>. Take it away, or put it into the mail."),
        ("<mjml>\n<mj-column/></mjml>", "Line 2: <mj-column> cannot stand there."),
        ("<mjml><mj-head><mj-title>{{ 'é\n' }}</mj-title><!-- é -->\n<p>A</p></mj-head></mjml>",
         "Line 3: <p> cannot stand there."),
        ("<mjml>\x00</mjml>", "This MJML cannot be read: unable to parse next template in root template."),
    ],
)  # fmt: skip
def test_the_frame_of_a_mail_has_its_lines_too(html: str, words: str) -> None:
    assert told(html) == [words]


@pytest.mark.parametrize(
    "right",
    [
        "<mj-text>A<br>B &amp; C & D <img src='x'></mj-text>",
        "<mj-divider /><mj-spacer height='9px'/>",
        "<mj-raw><div class='mj-colum'>A</div></mj-raw>",
        "<mj-social><mj-social-element name='web'>A</mj-social-element></mj-social>",
        "<!-- <mj-colum> -->",
        "<mj-text>{{ '<mj-colum>' }}</mj-text>",
    ],
)
def test_a_mail_that_is_right_is_left_alone(right: str) -> None:
    assert told(MAIL.replace("WRONG", right)) == []


def test_html_of_ones_own_is_not_read_as_mjml() -> None:
    assert told("<p><mj-colum>A</p>") == []


def test_what_is_published_already_goes_out_as_it_did() -> None:
    html = prepared({"html": MAIL.replace("WRONG", "<mj-colum>A</mj-colum>")})["html"]

    assert "<mj-colum>A</mj-colum>" in html


PIECES = [
    "<mj-text",
    "<p",
    " a='1'",
    " a=",
    '"',
    "'",
    ">",
    "/>",
    "</p>",
    "</mj-text>",
    "<",
    "<!--",
    "-->",
    "\n",
    "é",
    "=",
]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_any_text_is_read_to_its_end_and_names_a_line_that_it_has(text: str) -> None:
    for words in [mjml_faults.broken(text), *mjml_faults.unknown(text)]:
        assert not words or 1 <= int(words.removeprefix("Line ").partition(":")[0]) <= text.count("\n") + 1


@pytest.mark.parametrize("piece", ["<p>", "<a ", "<a b='", "<!--", "</p>", "<mj-x>", "<p></p>"])
def test_a_text_of_any_author_takes_no_longer_than_it_is_long(piece: str) -> None:
    text = piece * (MJML_CHARACTERS // len(piece))

    assert mjml_faults.broken(text)[:5] in ("Line ", "")
    assert next(mjml_faults.unknown(text), "")[:13] == ("Line 1: mj-x " if piece == "<mj-x>" else "")
