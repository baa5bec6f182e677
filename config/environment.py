"""Reads settings from the environment and refuses bad values in words."""

import os
from collections.abc import Callable, Collection
from typing import TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")


def text(name: str, default: str = "") -> str:
    return os.environ.get(name) or default


def flag(name: str, default: bool) -> bool:
    given = os.environ.get(name, "").lower()
    if given in ("", "1", "true", "yes", "on", "0", "false", "no", "off"):
        return default if given == "" else given in ("1", "true", "yes", "on")
    raise ImproperlyConfigured(f"{name}={given!r}: write 1 or 0.")


def choice(name: str, default: str, allowed: Collection[str]) -> str:
    given = text(name, default).upper()
    if given not in allowed:
        raise ImproperlyConfigured(f"{name}={given!r}: write one of {', '.join(allowed)}.")
    return given


def whole(name: str, default: int, least: int = 0) -> int:
    return int(number(name, default, least, int))


def seconds(name: str, default: float, least: float = 0.0) -> float:
    return number(name, default, least, float)


def number(name: str, default: float, least: float, kind: Callable[[str], float]) -> float:
    given = os.environ.get(name, "")
    try:
        value = kind(given) if given else default
    except ValueError:
        raise ImproperlyConfigured(f"{name}={given!r} is no number.") from None
    if value < least:
        raise ImproperlyConfigured(f"{name}={given!r}: at least {least} is needed.")
    return value


def listed(name: str, default: str = "") -> list[str]:
    return [item.strip() for item in text(name, default).split(",") if item.strip()]


def public_url(name: str, *, secure: bool) -> str:
    """Where an installation is reached, without a slash at its end; one-click unsubscribing works over https alone.

    Raises ImproperlyConfigured.
    """
    given = text(name).rstrip("/")
    parts = urlsplit(given)
    allowed = ("https",) if secure else ("https", "http")
    if given and (parts.scheme not in allowed or not parts.hostname or parts.query or parts.fragment):
        raise ImproperlyConfigured(f"{name}={given!r}: write the whole address, such as https://belfry.example.com.")
    return given


def mail_server(url: str) -> tuple[str, int, str, str, bool, bool]:
    """Host, port, user, password, whether STARTTLS is used, whether TLS is from the start: of
    `smtp://user:password@host:587` (STARTTLS), `smtps://…:465` or, without encryption, `smtp+plain://localhost:25`.

    Raises ImproperlyConfigured.
    """
    parts, ports = urlsplit(url), {"": 25, "smtp": 587, "smtps": 465, "smtp+plain": 25}
    if parts.scheme not in ports or bool(url) != bool(parts.hostname):
        raise ImproperlyConfigured("BELFRY_MAIL_SERVER is written smtp://user:password@host:587, or smtps://…:465.")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    port = parts.port or ports[parts.scheme]
    return parts.hostname or "", port, user, password, parts.scheme == "smtp", parts.scheme == "smtps"


def database(url: str) -> dict[str, object]:
    """A DATABASES entry from `postgresql://user:password@host:port/name?host=/socket`; raises ImproperlyConfigured."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured("DATABASE_URL must begin with postgresql://; PostgreSQL is the only database.")
    options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    host = options.pop("host", "") or unquote(parts.hostname or "")
    port = options.pop("port", "") or str(parts.port or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": port,
        "OPTIONS": options,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
