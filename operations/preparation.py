"""What `manage.py serve` does before it serves: tables, pages' files, the rows needed, the demo, a login."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from accounts.defaults import Login
from accounts.models import User
from operations import demo
from operations.defaults import ensure_defaults
from people.models import Profile

OLDEST_POSTGRESQL = 150_000
Say = Callable[[str], object]


def prepare(say: Say) -> Login | None:
    """Make everything ready, doing only what is not done yet; returns the login to show, if one is known."""
    check_database()
    if migrations_are_pending():
        say("Making the tables …")
        call_command("migrate", interactive=False, verbosity=0)
    collect_static(say)
    login = remember(ensure_defaults())
    if not (settings.PRODUCTION or Profile.objects.exists()):
        load_demo(say)
    return login


def load_demo(say: Say) -> None:
    """All of it or nothing: purchases, a draft to play with, and a campaign sent to a file, for a report to read."""
    say("Loading the demo: real purchases of people with made-up names …")
    with transaction.atomic():
        call_command("load_cdnow")
        demo.send_example(by=User.objects.filter(is_superuser=True).earliest("pk"), now=timezone.now())


def check_database() -> None:
    """Raises CommandError in words where there is no PostgreSQL 15 or newer."""
    try:
        connection.ensure_connection()
    except OperationalError as error:
        raise CommandError(f"The database cannot be reached: {error}") from error
    found = connection.cursor().connection.info.server_version
    if found < OLDEST_POSTGRESQL:
        raise CommandError(f"PostgreSQL {found // 10_000} is too old: Belfry needs 15 or newer.")


def migrations_are_pending() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def collect_static(say: Say) -> None:
    """Copy and compress the pages' files, unless they are as they were the last time."""
    stamp, now = Path(settings.STATIC_ROOT) / ".collected", static_fingerprint()
    if stamp.exists() and stamp.read_text() == now:
        return
    say("Collecting the pages' files …")
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(now)


def static_fingerprint() -> str:
    """Changes with the name, size or time of any file."""
    found = [
        (prefix, path, stat.st_size, stat.st_mtime_ns)
        for finder in get_finders()
        for path, storage in finder.list([])
        for prefix, stat in [(getattr(storage, "prefix", ""), Path(storage.path(path)).stat())]
    ]
    return hashlib.sha256(repr(sorted(found, key=repr)).encode()).hexdigest()


def remember(made: Login | None) -> Login | None:
    """Outside production the first login is kept under `var/`, to be shown at every start while it is valid."""
    kept = settings.VAR / "login"
    if made is not None and not settings.PRODUCTION:
        kept.touch(mode=0o600)
        kept.write_text(json.dumps([made.username, made.password]))
    if made is not None or not kept.exists():
        return made
    login = Login(*json.loads(kept.read_text()))
    user = User.objects.filter(username=login.username, is_active=True).first()
    return login if user is not None and user.check_password(login.password) else None
