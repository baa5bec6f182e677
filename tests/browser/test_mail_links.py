"""A link of a mail leads where the preview's link leads, as a browser reads both."""

from typing import Any

import pytest
from django.http import HttpResponseRedirect
from django.utils import timezone
from playwright.sync_api import Page

from campaigns.mail_shown import shown
from campaigns.personalization import Rendered, compile_copy
from people import tracking
from people.links import Origin

pytestmark = pytest.mark.browser

HERE = "https://belfry.example.com"
ORIGIN = Origin(1, "", "email", "5b0a1c1e-6a33-2c55-9d0c-3e0f8f6a7b21", 7, 2, "Default")
VALUES = (
    "a&b=c d",
    "50% off",
    "O'Neill & S\u00f6hne <b>",
    "<img src=x onerror=alert(1)>",
    'a" onclick="x()',
    "a onclick=x() src=b style=url(c)",
    "\\evil.test/?#",
    "&copy=1&amp;",
)
LINKS = (
    '"https://x.test/?q={{ profile.it }}&amp;r=1"',
    '"https://x.test/{{ profile.it }}?q={{ profile.it }}#{{ profile.it }}"',
    "'https://x.test/{{ profile.it | raw }}'",
    "https://x.test/{{ profile.it }}",
    '"https://x.test/?a=1&copy=2&reg=3&amp;b=4&lang=en&para;&not_a"',
    '" https://x.test/a b|c\nd/a\u00e7\u00e3o?\u00fc=\u00df "',
    '"HTTPS://X.test/?to=https://y.test/&#63;&quot;"',
    '"https://x.test/" title="a > b" href="https://other.test/"',
    '"https://[x.test/?q={{ profile.it }}"',
    '"mailto:{{ profile.it }}?subject={{ profile.it }}"',
)
READ = "links => links.map(link => link.href)"
RESOLVED = "address => { try { return new URL(address).href } catch { return address } }"


def mail(value: str) -> str:
    """With every kind of link."""
    text = "<body>" + "".join(f"<p title='>'><a class=a href={link}>{{{{ profile.it }}}}</a></p>" for link in LINKS)
    rendered = compile_copy([("@html", text)], missing="exclude", escapes={"@html": "html"}).render(
        {"profile": {"it": value}}
    )
    assert isinstance(rendered, Rendered)
    return rendered.values[0]


def hrefs(page: Page, html: str) -> list[str]:
    page.set_content(html)
    found: list[str] = page.locator("a").evaluate_all(READ)
    return found


def where_it_leads(page: Page, address: str) -> str:
    if not address.startswith(f"{HERE}/c/"):
        return address
    url = tracking.clicked(address.removeprefix(f"{HERE}/c/"), "", now=timezone.now(), counts=False)
    assert url is not None
    return str(page.evaluate(RESOLVED, HttpResponseRedirect(url).url))


@pytest.mark.parametrize("value", VALUES)
def test_a_link_leads_where_the_preview_s_link_leads(page: Page, settings: Any, value: str) -> None:
    settings.PUBLIC_URL = HERE
    html = mail(value)

    previewed = hrefs(page, shown(html).html)
    sent = hrefs(page, tracking.tracked(html, ORIGIN, now=timezone.now()))

    assert len(previewed) == len(LINKS)
    assert [where_it_leads(page, each) for each in sent] == previewed
    assert sum(each.startswith(f"{HERE}/c/") for each in sent) == len(LINKS) - 2
