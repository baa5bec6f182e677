"""Keys of the ingest API."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import api_keys
from accounts.models import ApiKey, AuditEntry, User

pytestmark = pytest.mark.django_db


def test_an_issued_key_is_kept_as_a_hash_only() -> None:
    anna = User.objects.create(username="anna")

    key, secret = api_keys.issue("Shop", ["ingest"], anna)

    stored = ApiKey.objects.values().get()
    assert secret.startswith(key.prefix)
    assert all(secret not in str(value) for value in stored.values())
    assert stored["digest"] == ApiKey.digest_of(secret)
    assert AuditEntry.objects.values_list("actor", "action", "object_name").get() == (anna.pk, "created", str(key))


def test_a_key_opens_its_scopes_only() -> None:
    key, secret = api_keys.issue("Shop", ["ingest"], None)

    assert api_keys.authenticate(secret, "ingest") == key
    assert api_keys.authenticate(secret, "campaigns") is None
    assert api_keys.authenticate(secret + "x", "ingest") is None
    assert api_keys.authenticate("", "ingest") is None


def test_a_revoked_key_opens_nothing() -> None:
    anna = User.objects.create(username="anna")
    key, secret = api_keys.issue("Shop", ["ingest"], anna)
    api_keys.authenticate(secret, "ingest")

    api_keys.revoke(key, anna)
    api_keys.revoke(key, anna)

    assert api_keys.authenticate(secret, "ingest") is None
    assert list(AuditEntry.objects.values_list("action", flat=True)) == ["revoked", "created"]


def test_the_last_use_is_stamped_at_most_once_a_minute() -> None:
    key, secret = api_keys.issue("Shop", ["ingest"], None)
    recent = timezone.now() - timedelta(seconds=30)
    ApiKey.objects.update(last_used_at=recent)

    api_keys.authenticate(secret, "ingest")
    key.refresh_from_db()
    assert key.last_used_at == recent

    ApiKey.objects.update(last_used_at=recent - timedelta(minutes=1))
    api_keys.known.clear()
    api_keys.authenticate(secret, "ingest")
    key.refresh_from_db()
    assert key.last_used_at > recent
