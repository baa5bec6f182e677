"""An import that took in nothing does not look like a success, and its columns can be chosen again."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import AuditEntry
from people import imports, mapping, tasks, uploads
from people.models import Import, ImportRefusal, Profile

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder_of_uploads(tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT = tmp_path


def done(text: str, **types: str) -> Import:
    """A file that was brought in, with other types than those that were guessed."""
    made = imports.keep([text.encode()], name="a.csv", kind="profiles", by=None)
    columns = [
        mapping.Column(each.header, each.target, each.name, types.get(each.header, each.type))
        for each in mapping.columns_of(made.mapping)
    ]
    imports.start(made, columns, "")
    return run(made)


def run(made: Import) -> Import:
    tasks.TASKS["people.import"](made.pk, float("inf"))
    made.refresh_from_db()
    return made


def test_where_every_line_was_refused_the_page_says_so_and_leads_to_the_columns(creator: Client) -> None:
    made = done("id,points\nann,many\nbob,few\n", points="number")
    page = creator.get(f"/people/imports/{made.pk}").text
    assert "Nothing taken in" in page
    assert "Every line was refused, so nothing was changed." in page

    answer = creator.post(f"/people/imports/{made.pk}/choose-again", follow=True)

    assert answer.redirect_chain[-1][0] == f"/people/imports/{made.pk}/mapping"
    assert "“many” in line 2 is no number: that line and 1 other would be refused." in answer.text
    assert (ImportRefusal.objects.count(), AuditEntry.objects.get().action) == (0, "reopened")


def test_with_other_columns_the_same_file_comes_in_whole(creator: Client) -> None:
    made = done('id,points\nann,"ma\nny"\nbob,few\n', points="number")
    creator.post(f"/people/imports/{made.pk}/choose-again")
    made.refresh_from_db()
    columns = [mapping.Column("id", "identity"), mapping.Column("points", "custom", "points", "text")]

    assert imports.start(made, columns, "")
    run(made)

    assert (made.state, made.accepted, made.rejected, made.refusals.count()) == ("completed", 2, 0, 0)
    assert list(Profile.objects.order_by("pk").values_list("properties", flat=True)) == [
        {"points": "ma\nny"}, {"points": "few"},
    ]  # fmt: skip


def test_what_took_somebody_in_is_not_begun_again(creator: Client) -> None:
    made = done("id,points\nann,1\nbob,few\n", points="number")

    answer: Any = creator.post(f"/people/imports/{made.pk}/choose-again", follow=True)

    assert "“a.csv” is completed, so it cannot be given other columns." in answer.text
    assert "Change the columns" not in answer.text
    made.refresh_from_db()
    assert (made.state, made.accepted, made.rejected) == ("completed", 1, 1)


def test_without_its_file_nothing_is_lost(creator: Client) -> None:
    made = done("id,points\nann,many\n", points="number")
    uploads.file_of(made).unlink()

    assert "Change the columns" not in creator.get(f"/people/imports/{made.pk}").text
    answer = creator.post(f"/people/imports/{made.pk}/choose-again", follow=True)

    assert "The uploaded file cannot be read any more. Upload it again." in answer.text
    made.refresh_from_db()
    assert (made.state, made.refusals.count()) == ("completed", 1)
