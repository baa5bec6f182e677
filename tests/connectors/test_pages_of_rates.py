"""The page of a connection says with which others it shares its rate; its test is one like any other."""

import re
from typing import Any

import pytest
from django.test import Client

from connectors.models import Connection
from tests.connectors.factories import connection
from tests.connectors.servers import Server

pytestmark = pytest.mark.django_db


def facts_of(made: Connection, admin: Client) -> str:
    """Its rate as the page says it, without markup."""
    page = admin.get(f"/connections/{made.pk}").text
    said = page.partition("<dt>Rate</dt><dd>")[2].partition("</dd>")[0]
    return " ".join(re.sub(r"<[^>]+>", "", said).split())


def test_the_page_says_with_which_others_the_rate_is_shared(admin: Client) -> None:
    alone, one = connection(name="Alone", secrets=""), connection(name="One", rate_per_second=50)
    assert facts_of(alone, admin) == "as fast as the other side takes them"
    assert facts_of(one, admin) == "at most 50 messages a second"

    other, third = connection(name="Other"), connection(name="Third & last", rate_per_second=20)

    ends = ": for the other side they are one sender, so they share one rate"
    lowest = ", the lowest that any of them is set to."
    assert (
        facts_of(one, admin) == f"at most 20 messages a second Together with Other and Third &amp; last{ends}{lowest}"
    )
    assert facts_of(third, admin) == f"at most 20 messages a second Together with One and Other{ends}."
    assert f'<a href="/connections/{other.pk}">Other</a>' in admin.get(f"/connections/{one.pk}").text


def test_a_test_says_that_it_is_one_as_every_test_does(admin: Client, settings: Any) -> None:
    with Server() as server:
        made = connection("webhook", config={"url": f"{server.url}/in"})
        admin.post(f"/connections/{made.pk}/test")

    (request,) = server.requests
    assert request.headers["Belfry-Test"] == "true"
    assert request.json["data"]["campaign"] == {"is_test": True}
