"""Who may do what."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from accounts.models import Role, User
from accounts.permissions import Permission, can, requires

P = Permission
EDITING = {P.VIEW_PEOPLE, P.EDIT_PEOPLE, P.EDIT_SEGMENTS, P.EDIT_CAMPAIGNS, P.PUBLISH, P.EXPORT}


@pytest.mark.parametrize(
    ("role", "granted"),
    [
        (Role.ADMIN, set(Permission)),
        (Role.APPROVER, EDITING),
        (Role.CREATOR, EDITING),
        (Role.MEMBER, {P.VIEW_PEOPLE}),
    ],
)
def test_a_role_grants_exactly_its_permissions(role: Role, granted: set[Permission]) -> None:
    user = User(role=role)

    assert {permission for permission in Permission if can(user, permission)} == granted


def test_deactivated_and_unknown_users_may_nothing() -> None:
    deactivated = User(role=Role.ADMIN, is_active=False)

    assert not any(can(user, permission) for user in (deactivated, AnonymousUser()) for permission in Permission)


def test_a_permission_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ValueError, match="fly"):
        can(User(role=Role.ADMIN), "fly")


@requires(Permission.PUBLISH)
def publishing(request: HttpRequest) -> HttpResponse:
    return HttpResponse("published")


def test_a_guarded_view_lets_in_who_may() -> None:
    request = HttpRequest()
    request.user = User(role=Role.CREATOR)

    assert publishing(request).content == b"published"


def test_a_guarded_view_says_which_roles_may() -> None:
    request = HttpRequest()
    request.user = User(role=Role.MEMBER)

    with pytest.raises(PermissionDenied) as refused:
        publishing(request)

    assert str(refused.value) == (
        "To publish campaigns you need the role admin or approver or creator; yours is member."
    )
