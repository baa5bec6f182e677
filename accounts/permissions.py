"""What each role may do, and the guard of every view."""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import TypeVar, cast

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from accounts.models import Role, User


class Permission(StrEnum):
    VIEW_PEOPLE = "view_people"
    EDIT_PEOPLE = "edit_people"
    EDIT_SEGMENTS = "edit_segments"
    EDIT_CAMPAIGNS = "edit_campaigns"
    PUBLISH = "publish"
    EXPORT = "export"
    MANAGE_CONNECTIONS = "manage_connections"
    MANAGE_ACCOUNT = "manage_account"
    ERASE = "erase"
    OVERRIDE_LIMITS = "override_limits"


WORDS = {
    Permission.VIEW_PEOPLE: "look at people and reports",
    Permission.EDIT_PEOPLE: "import and change people",
    Permission.EDIT_SEGMENTS: "change segments",
    Permission.EDIT_CAMPAIGNS: "change campaigns",
    Permission.PUBLISH: "publish campaigns",
    Permission.EXPORT: "export lists of people",
    Permission.MANAGE_CONNECTIONS: "change connections",
    Permission.MANAGE_ACCOUNT: "change the account",
    Permission.ERASE: "erase people",
    Permission.OVERRIDE_LIMITS: "override the account's limits",
}

LOOK = frozenset({Permission.VIEW_PEOPLE})
EDIT = LOOK | {
    Permission.EDIT_PEOPLE,
    Permission.EDIT_SEGMENTS,
    Permission.EDIT_CAMPAIGNS,
    Permission.PUBLISH,
    Permission.EXPORT,
}
GRANTED: dict[str, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.APPROVER: EDIT,
    Role.CREATOR: EDIT,
    Role.MEMBER: LOOK,
}

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def can(user: AbstractBaseUser | AnonymousUser, permission: str) -> bool:
    """Whether `user` may: `permission` is a Permission or its word in a template. Raises ValueError if unknown."""
    asked = Permission(permission)
    return isinstance(user, User) and user.is_active and asked in GRANTED[user.role]


def requires(permission: Permission) -> Callable[[View], View]:
    """Guard a view: who may not sees a 403 page that says which roles may."""

    def guarded(view: View) -> View:
        @wraps(view)
        def guard(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            if not can(request.user, permission):
                raise PermissionDenied(refusal(request.user, permission))
            return view(request, *args, **kwargs)

        return cast(View, guard)

    return guarded


def refusal(user: AbstractBaseUser | AnonymousUser, permission: Permission) -> str:
    roles = [Role(role).label.lower() for role, granted in GRANTED.items() if permission in granted]
    yours = Role(user.role).label.lower() if isinstance(user, User) else "none"
    return f"To {WORDS[permission]} you need the role {' or '.join(roles)}; yours is {yours}."
