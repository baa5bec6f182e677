"""The people of a segment as CSV, streamed from a cursor of the server: a million of them in the memory of some."""

import csv
import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

import psycopg
from django.conf import settings
from django.db import connections
from psycopg import errors
from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from people.csv_files import formula_safe
from people.models import PropertyName
from people.properties import COLUMNS
from segments import reading
from segments.compiler import predicate
from segments.context import Context
from segments.reading import TooSlow
from segments.tree import Tree

AT_ONCE = 2000  # people
STANDARD = ("identity", "name", "first_name", "email", "phone", "language", "country")
PHONE_DIGITS = frozenset("0123456789")


@dataclass(frozen=True, slots=True)
class Column:
    """A property of people, of their own or a standard one."""

    name: str
    is_own: bool
    is_chosen: bool


def columns() -> list[Column]:
    """What can be chosen: the standard columns, then people's own properties by name."""
    own = PropertyName.objects.filter(event=None, is_hidden=False).exclude(name__in=COLUMNS)
    names = sorted(own.values_list("name", flat=True), key=str.casefold)
    return [Column(name, False, name in STANDARD) for name in COLUMNS] + [Column(name, True, False) for name in names]


def rows(tree: Tree, names: Sequence[str], context: Context) -> Iterator[str]:
    """The lines of the file, the names first. Raises TooSlow and TreeError before the first line.

    It reads on a connection of its own, in one read-only transaction: the file is of one instant.
    """
    question = SQL("SELECT {} FROM people_profile p WHERE {} ORDER BY p.id").format(
        SQL(", ").join(map(column_sql, names)), predicate(tree, context)
    )
    lines = written(question, names)
    next(lines)
    return lines


def written(question: Composed, names: Sequence[str]) -> Iterator[str]:
    """First nothing, as soon as there are people; then a text for each `AT_ONCE` of them."""
    writer, cells = csv.writer(Echo()), [cell if name in COLUMNS else own_cell for name in names]
    with closing(connection()) as server, server.cursor(name="export") as cursor:
        try:
            cursor.itersize = AT_ONCE
            cursor.execute(question)
            people = cursor.fetchmany(AT_ONCE)
        except errors.QueryCanceled as error:
            raise TooSlow("Finding these people took too long and was stopped.") from error
        yield ""
        yield writer.writerow([formula_safe(name) for name in names])
        while people:
            yield "".join(
                writer.writerow([text_of(value) for text_of, value in zip(cells, person, strict=True)])
                for person in people
            )
            people = cursor.fetchmany(AT_ONCE)


def connection() -> "psycopg.Connection[tuple[object, ...]]":
    """Of its own, as it is read from long after the request's own one was given back."""
    wrapper = connections[reading.alias()]
    server: psycopg.Connection[tuple[object, ...]] = wrapper.get_new_connection(wrapper.get_connection_params())
    server.autocommit = False
    server.execute("SET TRANSACTION READ ONLY")
    server.execute(reading.limits(settings.STATEMENT_TIMEOUT_SECONDS))
    server.execute(reading.for_sets())
    server.execute("SELECT set_config('cursor_tuple_fraction', '1', TRUE)")  # all of them are wanted
    return server


def column_sql(name: str) -> Composable:
    if name in COLUMNS:
        return Identifier("p", name)
    return SQL("p.properties -> {}").format(Literal(name))


def own_cell(value: object) -> str:
    """Of people's own properties, which come as the text of JSON."""
    return cell(json.loads(value) if isinstance(value, str) else value)


def cell(value: object) -> str:
    """As text that no spreadsheet runs; a number stays one, also with a sign, and so does a phone number."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case list() | dict():
            return formula_safe(json.dumps(value, ensure_ascii=False))
        case _:
            text = str(value)
            return text if is_phone(text) else formula_safe(text)


def is_phone(text: str) -> bool:
    return text[:1] == "+" and len(text) > 1 and PHONE_DIGITS.issuperset(text[1:])


class Echo:
    """What csv.writer writes to: it hands each line on."""

    def write(self, line: str) -> str:
        return line
