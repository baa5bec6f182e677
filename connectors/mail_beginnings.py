"""What a mail can begin with, so that nobody writes MJML from nothing: whole mails of ours, and blocks to insert."""

from pathlib import Path

from connectors.base import Block, Start

FOLDER = Path(__file__).parent / "mail_starts"


def mail(key: str, label: str, words: str, subject: str) -> Start:
    return Start(key, label, words, {"subject": subject, "html": (FOLDER / f"{key}.mjml").read_text()})


STARTS = (
    mail("announcement", "Announcement", "A heading, a few words, a button", "What is new"),
    mail("offer", "Offer", "A big line, a code, a button", "20 % off your next order"),
    mail("letter", "Plain letter", "Words only, as from one person", "A few words from us"),
)

BLOCKS = (
    Block(
        "Heading",
        mjml='<mj-text font-size="24px" font-weight="bold" line-height="1.25">Heading</mj-text>',
        html="<h2>Heading</h2>",
    ),
    Block("Text", mjml="<mj-text>Text</mj-text>", html="<p>Text</p>"),
    Block(
        "Button",
        mjml='<mj-button href="https://example.com/">Button</mj-button>',
        html='<p><a href="https://example.com/">Button</a></p>',
    ),
    Block(
        "Picture",
        mjml='<mj-image src="https://example.com/picture.png" alt="What it shows" />',
        html='<p><img src="https://example.com/picture.png" alt="What it shows" width="560"></p>',
    ),
    Block("Divider", mjml='<mj-divider border-width="1px" border-color="#d4d4d8" />', html="<hr>"),
    Block(
        "Two columns",
        mjml=(
            "<mj-section>\n  <mj-column>\n    <mj-text>Left</mj-text>\n  </mj-column>\n"
            "  <mj-column>\n    <mj-text>Right</mj-text>\n  </mj-column>\n</mj-section>"
        ),
        html='<table role="presentation" width="100%"><tr><td width="50%">Left</td><td>Right</td></tr></table>',
    ),
)
