"""Promises about the whole: migrations, documents, sizes, headers, and who may open which page."""

import re
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from config.sizes import too_long

ROOT = Path(settings.BASE_DIR)
READ = re.compile(
    r'environment\.(?:text|choice|flag|whole|seconds|listed|public_url)\(\s*"(\w+)"|os\.environ(?:\.get\(|\[)"(\w+)"'
)
OF_OTHERS = {"DJANGO_SETTINGS_MODULE", "CHROMIUM", "CI"}
PRODUCTION = {"BELFRY_PRODUCTION": "1", "BELFRY_SECRET_KEY": "abcdefghij" * 6, "BELFRY_HOSTS": "belfry.example.com"}


def settings_read() -> Iterator[str]:
    for source in [*ROOT.glob("config/*.py"), ROOT / "manage.py"]:
        for names in READ.findall(source.read_text()):
            yield "".join(names)


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, stdout=StringIO())


def test_every_setting_is_in_the_operating_guide_and_nothing_else_is() -> None:
    documented = set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/operating.md").read_text(), re.MULTILINE))

    assert documented == set(settings_read()) - OF_OTHERS


def test_no_file_is_too_long() -> None:
    assert too_long() == []


def test_the_deployment_check_is_clean_under_production_settings() -> None:
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "INFO"]
    environment = {**PRODUCTION, "DATABASE_URL": "postgresql:///unused", "PATH": ""}

    checked = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert (checked.returncode, checked.stderr) == (0, "")
