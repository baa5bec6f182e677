"""Words about a line of a mail's code lead to that line, from the parts too, until it is mended."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from connectors.mail_beginnings import STARTS
from tests.browser.test_mail_beginnings import mail_campaign
from tests.browser.test_test_send import opened, signed_in

__all__ = ["signed_in"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_button_leads_to_the_line_and_goes_when_it_is_mended(signed_in: Page, live_server: LiveServer) -> None:
    wrong = "<mj-txt>{{ profile.first_name }}</mj-txt>"
    html = STARTS[0].texts["html"].replace("</mj-column>", f"\n  {wrong}\n</mj-column>", 1)
    line = html[: html.index(wrong)].count("\n") + 1
    page, campaign = signed_in, mail_campaign(html, subject="Hi")
    opened(page, live_server, campaign)
    expect(page.get_by_text(f"Line {line}: mj-txt is no MJML element; did you mean mj-text?").last).to_be_visible()

    page.get_by_role("button", name=f"Show line {line}").click()

    assert page.evaluate("getSelection().toString()") == "<mj-txt>first_name</mj-txt>"  # a chip
    editor = page.get_by_role("textbox", name="Mail", exact=True)
    expect(editor).to_be_focused()
    top, height = editor.evaluate("(each) => [each.getBoundingClientRect().top, each.clientHeight]")
    at = page.evaluate("getSelection().getRangeAt(0).getBoundingClientRect().top")
    assert top <= at < top + height
    page.keyboard.type("<mj-text>Hi</mj-text>")
    expect(page.get_by_role("button", name="Show line")).to_have_count(0)
