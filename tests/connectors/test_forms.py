"""The settings of each kind of connection: what is kept, what is refused, what never comes back."""

from typing import Any

import pytest
from django.test import Client

from connectors import eventbridge, mparticle
from connectors.connections import one_per_address
from connectors.forms import FORMS
from connectors.models import Connection
from connectors.secrets import open_sealed
from tests.connectors.factories import connection

pytestmark = pytest.mark.django_db

MPARTICLE = {
    "name": "Warehouse",
    "key": "the key",
    "secret": "the s3cret",
    "region": mparticle.REGIONS["eu1"],
    "url": "",
    "environment": "development",
    "rate_per_second": "",
}
EVENTBRIDGE = {
    "name": "Bus",
    "access_key_id": "AKIA1",
    "secret_access_key": "the s3cret",
    "aws_region": "eu-west-1",
    "region": "aws",
    "url": "",
    "bus": "marketing",
    "source": "shop.campaigns",
    "detail_type": "Campaign Message",
    "max_request_bytes": str(eventbridge.CAREFUL_CALL_BYTES),
    "rate_per_second": "500",
}


def test_an_mparticle_connection_is_set_up(admin: Client) -> None:
    admin.post("/connections/new/mparticle", MPARTICLE)

    made = Connection.objects.get()
    assert (made.kind, made.config) == (
        "mparticle", {"url": "https://s2s.eu1.mparticle.com/v2", "environment": "development"},
    )  # fmt: skip
    assert open_sealed(made.secrets) == {"key": "the key", "secret": "the s3cret"}


def test_an_eventbridge_connection_is_set_up(admin: Client) -> None:
    admin.post("/connections/new/eventbridge", EVENTBRIDGE)

    made = Connection.objects.get()
    assert (made.kind, made.rate_per_second) == ("eventbridge", 500)
    assert made.config == {
        "url": "", "region": "eu-west-1", "bus": "marketing", "source": "shop.campaigns",
        "detail_type": "Campaign Message", "max_request_bytes": 262_144,
    }  # fmt: skip
    assert open_sealed(made.secrets) == {"access_key_id": "AKIA1", "secret_access_key": "the s3cret"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"source": "aws.shop"}, "Amazon keeps sources that begin with aws. for itself."),
        ({"source": "AWS.shop"}, "Amazon keeps sources that begin with aws. for itself."),
        ({"bus": "my bus"}, "A bus is named with letters, digits"),
        ({"aws_region": "nowhere"}, "nowhere"),
        ({"region": "other", "url": "https://user:pw@10.0.0.1/"}, "address"),
        ({"secret_access_key": ""}, "required"),
        ({"detail_type": "x" * 129}, "128"),
    ],
)
def test_what_amazon_would_refuse_is_refused_in_the_form(admin: Client, changes: dict[str, str], words: str) -> None:
    answer = admin.post("/connections/new/eventbridge", EVENTBRIDGE | changes)

    assert (answer.status_code, Connection.objects.count()) == (422, 0)
    assert words in answer.text


def test_an_address_is_asked_for_where_it_counts(admin: Client) -> None:
    begun = admin.get("/connections/new/mparticle").content.decode()
    other = admin.post("/connections/new/mparticle", {"turn": "1", "region": "other"}).content.decode()
    missing = admin.post("/connections/new/mparticle", MPARTICLE | {"region": "other"})

    assert ('name="url"' in begun, 'name="url"' in other) == (False, True)
    assert (missing.status_code, list(missing.context["form"].errors)) == (422, ["url"])


def test_connections_stand_by_their_names_whatever_the_letters(admin: Client) -> None:
    for name in ("Segment EU", "mParticle", "Archive"):
        connection(name=name)

    assert [row.connection.name for row in admin.get("/connections/").context["rows"]] == [
        "Archive",
        "mParticle",
        "Segment EU",
    ]


@pytest.mark.parametrize(("kind", "typed"), [("mparticle", MPARTICLE), ("eventbridge", EVENTBRIDGE)])
def test_secrets_are_kept_when_left_empty_and_never_shown(admin: Client, kind: str, typed: dict[str, Any]) -> None:
    admin.post(f"/connections/new/{kind}", typed)
    made = Connection.objects.get()
    emptied = {name: "" if "secret" in name or "key" in name else value for name, value in typed.items()}

    answer = admin.post(f"/connections/{made.pk}", emptied | {"name": "Renamed"}, follow=True)

    before, after = open_sealed(made.secrets), Connection.objects.get()
    assert (after.name, open_sealed(after.secrets), after.config) == ("Renamed", before, made.config)
    assert "s3cret" not in answer.text


@pytest.mark.parametrize(("kind", "typed"), [("mparticle", MPARTICLE), ("eventbridge", EVENTBRIDGE)])
def test_no_secret_goes_to_a_new_address_unless_all_are_typed_again(
    admin: Client, kind: str, typed: dict[str, Any]
) -> None:
    admin.post(f"/connections/new/{kind}", typed)
    made = Connection.objects.get()
    elsewhere = typed | {"region": "other", "url": "https://example.com/v2"}
    last = "secret" if kind == "mparticle" else "secret_access_key"

    refused = admin.post(f"/connections/{made.pk}", elsewhere | {last: ""})
    kept = Connection.objects.get().config
    admin.post(f"/connections/{made.pk}", elsewhere)

    assert (refused.status_code, kept) == (422, made.config)
    assert Connection.objects.get().config["url"] == "https://example.com/v2"


@pytest.mark.parametrize(
    ("kind", "config", "typed", "expected"),
    [
        ("file", {}, {}, False),
        ("file", {}, {"one_per_address": "on"}, True),
        ("file", {"one_per_address": True}, {"one_per_address": "on"}, True),
        ("file", {"one_per_address": True}, {}, False),
    ],
)
def test_an_address_shared_by_several_people_is_a_choice_of_the_connection(
    kind: str, config: dict[str, bool], typed: dict[str, str], expected: bool
) -> None:
    made = connection(kind, config=config)
    form = FORMS[kind]({"name": made.name, "format": "csv", **typed}, connection=made)

    assert form.is_valid()
    made.config |= form.chosen().config
    assert (one_per_address(made), made.config["format"]) == (expected, "csv")


def test_mails_go_once_to_an_address_unless_somebody_says_otherwise() -> None:
    made = connection("email")

    assert FORMS["email"]()["one_per_address"].value() is True
    assert FORMS["email"](connection=made)["one_per_address"].value() is True
    assert FORMS["segment"]()["one_per_address"].value() in (None, False)
    assert (one_per_address(made), one_per_address(connection("webhook"))) == (True, False)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("segment", "1,000 a second"),
        ("mparticle", "270 people a second"),
        ("eventbridge", "2,400 in us-east-2 and eu-central-1"),
        ("webhook", "Whoever runs the receiver"),
        ("email", "Ask your provider"),
    ],
)
def test_the_rate_says_what_the_other_side_usually_takes(admin: Client, kind: str, words: str) -> None:
    hint = str(FORMS[kind]()["rate_per_second"].help_text)

    assert hint.startswith("Leave it empty to send as fast as the other side takes them. ")
    assert words in hint
    assert hint in admin.get(f"/connections/new/{kind}").text


def test_a_token_may_be_as_long_as_signed_ones_are(admin: Client) -> None:
    signed = "eyJhbGciOiJSUzI1NiJ9." + "x" * 3_900
    typed = {
        "name": "Shop",
        "url": "https://hooks.example.com",
        "auth": "bearer",
        "bearer_token": signed,
        "batch_size": "1",
    }

    refused = admin.post("/connections/new/webhook", typed | {"bearer_token": "x" * 4_001})
    made = admin.post("/connections/new/webhook", typed)

    assert (refused.status_code, made.status_code) == (422, 302)
    assert open_sealed(Connection.objects.get().secrets)["bearer_token"] == signed
