"""Writing a mail without typing MJML from nothing: whole mails to begin with, and parts inserted where the caret is."""

import re
from itertools import product
from typing import Any

import pytest
from mjml import mjml2html
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from campaigns.models import Campaign
from connectors.mail_beginnings import BLOCKS, STARTS
from connectors.models import Connection
from people.models import Profile
from tests import factories
from tests.browser.test_test_send import opened, picture, serious, signed_in

__all__ = ["signed_in"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SOME = """<mjml>
  <mj-body>
    <mj-section>
      <mj-column>
        <mj-text>Hi there</mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
"""
TURNED = """<mjml><mj-body><mj-wrapper><mj-section css-class="a"><mj-column></mj-column><!-- b --></mj-section>
<mj-section css-class="c"><mj-group><mj-column><mj-text>d</mj-text></mj-column></mj-group></mj-section></mj-wrapper>
<mj-section css-class="e"><mj-column><mj-text>f</mj-text></mj-column><mj-column /></mj-section>
<mj-section css-class="g"><mj-column /></mj-section><mj-section css-class="h"/></mj-body></mjml>"""
OURS = [("Announcement", "What is new"), ("Offer", "THANKYOU20"), ("Plain letter", "Dear Ana,")]
PLACED = """async ([texts, blocks, step]) => {
  const { insertion } = await import("/static/js/mail-blocks.js");
  const put = (text, { from, to, part, after }) => text.slice(0, from) + part + after + text.slice(to);
  const made = [];
  for (const text of texts) for (const block of blocks)
    for (let caret = 0; caret <= text.length; caret += step)
      made.push([block, put(text, insertion(text, caret, { block, blockHtml: "" }))]);
  return made;
}"""


def mail_campaign(html: str = "", **fields: str) -> Campaign:
    config = {"host": "127.0.0.1", "port": 1, "security": "none", "from_address": "news@shop.example.com"}
    over = Connection.objects.create(name="Mail", kind="email", config=config)
    pairs = [("@html", html), *((f"@{key}", text) for key, text in fields.items())]
    return factories.campaign(over, copies={"": pairs}, state="draft")


def mail(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Mail", exact=True)


def source(page: Page) -> str:
    return page.locator("textarea#field-html").input_value()


def as_code(page: Page) -> None:
    page.get_by_role("button", name="Code", exact=True).click()


def insert(page: Page, label: str) -> None:
    page.get_by_role("group", name="Insert into the mail").get_by_role("button", name=label, exact=True).click()


@pytest.mark.parametrize(("label", "words"), OURS)
def test_a_mail_begins_with_one_of_ours(signed_in: Page, live_server: LiveServer, label: str, words: str) -> None:
    page, campaign = signed_in, mail_campaign(subject="My own subject")
    Profile.objects.filter(identity="bob").delete()
    opened(page, live_server, campaign)
    assert serious(page) == []
    picture(page, "mail-empty")

    page.get_by_role("button", name=re.compile(label)).click()

    expect(page.frame_locator(".mail-frame").get_by_text(words)).to_be_visible()
    expect(page.locator(".mail-head strong")).to_have_text("My own subject")
    expect(page.get_by_role("button", name=re.compile(label))).to_be_hidden()
    as_code(page)
    expect(mail(page)).to_have_css("font-family", re.compile("monospace"))
    assert page.locator("textarea#field-html").bounding_box()["width"] == 1  # type: ignore[index]  # the editor covers it
    assert serious(page) == []
    picture(page, f"mail-{label.split()[0].lower()}")
    page.get_by_role("button", name="Dark", exact=True).click()
    expect(page.frame_locator(".mail-frame").get_by_text(words)).to_be_visible()
    picture(page, f"mail-{label.split()[0].lower()}-as-dark")
    kept = dict(campaign.message.copies.get().pairs)
    assert kept["@subject"] == "My own subject"
    assert kept["@html"].startswith("<mjml>")


def test_typing_replaces_the_subject_that_a_beginning_wrote(signed_in: Page, live_server: LiveServer) -> None:
    page = signed_in
    opened(page, live_server, mail_campaign())

    page.get_by_role("button", name=re.compile("Announcement")).click()
    expect(page.get_by_role("textbox", name="Subject", exact=True)).to_be_focused()
    page.keyboard.type("News for Ana")

    expect(page.locator(".mail-head strong")).to_have_text("News for Ana")


def test_a_part_is_inserted_after_the_one_that_the_caret_is_in(signed_in: Page, live_server: LiveServer) -> None:
    page = signed_in
    opened(page, live_server, mail_campaign(SOME))
    as_code(page)
    mail(page).focus()
    page.keyboard.press("Control+Home")
    for _ in range(4):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("End")

    insert(page, "Button")
    insert(page, "Divider")

    expect(mail(page)).to_be_focused()
    lines = [line.strip() for line in source(page).splitlines()]
    assert [line.partition(" ")[0].partition(">")[0] for line in lines[4:7]] == [
        "<mj-text",
        "<mj-button",
        "<mj-divider",
    ]
    expect(page.frame_locator(".mail-frame").get_by_role("link", name="Button")).to_be_visible()
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert source(page) == SOME


def test_parts_of_a_blank_mail_make_it_mjml_and_those_of_html_stay_html(
    signed_in: Page, live_server: LiveServer
) -> None:
    page = signed_in
    opened(page, live_server, mail_campaign())

    insert(page, "Heading")

    expect(page.frame_locator(".mail-frame").get_by_text("Heading")).to_be_visible()
    assert source(page).startswith("<mjml>\n  <mj-body>\n    <mj-section>\n      <mj-column>\n        <mj-text")

    opened(page, live_server, Campaign.objects.get(pk=html_campaign().pk))
    mail(page).focus()
    page.keyboard.press("Control+Home")
    page.keyboard.press("ArrowRight")
    insert(page, "Divider")
    assert source(page) == "<p><hr>Hello</p>"


def html_campaign() -> Campaign:
    return factories.campaign(
        Connection.objects.get(kind="email"), copies={"": [("@html", "<p>Hello</p>")]}, state="draft"
    )


def test_by_keyboard_alone(signed_in: Page, live_server: LiveServer) -> None:
    page = signed_in
    opened(page, live_server, mail_campaign(SOME))
    as_code(page)

    page.get_by_role("button", name="Two columns").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("!")

    expect(page.frame_locator(".mail-frame").get_by_text("Right")).to_be_visible()
    assert source(page).index("<mj-text>Left</mj-text>") > source(page).index("</mj-section>")
    assert "</mj-section>!" in source(page)


def test_wherever_the_caret_is_the_part_is_where_it_shows(signed_in: Page, live_server: LiveServer) -> None:
    page = signed_in
    opened(page, live_server, mail_campaign(SOME))
    texts = ["", SOME, TURNED, "<mjml><mj-body></mj-body></mjml>", *(start.texts["html"] for start in STARTS)]
    blocks = [block.mjml for block in BLOCKS]

    made: list[list[Any]] = page.evaluate(PLACED, [texts, blocks, 37])

    shown = dict(zip(blocks, ("Heading", "Text", "Button", "picture.png", "1px #d4d4d8", "Left"), strict=True))
    lost = [text for block, text in made if shown[block] not in mjml2html(text)]
    assert (len(made) > len(list(product(texts, blocks))), lost[:3]) == (True, [])
