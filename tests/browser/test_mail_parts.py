"""A mail written as a list of its parts: no tag is seen, and nothing of the code is lost on the way there and back."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from campaigns.models import Campaign
from connectors.mail_beginnings import STARTS
from tests.browser.test_mail_beginnings import as_code, mail, mail_campaign, source
from tests.browser.test_test_send import opened, picture, serious, signed_in

__all__ = ["signed_in"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OWN = """<mjml>
  <mj-body>
    <mj-section>
      <mj-column>
        <mj-text font-size="24px">Fish &amp; chips &mdash; <b>fresh</b></mj-text>
        <mj-text color="#123456">Dear {{ profile.first_name | default: "a > b" }},<br/>see <a href="https://x.example/?a=1&amp;b={{ profile.identity }}" style="color:red">our list</a>.</mj-text>
        <mj-text><p>One</p><p>Two</p></mj-text>
        <mj-table><tr><td>1</td></tr></mj-table>
        <mj-button href="https://x.example/?n={{ profile.first_name | default: "you > me" }}">Go</mj-button>
      </mj-column>
    </mj-section>
    <mj-section>
      <mj-column>
        <mj-image src="https://x.example/a.png" alt="A dog" />
      </mj-column>
      <mj-column>
        <mj-text>Right</mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
"""  # noqa: E501


def card(page: Page, number: int) -> Locator:
    return page.get_by_role("group", name=re.compile(rf"part {number} of"))


def words(page: Page, number: int) -> Locator:
    return card(page, number).get_by_role("textbox").first


def names(page: Page) -> list[str]:
    return page.locator(".part-name").all_inner_texts()


def typed(page: Page, into: Locator, text: str) -> None:
    """Instead of what is there."""
    into.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


def kept(campaign: Campaign) -> str:
    return str(dict(campaign.message.copies.get().pairs)["@html"])


def saved(page: Page) -> None:
    expect(page.locator("[data-autosave-label]")).to_have_text(re.compile(r"^Saved \d\d:\d\d$"))


def test_an_announcement_is_written_without_a_tag(signed_in: Page, live_server: LiveServer) -> None:
    page, campaign = signed_in, mail_campaign()
    opened(page, live_server, campaign)

    page.get_by_role("button", name=re.compile("Announcement")).click()
    expect(card(page, 5)).to_be_visible()
    typed(page, words(page, 1), "Autumn & winter")
    typed(page, words(page, 3), "New records, **all** <1 year.")
    typed(page, words(page, 4), "To the shop")
    typed(page, card(page, 4).get_by_role("textbox", name="Leads to"), "https://shop.example/?a=1&b=2")

    frame = page.frame_locator(".mail-frame")
    expect(frame.get_by_text("Autumn & winter")).to_be_visible()
    expect(frame.get_by_text("New records, all <1 year.")).to_be_visible()
    expect(frame.get_by_role("link", name="To the shop")).to_have_attribute("href", "https://shop.example/?a=1&b=2")
    assert "mj-" not in page.locator("#step-form").inner_text()
    saved(page)
    assert "New records, <b>all</b> &lt;1 year." in kept(campaign)
    assert serious(page) == []
    picture(page, "mail-parts")


def test_what_is_not_changed_stays_letter_by_letter(signed_in: Page, live_server: LiveServer) -> None:
    page, campaign = signed_in, mail_campaign(OWN)
    opened(page, live_server, campaign)

    assert [name.partition(" ·")[0] for name in names(page)] == [
        "Heading", "Text", "Text", "A part of your own", "Button", "Picture", "Text",
    ]  # fmt: skip
    assert names(page)[-2:] == ["Picture · column 1 of 2", "Text · column 2 of 2"]
    typed(page, card(page, 6).get_by_role("textbox", name="What it shows"), 'A "big" dog')

    assert source(page) == OWN.replace('alt="A dog"', 'alt="A &quot;big&quot; dog"')
    as_code(page)
    expect(mail(page)).to_be_visible()
    page.get_by_role("button", name="Parts", exact=True).click()
    assert source(page) == OWN.replace('alt="A dog"', 'alt="A &quot;big&quot; dog"')


def test_words_keep_their_links_and_values(signed_in: Page, live_server: LiveServer) -> None:
    page = signed_in
    opened(page, live_server, mail_campaign(OWN))

    expect(words(page, 1)).to_have_text("Fish & chips — **fresh**")
    expect(words(page, 5)).to_have_text("Go")
    words(page, 2).focus()
    page.keyboard.press("Control+End")
    page.keyboard.type("!")
    words(page, 3).focus()
    page.keyboard.press("Control+Home")
    expect(card(page, 3)).to_contain_text("It holds HTML of its own")
    expect(words(page, 3)).to_have_text("<p>One</p><p>Two</p>")
    page.keyboard.type("<p>Zero</p>")

    old = re.search(r"<mj-text color.*</mj-text>", OWN)
    assert old
    changed = old[0].replace("<br/>", "<br />").replace("</a>.", "</a>.!")
    assert source(page) == OWN.replace(old[0], changed).replace("<p>One", "<p>Zero</p><p>One")


def test_parts_are_added_moved_and_removed_and_each_step_can_be_undone(
    signed_in: Page, live_server: LiveServer
) -> None:
    page = signed_in
    opened(page, live_server, mail_campaign(OWN))

    card(page, 5).get_by_role("button", name="Add below").click()
    card(page, 5).get_by_role("group", name="Add below").get_by_role("button", name="Heading").click()
    page.keyboard.type("Between")
    expect(page.frame_locator(".mail-frame").get_by_text("Between")).to_be_visible()
    page.keyboard.press("Alt+ArrowUp")
    assert names(page)[4:6] == ["Heading", "Button"]
    card(page, 7).get_by_role("button", name="Move down").press("Enter")
    assert names(page)[6:] == ["Picture · column 2 of 2", "Text · column 2 of 2"]
    page.keyboard.press("Enter")
    assert names(page)[6:] == ["Text · column 2 of 2", "Picture · column 2 of 2"]
    card(page, 7).get_by_role("button", name="Remove").click()
    card(page, 7).get_by_role("button", name="Remove").click()

    expect(page.get_by_role("status").filter(has_text="Removed")).to_be_visible()
    assert names(page) == ["Heading", "Text", "Text", "A part of your own", "Heading", "Button"]
    assert source(page).count("<mj-section>") == 1
    for _ in range(7):
        page.get_by_role("button", name="Undo").click()
    assert source(page) == OWN


@pytest.mark.parametrize("start", STARTS, ids=lambda start: start.key)
def test_every_beginning_is_all_words(signed_in: Page, live_server: LiveServer, start) -> None:
    page = signed_in
    opened(page, live_server, mail_campaign(start.texts["html"]))

    expect(card(page, 1)).to_be_visible()
    assert page.locator(".is-own").count() == 0
    assert "A part of your own" not in names(page)


def test_html_is_written_as_code_and_says_why(signed_in: Page, live_server: LiveServer) -> None:
    page = signed_in
    opened(page, live_server, mail_campaign("<p>Hello</p>"))

    expect(mail(page)).to_be_visible()
    page.get_by_role("button", name="Parts", exact=True).click()

    expect(page.get_by_role("status").filter(has_text="HTML of its own")).to_be_visible()
    expect(mail(page)).to_have_text("<p>Hello</p>")


def test_selected_words_become_bold_or_a_link(signed_in: Page, live_server: LiveServer) -> None:
    page = signed_in
    opened(page, live_server, mail_campaign(OWN))

    typed(page, words(page, 7), "Right")
    page.keyboard.press("Control+a")
    card(page, 7).get_by_role("button", name="Link").click()
    page.keyboard.insert_text("https://x.example/a")
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+b")

    assert '<mj-text><b><a href="https://x.example/a">Right</a></b></mj-text>' in source(page)


def test_colours_and_letters_are_chosen_for_the_whole_mail(signed_in: Page, live_server: LiveServer) -> None:
    page, before = signed_in, STARTS[0].texts["html"]
    opened(page, live_server, mail_campaign(before))
    page.get_by_text("Colours and letters").click()
    expect(page.get_by_label("Buttons")).to_have_value("#3b3fa8")

    page.get_by_label("Buttons").fill("#ffd43b")
    page.get_by_label("Around the mail").fill("#e0f2fe")
    page.get_by_label("Letters").select_option("With serifs (Georgia)")

    changed = before.replace('background-color="#3b3fa8" color="#ffffff"', 'background-color="#ffd43b" color="#18181b"')
    changed = changed.replace('background-color="#f4f4f5"', 'background-color="#e0f2fe"')
    assert source(page) == changed.replace("Helvetica, Arial, sans-serif", "Georgia, 'Times New Roman', serif")
    button = page.frame_locator(".mail-frame").get_by_role("link", name="Have a look")
    expect(button).to_have_css("color", "rgb(24, 24, 27)")
    assert serious(page) == []
    picture(page, "mail-look")


def test_a_mail_that_says_no_colours_offers_none(signed_in: Page, live_server: LiveServer) -> None:
    page = signed_in
    opened(page, live_server, mail_campaign(OWN))

    expect(card(page, 1)).to_be_visible()
    expect(page.get_by_text("Colours and letters")).to_be_hidden()


def test_a_tag_that_is_typed_by_hand_touches_no_other_part(signed_in: Page, live_server: LiveServer) -> None:
    page, before = signed_in, STARTS[0].texts["html"]
    opened(page, live_server, mail_campaign(before))

    typed(page, words(page, 3), "Hi {{")
    saved(page)
    assert names(page) == ["Heading", "Text", "Text", "Button", "Text"]
    page.keyboard.type(' profile.first_name | default: "you" }}!')

    expect(page.frame_locator(".mail-frame").get_by_text(re.compile("Hi (Ana|Bob)!"))).to_be_visible()
    advice = "Say in a sentence or two what has changed and why it matters to the person who reads this."
    assert source(page) == before.replace(advice, 'Hi {{ profile.first_name | default: "you" }}!')


@pytest.mark.parametrize(
    ("written", "leads_to"),
    [("https://https://x.example/", "https://x.example/"), ("x.example/a?b=1", "https://x.example/a?b=1"),
     ("mailto:a@x.example", "mailto:a@x.example"), ("#top", "#top")],
)  # fmt: skip
def test_an_address_has_one_scheme(signed_in: Page, live_server: LiveServer, written: str, leads_to: str) -> None:
    page = signed_in
    opened(page, live_server, mail_campaign(OWN))

    typed(page, words(page, 7), f"[Right]({written})")

    assert f'<mj-text><a href="{leads_to}">Right</a></mj-text>' in source(page)


def test_two_columns_stand_where_they_were_put_in_the_sheet_that_they_were_put_in(
    signed_in: Page, live_server: LiveServer
) -> None:
    page, before = signed_in, STARTS[0].texts["html"]
    sheet = re.search(r'<mj-section( css-class="sheet"[^>]*>)', before)
    assert sheet
    campaign = mail_campaign(before)
    opened(page, live_server, campaign)

    card(page, 1).get_by_role("button", name="Add below").click()
    card(page, 1).get_by_role("button", name="Two columns").click()

    columns = ["Text · column 1 of 2", "Text · column 2 of 2"]
    assert names(page) == ["Heading", *columns, "Text", "Text", "Button", "Text"]
    assert (source(page).count(f"<mj-wrapper{sheet[1]}"), source(page).count(sheet[1])) == (1, 1)
    page.keyboard.type("Hats")
    shown = page.frame_locator(".mail-frame").locator(".sheet")
    expect(shown).to_have_text(re.compile(r"What is new\s*Hats\s*Right\s*Hello \w+,.*Have a look", re.DOTALL))

    card(page, 6).get_by_role("button", name="Add below").click()
    card(page, 6).get_by_role("button", name="Two columns").click()
    assert names(page) == ["Heading", *columns, "Text", "Text", "Button", *columns, "Text"]
    expect(shown.locator("css=div:text-is('Right')")).to_have_count(2)

    for _ in range(3):
        page.get_by_role("button", name="Undo", exact=True).click()
    assert source(page) == before


def test_two_columns_below_one_of_two_columns_stand_below_both(signed_in: Page, live_server: LiveServer) -> None:
    page = signed_in
    opened(page, live_server, mail_campaign(OWN))

    card(page, 6).get_by_role("button", name="Add below").click()
    card(page, 6).get_by_role("button", name="Two columns").click()

    assert names(page)[5:] == [
        "Picture · column 1 of 2", "Text · column 2 of 2", "Text · column 1 of 2", "Text · column 2 of 2",
    ]  # fmt: skip
    assert [words(page, number).inner_text().strip() for number in (7, 8, 9)] == ["Right", "Left", "Right"]


def test_two_columns_do_not_part_what_is_for_some_people_only(signed_in: Page, live_server: LiveServer) -> None:
    page = signed_in
    column = "<mj-column><mj-raw>{% if 1 %}</mj-raw><mj-text>A</mj-text><mj-raw>{% endif %}</mj-raw></mj-column>"
    opened(page, live_server, mail_campaign(f"<mjml><mj-body><mj-section>{column}</mj-section></mj-body></mjml>"))

    card(page, 2).get_by_role("button", name="Add below").click()
    card(page, 2).get_by_role("button", name="Two columns").click()

    assert f"<mj-section>{column}</mj-section>\n<mj-section>\n" in source(page)
