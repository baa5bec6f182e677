"""What the page of a connection shows of a test of it."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from django.test import Client
from django.utils.html import escape

from accounts.templatetags.belfry import when
from tests.connectors.factories import WRITE_KEY, connection
from tests.connectors.servers import Server, says

pytestmark = pytest.mark.django_db


def test_a_test_goes_through_the_real_connector(admin: Client, server: Server) -> None:
    made = connection(config={"url": f"{server.url}/v1"})

    page = admin.post(f"/connections/{made.pk}/test").text

    (item,) = server.requests[0].json["batch"]
    assert (item["event"], item["context"]["traits"]["name"]) == ("Belfry Test", "Maria Silva")
    assert "It was accepted" in page
    assert item["messageId"] in page
    made.refresh_from_db()
    assert made.last_success_at is not None
    facts = page[page.index('id="connection-facts" hx-swap-oob="true"') :]
    assert f"<dt>Last success</dt><dd>{when(made.last_success_at)}</dd>" in facts


def test_a_test_that_fails_says_why_and_shows_the_pause(admin: Client, server: Server) -> None:
    made = connection(config={"url": f"{server.url}/v1"})
    server.default = says(401, f"<script>alert(1)</script> {WRITE_KEY}")

    page = admin.post(f"/connections/{made.pk}/test").text

    assert "The write key was refused. Segment answered 401: &lt;script&gt;" in page
    assert "The connection is paused until this is mended" in page
    assert WRITE_KEY not in page


def test_a_test_of_a_file_connection_writes_a_file(admin: Client, tmp_path: Path, settings: Any) -> None:
    settings.EXPORTS = tmp_path
    made = connection("file")

    said = admin.post(f"/connections/{made.pk}/test").text

    (written,) = (tmp_path / "tests" / f"connection-{made.pk}").iterdir()
    assert orjson.loads(written.read_bytes())["event"] == "Belfry Test"
    assert f"What was written, to {written}" in said
    assert escape(written.read_text()) in said


def test_a_test_of_a_table_shows_the_table(admin: Client, tmp_path: Path, settings: Any) -> None:
    settings.EXPORTS = tmp_path
    made = connection("file", config={"format": "csv"})

    said = admin.post(f"/connections/{made.pk}/test").text

    (written,) = (tmp_path / "tests" / f"connection-{made.pk}").glob("*.csv")
    assert f"What was written, to {written}" in said
    assert "messageId,userId,anonymousId,event," in said
    assert "Last calls" not in admin.get(f"/connections/{made.pk}").text


def test_who_tries_a_connection_that_is_paused_by_it_can_resume_it_beside(admin: Client, server: Server) -> None:
    made = connection(config={"url": f"{server.url}/v1"})
    resume = f'action="/connections/{made.pk}/resume"'
    assert resume not in admin.get(f"/connections/{made.pk}").text
    server.default = says(401)

    assert resume in admin.post(f"/connections/{made.pk}/test").text
    page = admin.get(f"/connections/{made.pk}").text

    assert page.count(resume) == 1
    assert page.index(resume) < page.index("Settings</h2>")
