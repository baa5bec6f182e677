"""How a mail is shown in the preview: in which frame, and as a page of its own that can do nothing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpResponse

from campaigns import mail_shown
from connectors.markup import opening_tag

# A sandbox: no scripts, no forms, no origin. Styles and pictures are what a mail consists of.
POLICY = (
    "sandbox allow-popups; default-src 'none'; style-src 'unsafe-inline' https:; img-src https: data:; font-src https:;"
    " frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)
PREFERS = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)", re.IGNORECASE)
DARK = '<meta name="color-scheme" content="dark"><style>:root{color-scheme:dark;background:#121212}</style>'


@dataclass(frozen=True)
class Frame:
    key: str
    label: str
    icon: str
    is_chosen: bool


KINDS = (
    ("desktop", "Desktop", "devices"),
    ("mobile", "Mobile", "device-mobile"),
    ("dark", "Dark", "moon"),
    ("text", "Text part", "file-text"),
)


def chosen(posted: Mapping[str, str]) -> tuple[Frame, ...]:
    """All frames; the one that was asked for stays until another is."""
    asked = posted.get("frame") or posted.get("frame_kept") or ""
    asked = asked if asked in {key for key, _, _ in KINDS} else KINDS[0][0]
    return tuple(Frame(key, label, icon, key == asked) for key, label, icon in KINDS)


def answer(html: str, *, dark: bool) -> HttpResponse:
    html = mail_shown.shown(html).html
    return HttpResponse(darkened(html) if dark else html, headers={"Content-Security-Policy": POLICY})


def darkened(html: str) -> str:
    """As a reader who prefers dark sees it: the mail's own rules for that hold, without rules the paper is dark."""
    html = PREFERS.sub(lambda found: "(min-width:0)" if found[1].lower() == "dark" else "(max-width:0)", html)
    begins = opening_tag(html, "head") or 0
    return f"{html[:begins]}{DARK}{html[begins:]}"
