"""The people of a segment as a file: whose, with what in it, by whom, in how much memory."""

import codecs
import csv
import tracemalloc
from contextlib import closing
from io import StringIO

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from accounts.models import AuditEntry, Role
from connectors import spreadsheets
from people.models import PropertyName
from segments import export
from segments.reading import TooSlow
from segments.tree import All, Tree
from tests.conftest import ClientAs
from tests.segments.making import CONTEXT, person, segment

pytestmark = pytest.mark.django_db(transaction=True)  # the file is read on a connection of its own


def records(content: bytes) -> list[list[str]]:
    """Of a file that begins as a spreadsheet wants it."""
    assert content.startswith(codecs.BOM_UTF8)
    return list(csv.reader(StringIO(content.decode("utf-8-sig"))))


def rows(tree: Tree, *names: str) -> list[list[str]]:
    with closing(export.file_of(tree, names, CONTEXT)) as file:
        return records(file.read())


def idle_in_transaction() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND xact_start IS NOT NULL"
        )
        found: int = cursor.fetchone()[0]
    return found


def test_the_file_has_the_chosen_columns_of_everybody_in_it(creator: Client) -> None:
    PropertyName.objects.create(name="points", types={"number": 1})
    PropertyName.objects.create(name="secret", is_hidden=True, types={"number": 1})
    person("ana", language="es", properties={"points": -3.5})
    person("eva", language="es", name='Eva, "the first"\nof all', properties={"points": ["a", "=b"]})
    person("bob", language="en")
    kept = segment("Spanish & others")

    answer = creator.post(
        f"/segments/{kept.pk}/export", {"column": ["points", "identity", "name", "secret", "password"]}
    )

    assert records(b"".join(answer)) == [
        ["identity", "name", "points"],
        ["ana", "", "-3.5"],
        ["eva", 'Eva, "the first"\nof all', '["a", "=b"]'],
    ]
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="spanish-others-')
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.changes) == ("exported", {"columns": [[], ["identity", "name", "points"]]})


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"), ("@x", "'@x"), ("-x", "'-x"), ("+x", "'+x"), ("\tx", "'\tx"), ("+4930123", "+4930123"),
        ("+49=1", "'+49=1"), (-3, "-3"), (1.5, "1.5"), (None, ""), (True, "true"), (False, "false"),
        ({"a": 1}, '{"a": 1}'),
    ],
)  # fmt: skip
def test_a_spreadsheet_runs_nothing(value: object, cell: str) -> None:
    assert spreadsheets.cell(value) == cell


def test_a_name_of_a_property_runs_nothing_either() -> None:
    PropertyName.objects.create(name="=evil()", types={"text": 1})
    person("ana", properties={"=evil()": "x"})

    assert rows(All(), "=evil()") == [["'=evil()"], ["x"]]


def test_only_who_may_export_gets_the_page_and_the_file(client_as: ClientAs) -> None:
    kept = segment()
    client = client_as(Role.MEMBER)

    assert client.get(f"/segments/{kept.pk}/export").status_code == 403
    assert client.post(f"/segments/{kept.pk}/export", {"column": ["identity"]}).status_code == 403
    assert "Export" not in client.get(f"/segments/{kept.pk}").content.decode()
    assert AuditEntry.objects.filter(action="exported").count() == 0


def test_no_column_is_no_file(creator: Client) -> None:
    kept = segment()

    answer = creator.post(f"/segments/{kept.pk}/export", {"column": ["nothing"]})

    assert (answer.status_code, "Choose at least one column." in answer.content.decode()) == (422, True)


def test_a_rule_that_cannot_be_read_says_so_before_the_file_begins(creator: Client) -> None:
    kept = segment("Broken", {"segment": 9, "is": "in"})

    answer = creator.post(f"/segments/{kept.pk}/export", {"column": ["identity"]})

    assert (answer.status_code, "was deleted" in answer.content.decode()) == (422, True)


def test_the_time_limit_counts_for_the_file_too(settings: Settings) -> None:
    settings.STATEMENT_TIMEOUT_SECONDS = 0.1
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO people_profile (identity, properties, bucket, created_at, updated_at)"
            " SELECT n::text, '{}', 0, now(), now() FROM generate_series(1, 60000) n"
        )
        cursor.execute("BEGIN; LOCK people_profile")
    try:
        with pytest.raises(TooSlow):
            export.file_of(All(), ["identity"], CONTEXT)
    finally:
        connection.rollback()


def test_many_people_take_the_memory_of_few() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO people_profile (identity, name, properties, bucket, created_at, updated_at)"
            " SELECT n::text, repeat('x', 500), '{}', 0, now(), now() FROM generate_series(1, 20000) n"
        )
    tracemalloc.start()

    file = export.file_of(All(), ["identity", "name"], CONTEXT)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert file.seek(0, 2) > 10_000_000
    assert most < 6_000_000
    file.close()


def test_a_file_that_nobody_reads_holds_no_transaction(creator: Client) -> None:
    person("ana", language="es")
    answer = creator.post(f"/segments/{segment().pk}/export", {"column": ["identity"]})

    idle, content = idle_in_transaction(), b"".join(answer)

    assert (idle, records(content)) == (0, [["identity"], ["ana"]])


def test_a_third_export_at_a_time_is_refused_in_words(creator: Client) -> None:
    kept, under_way = segment(), [export.connection() for _ in range(2)]
    for server in under_way:
        export.take_turn(server)

    refused = creator.post(f"/segments/{kept.pk}/export", {"column": ["identity"]})
    under_way.pop().close()
    taken = creator.post(f"/segments/{kept.pk}/export", {"column": ["identity"]})
    meanwhile = creator.post(f"/segments/{kept.pk}/export", {"column": ["identity"]})
    b"".join(taken)
    under_way.pop().close()

    assert meanwhile.status_code == 503
    assert (refused.status_code, taken.status_code) == (503, 200)
    assert "Two exports are under way; try again in a minute." in refused.content.decode()
    assert AuditEntry.objects.filter(action="exported").count() == 1
