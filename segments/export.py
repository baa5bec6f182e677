"""The people of a segment as a CSV file, through a cursor of the server: a million of them in the memory of some."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import psycopg
from django.conf import settings
from django.db import connections
from django.http import FileResponse
from psycopg import errors
from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from connectors.spreadsheets import cell, formula_safe
from people.csv_files import put_aside
from people.models import PropertyName
from people.properties import COLUMNS
from segments import reading
from segments.compiler import predicate
from segments.context import Context
from segments.reading import TooSlow
from segments.tree import Tree

AT_ONCE = 2000  # people
STANDARD = ("identity", "name", "first_name", "email", "phone", "language", "country")
AT_A_TIME = 2  # exports of the installation
LOCK = 730_511_845  # with a number below AT_A_TIME
Server = psycopg.Connection[tuple[object, ...]]


class Busy(Exception):
    """As many exports as there may be are under way; the message is for marketers."""


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


def file_of(tree: Tree, names: Sequence[str], context: Context) -> "Aside":
    """The whole file, the names first, to be closed by the caller. Raises TooSlow, TreeError and Busy.

    It is read in one read-only transaction, so it is of one instant; that is over before anybody is sent anything.
    """
    question = SQL("SELECT {} FROM people_profile p WHERE {} ORDER BY p.id").format(
        SQL(", ").join(map(column_sql, names)), predicate(tree, context)
    )
    return aside(lambda server: lines(server, question, names))


def aside(written: Callable[[Server], Iterable[str]]) -> "Aside":
    """The lines in a file that holds one of the few places for exports until it is closed. Raises TooSlow and Busy."""
    server = connection()
    try:
        take_turn(server)
        file = put_aside(written(server))
        server.commit()
    except errors.QueryCanceled as error:
        server.close()
        raise TooSlow("Finding these people took too long and was stopped.") from error
    except BaseException:
        server.close()
        raise
    return Aside(file, server)


class Aside:
    """A file to be sent. Who reads it slowly keeps a thread of the web server, but no transaction."""

    def __init__(self, file: BinaryIO, server: Server) -> None:
        self.read, self.seek, self.tell = file.read, file.seek, file.tell
        self.file, self.server = file, server

    def close(self) -> None:
        self.file.close()
        self.server.close()


class Download(FileResponse):
    """A CSV file to be kept. Most are sent in one block, which the web server takes at once however slow the client."""

    block_size = 8 << 20

    def __init__(self, file: Aside, name: str) -> None:
        super().__init__(file, as_attachment=True, filename=name, content_type="text/csv; charset=utf-8")


def lines(server: Server, question: Composed, names: Sequence[str]) -> Iterator[str]:
    """The names, then a text for each `AT_ONCE` people."""
    writer, cells = csv.writer(Echo()), [cell if name in COLUMNS else own_cell for name in names]
    with server.cursor(name="export") as cursor:
        cursor.itersize = AT_ONCE
        cursor.execute(question)
        yield writer.writerow([formula_safe(name) for name in names])
        while people := cursor.fetchmany(AT_ONCE):
            yield "".join(
                writer.writerow([text_of(value) for text_of, value in zip(cells, person, strict=True)])
                for person in people
            )


def connection() -> Server:
    """Of its own, in a read-only transaction with a limit on each statement."""
    wrapper = connections[reading.alias()]
    server: Server = wrapper.get_new_connection(wrapper.get_connection_params())
    server.autocommit = False
    server.execute("SET TRANSACTION READ ONLY")
    server.execute(reading.limits(settings.STATEMENT_TIMEOUT_SECONDS))
    server.execute(reading.for_sets())
    server.execute("SELECT set_config('cursor_tuple_fraction', '1', TRUE)")  # all of them are wanted
    return server


def take_turn(server: Server) -> None:
    """Until the connection is closed. Raises Busy."""
    for number in range(AT_A_TIME):
        taken = server.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK, number]).fetchone()
        if taken and taken[0]:
            return
    raise Busy("Two exports are under way; try again in a minute.")


def column_sql(name: str) -> Composable:
    if name in COLUMNS:
        return Identifier("p", name)
    return SQL("p.properties -> {}").format(Literal(name))


def own_cell(value: object) -> str:
    """Of people's own properties, which come as the text of JSON."""
    return cell(json.loads(value) if isinstance(value, str) else value)


class Echo:
    """What csv.writer writes to: it hands each line on."""

    def write(self, line: str) -> str:
        return line
