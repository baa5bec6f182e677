"""The rows that the product needs."""

import pytest
from django.contrib.auth import authenticate
from django.test import RequestFactory

from accounts.models import AccountSettings, Role, User
from connectors.models import Connection
from operations.defaults import ensure_defaults

pytestmark = pytest.mark.django_db


def test_an_empty_database_gets_settings_a_file_connection_and_a_first_admin() -> None:
    login = ensure_defaults()

    assert login is not None
    user = authenticate(RequestFactory().post("/login"), username=login.username, password=login.password)
    assert isinstance(user, User)
    assert (user.role, user.is_staff, user.must_change_password) == (Role.ADMIN, True, False)
    assert Connection.objects.values_list("name", "kind").get() == ("File", "file")
    assert AccountSettings.objects.count() == 1


def test_making_them_again_changes_nothing() -> None:
    ensure_defaults()
    before = (User.objects.get().password, AccountSettings.current().installation)

    assert ensure_defaults() is None
    assert (User.objects.get().password, AccountSettings.current().installation) == before
    assert Connection.objects.count() == 1
