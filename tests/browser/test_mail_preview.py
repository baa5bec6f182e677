"""The mail in the editor: shown in its frame, narrow, dark and as text, while nothing of it runs."""

from typing import Literal

import pytest
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from campaigns.models import Copy
from connectors.models import Connection
from tests import factories

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HTML = (
    "<html><head><style>p{color:rgb(1,2,3)}@media (prefers-color-scheme:dark){p{color:rgb(9,9,9)}}</style></head><body>"
    "<p>Oi {{ profile.first_name }}</p><script>document.body.innerHTML='ran'</script></body></html>"
)


@pytest.fixture
def editor(page: Page, live_server: LiveServer, admin: Client) -> Page:
    config = {"host": "127.0.0.1", "port": 1, "security": "none", "from_address": "news@shop.example.com"}
    connection = Connection.objects.create(name="Mail", kind="email", config=config)
    factories.person(identity="ana", first_name="Ana", email="ana@example.com")
    copy = [("@subject", "Hello"), ("@html", HTML)]
    campaign = factories.campaign(connection, copies={"": copy}, state="draft")
    page.context.add_cookies([{"name": "sessionid", "value": admin.cookies["sessionid"].value, "url": live_server.url}])
    page.goto(f"{live_server.url}/campaigns/{campaign.pk}/edit/what")
    return page


@pytest.mark.parametrize("looks_in", ["light", "dark"])
def test_a_mail_is_shown_in_every_frame_and_nothing_of_it_runs(
    editor: Page, looks_in: Literal["light", "dark"]
) -> None:
    editor.emulate_media(color_scheme=looks_in)
    words = editor.frame_locator(".mail-frame").locator("p")

    expect(words).to_have_text("Oi Ana")
    expect(words).to_have_css("color", "rgb(1, 2, 3)")
    editor.get_by_role("button", name="Dark", exact=True).click()
    expect(words).to_have_css("color", "rgb(9, 9, 9)")
    editor.get_by_role("button", name="Mobile", exact=True).click()
    expect(editor.locator(".mail-frame-mobile")).to_be_visible()
    editor.get_by_role("button", name="Text part", exact=True).click()
    expect(editor.get_by_label("Text part", exact=True)).to_contain_text("Oi Ana")


NOISY = (
    "<html><head><base href='https://x.example/'><meta http-equiv='refresh' content='0;url=/'>"
    "<link rel='stylesheet' href='http://127.0.0.1/a.css'><style>p{background:url(http://127.0.0.1/a.png)}</style></head>"
    "<body onload='x()'><p>Oi {{ profile.first_name }}</p><script>x()</script><img src='http://127.0.0.1/a.png'>"
    "<iframe src='/'></iframe><video src='https://127.0.0.1/a.mp4'></video><object data='/'></object></body></html>"
)


def test_the_browser_has_nothing_to_complain_of_in_any_frame(editor: Page) -> None:
    Copy.objects.update(pairs=[["@subject", "Hello"], ["@html", NOISY]])
    complaints: list[str] = []
    editor.on("console", lambda line: complaints.append(line.text) if line.type in ("error", "warning") else None)
    editor.reload()
    words = editor.frame_locator(".mail-frame").locator("p")

    for frame in ("Desktop", "Mobile", "Dark"):
        editor.get_by_role("button", name=frame, exact=True).click()
        expect(editor.locator(f".mail-frame-{frame.lower()}")).to_be_visible()
        expect(words).to_have_text("Oi Ana")

    expect(editor.locator("#preview")).to_contain_text("Left out here, as in most mailboxes: frames, videos")
    assert [each for each in complaints if not each.startswith("htmx:")] == []


def test_the_frame_follows_what_is_saved(editor: Page) -> None:
    expect(editor.frame_locator(".mail-frame").locator("p")).to_have_text("Oi Ana")

    field = editor.locator(".message-field", has_text="Subject").get_by_role("textbox").first
    field.focus()
    editor.keyboard.press("Control+End")
    editor.keyboard.type(" again")

    expect(editor.locator(".mail-head strong")).to_have_text("Hello again")
    expect(editor.frame_locator(".mail-frame").locator("p")).to_have_text("Oi Ana")
