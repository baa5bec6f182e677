"""`manage.py segment FILE.json`: counts a segment, explains one person, or prints the query."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from people.models import Profile
from segments import audience
from segments.context import Context
from segments.describe import sentence
from segments.names import named, refuse_unknown_names
from segments.parse import TreeError, parse
from segments.reading import TooSlow
from segments.tree import Tree


class Command(BaseCommand):
    help = "Count a segment given as JSON, with the same code as the page."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.json")
        parser.add_argument("--explain", metavar="IDENTITY", help="Say why this person is in it or not.")
        parser.add_argument("--sql", action="store_true", help="Print the query instead of running it.")

    def handle(self, *args: Any, file: Path, explain: str | None, sql: bool, **options: Any) -> None:
        tree, context = read(file), audience.current()
        try:
            if sql:
                self.stdout.write(query(tree, context))
            elif explain is not None:
                self.stdout.write(explanation(tree, explain, context))
            else:
                self.stdout.write(reach(tree, context))
        except TreeError as error:  # a segment that the rule refers to cannot be used
            raise CommandError(error.located) from error
        except TooSlow as error:
            raise CommandError(str(error)) from error


def read(file: Path) -> Tree:
    try:
        tree = parse(json.loads(file.read_text(encoding="utf-8")))
        refuse_unknown_names(tree)
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise CommandError(f"{file} cannot be read as JSON: {error}") from error
    except TreeError as error:
        raise CommandError(f"{file}: {error.located}") from error
    return tree


def query(tree: Tree, context: Context) -> str:
    with connection.cursor() as cursor:
        return audience.select_from(tree, context).as_string(cursor.connection)


def explanation(tree: Tree, identity: str, context: Context) -> str:
    try:
        profile = Profile.objects.get(identity=identity)
    except Profile.DoesNotExist:
        raise CommandError(f"Nobody has the identity {identity}.") from None
    found = audience.explain(tree, profile, context)
    lines = [f"{profile} is {'in' if found.is_in else 'not in'} the segment."]
    for finding in found.findings:
        mark, saw = "yes" if finding.holds else "no ", f": {finding.saw}" if finding.saw else ""
        lines.append(f"{'  ' * finding.depth}{mark} {finding.words}{saw}")
    return "\n".join(lines)


def reach(tree: Tree, context: Context) -> str:
    found = audience.count(tree, context)
    return f"{sentence(tree, named(tree))}\n{found.people} people in {found.seconds * 1000:.0f} ms"
