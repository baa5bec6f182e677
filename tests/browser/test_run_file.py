"""A file connection is set to write tables, a run goes out over it, and its report hands the table to the browser."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from connectors.models import Connection
from people import partitions
from tests import factories
from tests.campaigns.delivery import send

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_run_is_downloaded_as_a_table(
    live_server: LiveServer, page: Page, client_as: Any, tmp_path: Path, settings: Settings
) -> None:
    settings.EXPORTS = tmp_path
    partitions.ensure("campaigns_delivery", now=factories.NOW, since=factories.NOW)
    factories.person(identity="ana", email="ana@example.com", name="=Ana")
    over = Connection.objects.create(name="Table", kind="file")
    session = client_as("admin").cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])

    page.goto(f"{live_server.url}/connections/{over.pk}")
    page.get_by_label("A table with a row per message (CSV)").check()
    page.get_by_role("button", name="Save the settings").click()
    expect(page.get_by_text("The settings are saved.")).to_be_visible()
    run = send(factories.run(factories.campaign(over, include=["name", "email"])))
    page.goto(f"{live_server.url}/campaigns/{run.campaign_id}/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the file").click()

    assert download.value.suggested_filename == "win-back-run-1.csv"
    content = Path(download.value.path()).read_bytes().decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(content, newline=""))
    assert (row["userId"], row["traits.name"], row["traits.email"]) == ("ana", "'=Ana", "ana@example.com")
