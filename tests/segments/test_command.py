"""`manage.py segment`: the same answers as the page, in a terminal."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings

from tests.segments.making import SPANISH, person, rule

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "spanish.json"
    path.write_text(json.dumps(rule(SPANISH)), encoding="utf-8")
    return path


def said(*arguments: object) -> str:
    out = StringIO()
    call_command("segment", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_it_counts_a_rule_and_says_it(file: Path) -> None:
    person("a", language="es")
    person("b", language="pt")

    sentence, count = said(file).splitlines()

    assert sentence == "People whose language is “Spanish (es)”."
    assert count.startswith("1 people in ")


def test_it_explains_one_person(file: Path) -> None:
    person("b", name="Bia", language="pt")

    assert said(file, "--explain", "b").splitlines() == [
        "Bia is not in the segment.",
        "no  all of these",
        "  no  whose language is “Spanish (es)”: “Portuguese (pt)”",
    ]
    with pytest.raises(CommandError, match="Nobody has the identity c"):
        said(file, "--explain", "c")


def test_it_prints_a_query_that_runs(file: Path) -> None:
    found = person("a", language="es")

    with connection.cursor() as cursor:
        cursor.execute(said(file, "--sql"))
        assert cursor.fetchall() == [(found.pk,)]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "cannot be read as JSON"),
        ("[" * 100_000, "cannot be read as JSON"),
        ('{"version": 2, "rule": {}}', "version: This segment is of another version"),
        (json.dumps(rule({**SPANISH, "property": "shoe"})), "No person has a property “shoe”"),
    ],
)
def test_a_file_that_is_no_rule_is_refused_with_its_place(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(content)

    with pytest.raises(CommandError, match=words):
        said(path)
    with pytest.raises(CommandError, match="cannot be read"):
        said(tmp_path / "none.json")


@override_settings(STATEMENT_TIMEOUT_SECONDS=0.001)
def test_a_query_that_takes_too_long_says_so(tmp_path: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO people_profile (language, properties, bucket, created_at, updated_at)"
            " SELECT 'es', '{}', 0, now(), now() FROM generate_series(1, 50000)"
        )
    path = tmp_path / "slow.json"
    path.write_text(json.dumps(rule({**SPANISH, "operator": "contains", "value": "x"})))

    with pytest.raises(CommandError, match="was stopped"):
        said(path)
