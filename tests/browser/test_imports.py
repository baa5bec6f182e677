"""The page on which a file's columns are given their meaning, in a browser."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from people import imports
from people.models import PropertyName

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NAME_AND_TYPE = ("Name of the property for", "How the values of")


@pytest.mark.parametrize("width", [1440, 390])
def test_a_name_and_a_type_are_asked_for_only_where_they_mean_something(
    live_server: LiveServer, page: Page, client_as: Any, tmp_path: Path, settings: Settings, width: int
) -> None:
    settings.MEDIA_ROOT = tmp_path
    PropertyName.objects.create(name="points", types={"number": 9})
    made = imports.keep([b"id,points,born\n00012,x,13/12/2000\n"], name="a.csv", kind="profiles", by=None)
    session = client_as("admin").cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page.set_viewport_size({"width": width, "height": 900})

    page.goto(f"{live_server.url}/people/imports/{made.pk}/mapping")

    name, read_as = (page.get_by_label(f"{words} the column id", exact=False) for words in NAME_AND_TYPE)
    expect(name).to_be_hidden()
    expect(read_as).to_be_hidden()
    page.get_by_label("What the column id becomes").select_option("custom")
    expect(name).to_be_visible()
    expect(read_as).to_be_visible()

    page.get_by_label("What the column born becomes").select_option("birth_date")
    expect(page.get_by_label("Name of the property for the column born")).to_be_hidden()
    expect(page.get_by_label("How the values of the column born are read")).to_be_visible()
    page.get_by_label("How the values of the column born are read").select_option("date")
    expect(page.get_by_text("“13/12/2000” in line 2 is no date written year-month-day")).to_be_visible()

    expect(page.get_by_text("Until now “points” is a number here.")).to_be_visible()
    page.get_by_label("How the values of the column points are read").select_option("number")
    expect(page.get_by_text("Until now “points” is a number here.")).to_be_hidden()
    expect(page.get_by_text("“x” in line 2 is no number: that line would be refused.")).to_be_visible()
