"""Settings refuse what cannot work, in words."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured

from config import environment

ROOT = Path(django_settings.BASE_DIR)
PRINT = "from config import settings as s; print({})"


def started(expression: str, **given: str) -> tuple[int, str]:
    """Read the settings in a process of its own; returns the exit code and what was said last."""
    variables = {"DATABASE_URL": "postgresql:///unused", "BELFRY_SECRET_KEY": "x" * 50, "PATH": "", **given}
    command = [sys.executable, "-c", PRINT.format(expression)]
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    return done.returncode, (done.stdout or done.stderr).strip().splitlines()[-1]


def test_production_without_a_secret_key_does_not_start() -> None:
    code, words = started("s.DEBUG", BELFRY_PRODUCTION="1", BELFRY_SECRET_KEY="")

    assert code == 1
    assert "BELFRY_SECRET_KEY is not set" in words


def test_production_is_https_with_secure_cookies() -> None:
    asked = "(s.SECURE_SSL_REDIRECT, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS, s.DEBUG)"

    assert started(asked, BELFRY_PRODUCTION="1") == (0, "(True, True, True, 31536000, False)")


@pytest.mark.parametrize(
    ("given", "is_production", "is_taken"),
    [
        ("https://belfry.example.com", True, True),
        ("http://belfry.example.com", True, False),
        ("http://127.0.0.1:8000", False, True),
        ("belfry.example.com", False, False),
        ("https://", False, False),
        ("https://belfry.example.com?a=1", False, False),
        ("", True, True),
    ],
)
def test_a_public_address_is_a_whole_one_and_https_in_production(
    monkeypatch: pytest.MonkeyPatch, given: str, is_production: bool, is_taken: bool
) -> None:
    monkeypatch.setenv("BELFRY_PUBLIC_URL", f"{given}/" if given else "")

    if is_taken:
        assert environment.public_url("BELFRY_PUBLIC_URL", secure=is_production) == given
    else:
        with pytest.raises(ImproperlyConfigured, match="write the whole address"):
            environment.public_url("BELFRY_PUBLIC_URL", secure=is_production)


@pytest.mark.parametrize("bad", ["mysql://db/belfry", "belfry"])
def test_another_database_than_postgresql_is_refused(bad: str) -> None:
    code, words = started("s.DATABASES", DATABASE_URL=bad)

    assert code == 1
    assert "PostgreSQL is the only database" in words


def test_a_database_url_may_hold_any_character_when_quoted() -> None:
    assert environment.database("postgresql://us%40r:p%2Fw@db.example:5433/my%20db?sslmode=require") == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "my db",
        "USER": "us@r",
        "PASSWORD": "p/w",
        "HOST": "db.example",
        "PORT": "5433",
        "OPTIONS": {"sslmode": "require"},
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def test_a_socket_directory_may_hold_a_space() -> None:
    found = environment.database("postgresql://belfry@/belfry?host=/srv/my%20belfry&port=5433")

    assert (found["HOST"], found["PORT"], found["OPTIONS"]) == ("/srv/my belfry", "5433", {})


@pytest.mark.parametrize(
    ("given", "words"), [("many", "is no number"), ("0", "at least 1 is needed"), ("1.5", "is no")]
)
def test_a_number_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, given: str, words: str) -> None:
    monkeypatch.setenv("BELFRY_WORKERS", given)

    with pytest.raises(ImproperlyConfigured, match=words):
        environment.whole("BELFRY_WORKERS", 2, least=1)


def test_an_empty_setting_counts_as_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELFRY_VAR", "")
    monkeypatch.setenv("BELFRY_WORKERS", "")

    assert environment.text("BELFRY_VAR", "var") == "var"
    assert environment.whole("BELFRY_WORKERS", 2) == 2


def test_a_flag_is_1_or_0(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELFRY_DEBUG", "maybe")

    with pytest.raises(ImproperlyConfigured, match="write 1 or 0"):
        environment.flag("BELFRY_DEBUG", default=False)


def test_a_log_level_that_is_none_is_refused() -> None:
    code, words = started("s.LOGGING", BELFRY_LOG_LEVEL="loud")

    assert code == 1
    assert "write one of DEBUG, INFO, WARNING, ERROR" in words
