"""Amazon's regions: all that it has may be chosen, by either connector that asks for one, and nothing else."""

import re
from typing import Any

import pytest
from django import forms
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import amazon, eventbridge, http
from connectors.forms.amazon import NO_REGION, RegionField
from connectors.models import Connection
from connectors.secrets import open_sealed
from tests.connectors.factories import connection
from tests.connectors.test_forms import EVENTBRIDGE

HOSTS = {
    "us-east-1": "events.us-east-1.amazonaws.com",
    "ap-southeast-3": "events.ap-southeast-3.amazonaws.com",
    "me-central-1": "events.me-central-1.amazonaws.com",
    "eu-central-2": "events.eu-central-2.amazonaws.com",
    "ca-west-1": "events.ca-west-1.amazonaws.com",
    "us-gov-west-1": "events.us-gov-west-1.amazonaws.com",
    "cn-north-1": "events.cn-north-1.amazonaws.com.cn",
    "sa-south-9": "events.sa-south-9.amazonaws.com",  # one that is newer than Belfry
}


@pytest.mark.django_db
@pytest.mark.parametrize(("region", "host"), HOSTS.items())
def test_any_region_of_amazon_can_be_chosen_and_has_its_own_host(admin: Client, region: str, host: str) -> None:
    admin.post("/connections/new/eventbridge", EVENTBRIDGE | {"aws_region": f" {region.upper()} "})

    config = Connection.objects.get().config
    made = eventbridge.make(config, {}, http.client())
    assert (config["region"], made.url, made.region) == (region, f"https://{host}/", region)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["eventbridge", "email"])
def test_regions_known_by_name_are_offered_with_what_they_are(admin: Client, kind: str) -> None:
    made = connection(kind, config={"service": "amazon_ses", "region": "ap-southeast-3"})

    page = admin.get(f"/connections/{made.pk}").text

    box = re.search(r'<input[^>]*value="ap-southeast-3"[^>]*>', page)
    name = "aws_region" if kind == "eventbridge" else "region"
    assert box
    assert f'list="{name}-offers"' in box[0]
    offers = page.partition(f'<datalist id="{name}-offers">')[2].partition("</datalist>")[0]
    assert '<option value="cn-north-1">China (Beijing)</option>' in offers
    assert offers.count("<option") == len(amazon.regions())


@settings(deadline=None)
@given(st.text() | st.from_regex(r"[a-z]{2}(-[a-z.@/#?\n]+)+-[0-9]+\n?"))
def test_no_text_leads_to_a_host_that_is_not_amazons(typed: str) -> None:
    try:
        region = RegionField().clean(typed)
    except forms.ValidationError:
        return
    assert re.fullmatch(r"events\.[a-z0-9_-]+\.(amazonaws\.(com|com\.cn|eu)|[a-z0-9.-]+\.(gov|uk))",
                        amazon.host("events", region))  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("region", ["nowhere", "us-east-1.evil.example", "us-east-1/", "aws-global", "zz-east-1"])
def test_what_is_no_region_is_refused_in_words(admin: Client, region: str) -> None:
    answer = admin.post("/connections/new/eventbridge", EVENTBRIDGE | {"aws_region": region})

    assert (answer.status_code, Connection.objects.count()) == (422, 0)
    assert NO_REGION in answer.text


@pytest.mark.django_db
def test_keys_for_a_few_hours_come_with_a_token_that_is_never_shown(admin: Client) -> None:
    token = "the-t0ken" * 200
    admin.post("/connections/new/eventbridge", EVENTBRIDGE | {"session_token": token})
    made = Connection.objects.get()
    path = f"/connections/{made.pk}"
    kept: dict[str, Any] = EVENTBRIDGE | {"access_key_id": "", "secret_access_key": ""}

    page = admin.post(path, kept, follow=True).text

    made.refresh_from_db()
    secrets = open_sealed(made.secrets)
    signed = eventbridge.make(made.config, secrets, http.client()).credentials
    assert (signed.token, token in page) == (token, False)


@pytest.mark.django_db
def test_a_new_key_without_a_token_ends_the_token_of_the_key_before(admin: Client) -> None:
    admin.post("/connections/new/eventbridge", EVENTBRIDGE | {"session_token": "the-t0ken"})
    made = Connection.objects.get()

    admin.post(f"/connections/{made.pk}", EVENTBRIDGE | {"access_key_id": "AKIA2"})

    made.refresh_from_db()
    assert open_sealed(made.secrets) == {"access_key_id": "AKIA2", "secret_access_key": "the s3cret"}
