"""The page to unsubscribe names whom the mail was from, where the company has no name of its own here."""

from typing import Any

import pytest
from django.test import Client

from campaigns.models import Campaign, Run
from connectors.models import Connection
from people import unsubscribing
from people.links import Origin
from tests import factories

pytestmark = pytest.mark.django_db

CONFIG = {"from_name": "The shop", "from_address": "shop@example.com"}


def campaign(**config: str) -> Campaign:
    return factories.campaign(Connection.objects.create(name="Mails", kind="email", config=config))


def sent(of: Campaign, **own: str) -> Run:
    """A run whose default copy says nothing of its sender, and whose Spanish one says `own`."""
    run = factories.run(of)
    pairs = [[f"@{name}", text] for name, text in own.items()]
    copies = [{"id": 1, "value": "", "pairs": []}, {"id": 2, "value": "es", "pairs": pairs}]
    Run.objects.filter(pk=run.pk).update(snapshot={"copies": copies}, connection=of.connection)
    return run


def named(of: Campaign, run: int = 1, copy: str = "es") -> str:
    person = factories.person(identity="ana", email="ana@example.com")
    answer: Any = Client().get(unsubscribing.path(Origin(person.pk, "", "email", "x", of.pk, run, copy)))
    return str(answer.context["page"].sender)


@pytest.mark.parametrize(
    ("config", "own", "name"),
    [
        (CONFIG, {"from_name": " La tienda "}, "La tienda"),
        (CONFIG, {"from_name": "{{ profile.city }} shop"}, "The shop"),
        (CONFIG, {"from_address": "tienda@example.com"}, "The shop"),
        ({"from_address": "shop@example.com"}, {"from_address": "tienda@example.com"}, "tienda@example.com"),
        ({"from_address": "shop@example.com"}, {}, "shop@example.com"),
        ({}, {}, ""),
    ],
)
def test_a_mail_is_from_the_name_it_was_sent_with(config: dict[str, str], own: dict[str, str], name: str) -> None:
    of = campaign(**config)
    sent(of, **own)

    assert named(of) == name


def test_each_copy_has_its_own_sender() -> None:
    of = campaign(**CONFIG)
    sent(of, from_name="La tienda")

    assert named(of, copy="Default") == "The shop"


def test_a_preview_and_what_nobody_knows_any_more_are_answered() -> None:
    of = campaign(**CONFIG)

    assert (named(of, run=0), of.pk) == ("The shop", of.pk)
    Campaign.objects.filter(pk=of.pk).update(connection=None)
    assert factories.person(identity="bob").pk
    answer: Any = Client().get(unsubscribing.path(Origin(1, "", "email", "x", of.pk, 7, "es")))
    assert answer.context["page"].sender == ""
    answer = Client().get(unsubscribing.path(Origin(1, "", "email", "x", 2_000_000_000, 1, "es")))
    assert answer.context["page"].sender == ""
