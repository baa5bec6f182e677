"""Whoever comes second at an import's buttons is told who was first, and nothing is recorded that did not happen."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import AuditEntry, Role
from people import imports, mapping, tasks
from people.models import Import
from tests.conftest import ClientAs

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(tmp_path: Path, settings: Settings) -> Import:
    settings.MEDIA_ROOT = tmp_path
    return imports.keep([b"id,points\nann,1\n"], name="a.csv", kind="profiles", by=None)


def press(client: Client, made: Import, what: str, **given: str) -> list[str]:
    """What is said on the page that it leads to."""
    answer: Any = client.post(f"/people/imports/{made.pk}/{what}", given, follow=True)
    return [str(message) for message in answer.context["messages"]]


CHOICES = {"target-0": "identity", "type-0": "text", "target-1": "custom", "name-1": "points", "type-1": "number"}


def test_columns_chosen_in_a_second_tab_are_not_used_and_it_says_so(client_as: ClientAs, made: Import) -> None:
    first, second = client_as(Role.CREATOR), client_as(Role.CREATOR)
    name = first.user.username  # type: ignore[attr-defined]  # set by the fixture
    assert press(first, made, "mapping", **CHOICES) == []

    said = press(second, made, "mapping", **{**CHOICES, "name-1": "other"})

    assert said == [f"What you chose for the columns is not used. {name} started this import just now."]
    made.refresh_from_db()
    assert mapping.columns_of(made.mapping)[1].name == "points"


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("stop", "stop", "“a.csv” is stopped, so it cannot be stopped. You stopped this import just now."),
        (
            "resume", "resume",
            "“a.csv” is waiting for a worker, so it cannot be continued. You resumed this import just now.",
        ),
    ],
)  # fmt: skip
def test_what_was_done_already_is_said_to_be(creator: Client, made: Import, first: str, second: str, said: str) -> None:
    press(creator, made, "mapping", **CHOICES)
    if first == "resume":
        press(creator, made, "stop")
    press(creator, made, first)
    before = AuditEntry.objects.count()

    assert press(creator, made, second) == [said]
    assert AuditEntry.objects.count() == before


def test_a_completed_import_is_not_stopped(creator: Client, made: Import) -> None:
    press(creator, made, "mapping", **CHOICES)
    tasks.TASKS["people.import"](made.pk, float("inf"))

    said = press(creator, made, "stop")

    assert said == ["“a.csv” is completed, so it cannot be stopped. You started this import just now."]
    assert list(AuditEntry.objects.filter(action="stopped")) == []
