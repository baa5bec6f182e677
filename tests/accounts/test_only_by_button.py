"""An address that only a button may press, opened in a browser: words instead of an empty page."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_a_browser_gets_a_page_that_says_what_to_do(admin: Client) -> None:
    page = admin.get("/campaigns/bulk", headers={"Accept": "text/html"})

    assert (page.status_code, page["Allow"]) == (405, "POST")
    assert "press the button again" in page.text


def test_a_program_gets_the_bare_refusal(admin: Client) -> None:
    assert admin.get("/campaigns/bulk", headers={"Accept": "application/json"}).text == ""
