"""How a mail is shown in the preview: in which frame, and as a page of its own that can do nothing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from django.http import HttpResponse

from campaigns import mail_shown
from connectors.markup import opening_tag

# A sandbox: no scripts, no forms, no origin. Styles and pictures are what a mail consists of.
POLICY = (
    "sandbox allow-popups; default-src 'none'; style-src 'unsafe-inline' https:; img-src https: data:; font-src https:;"
    " frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)
PREFERS = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)", re.IGNORECASE)
HOLDS, NEVER = "(min-width:0)", "(max-width:0)"
PAPER = {
    "light": '<meta name="color-scheme" content="light"><style>:root{color-scheme:light!important}</style>',
    "dark": '<meta name="color-scheme" content="dark">'
    "<style>:root{color-scheme:dark!important;background:#121212}</style>",
}


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
    html = preferring("dark" if dark else "light", mail_shown.shown(html).html)
    return HttpResponse(html, headers={"Content-Security-Policy": POLICY})


def preferring(scheme: Literal["light", "dark"], html: str) -> str:
    """As a reader who prefers the scheme sees it, whatever whoever looks prefers: the mail's own rules for it hold,
    without rules the paper is light or dark."""
    html = PREFERS.sub(lambda found: HOLDS if found[1].lower() == scheme else NEVER, html)
    begins = opening_tag(html, "head") or 0
    return f"{html[:begins]}{PAPER[scheme]}{html[begins:]}"
