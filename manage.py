"""Runs Belfry's commands."""

import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

from config import postgres

VAR = Path(os.environ.get("BELFRY_VAR") or Path(__file__).resolve().parent / "var").resolve()


def main(arguments: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        if arguments[1:2] == ["pg"]:
            return postgres.command(arguments[2:], VAR)
        with postgres.left_as_found_if_it_breaks(VAR):
            execute_from_command_line(arguments)
    except postgres.PostgresError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
