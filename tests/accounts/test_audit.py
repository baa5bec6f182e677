"""The audit trail."""

import pytest
from django.db import DatabaseError, transaction

from accounts import audit
from accounts.models import AccountSettings, AuditEntry, User

pytestmark = pytest.mark.django_db


def test_an_entry_says_who_did_what_to_which_object() -> None:
    anna = User.objects.create(username="anna")
    settings = AccountSettings.current()
    before = audit.snapshot(settings, ["name", "zone"])
    settings.zone = "Europe/Berlin"

    audit.record(anna, "changed", settings, audit.changes(before, settings), reason="moved")

    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.reason) == (anna, "changed", "moved")
    assert (entry.object_type, entry.object_id, entry.object_name) == ("account settings", "1", "Belfry")
    assert entry.changes == {"zone": ["UTC", "Europe/Berlin"]}


def test_secrets_are_masked() -> None:
    audit.record(None, "changed", AccountSettings.current(), {"secrets": ("old key", "new key")})

    assert AuditEntry.objects.get().changes == {"secrets": ["•••", "•••"]}


def test_an_entry_is_never_edited_nor_deleted() -> None:
    audit.record(None, "changed", AccountSettings.current())

    with pytest.raises(DatabaseError, match="audit trail"), transaction.atomic():
        AuditEntry.objects.update(reason="nothing happened")
    with pytest.raises(DatabaseError, match="audit trail"), transaction.atomic():
        AuditEntry.objects.all().delete()


def test_differences_read_as_words() -> None:
    entry = AuditEntry(changes={"zone": ["", "UTC"], "is_active": [True, False], "scopes": [[], ["ingest", "read"]]})

    assert [tuple(each) for each in entry.differences] == [
        ("zone", "–", "UTC"),
        ("is active", "yes", "no"),
        ("scopes", "–", "ingest, read"),
    ]
