"""A custom list in a browser: the file is chosen, comes in before one's eyes, and becomes a segment."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from segments import tasks
from segments.models import CustomList
from tests.conftest import MakeUser
from tests.segments.lists import newest, person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_file_comes_in_and_becomes_a_segment(
    page: Page, live_server: LiveServer, make_user: MakeUser, tmp_path: Path, settings
) -> None:
    settings.MEDIA_ROOT = tmp_path
    person("ann", name="Ann Lee")
    make_user("creator", "ana")
    page.goto(f"{live_server.url}/login?next=/segments/lists/new")
    page.get_by_label("Username").fill("ana")
    page.get_by_label("Password").fill("correct horse")
    page.keyboard.press("Enter")
    page.wait_for_url("**/segments/lists/new")

    page.get_by_label("Name", exact=True).fill("Gala")
    (tmp_path / "guests.csv").write_bytes(b"Type,Identity\ni,ann\ni,bob\n")
    page.get_by_label("CSV file").set_input_files(tmp_path / "guests.csv")
    page.get_by_role("button", name="Upload the list").click()
    expect(page.locator("#list-body")).to_contain_text("Waiting for a worker")
    tasks.TASKS["segments.list"](newest(CustomList.objects.get()).pk, float("inf"))
    expect(page.locator("#list-body")).to_contain_text("The list now")
    expect(page.locator("#list-body")).not_to_contain_text("Stop the file")

    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename.endswith(".csv")
    assert (
        Path(download.value.path()).read_bytes()
        == b"\xef\xbb\xbfLine,Type,Identity,Reason\r\n3,i,bob,Nobody has it.\r\n"
    )
    page.get_by_role("button", name="Make a segment of it").click()
    expect(page.get_by_role("heading", name="Gala")).to_be_visible()
    expect(page.locator("body")).to_contain_text("in the list “Gala”")
