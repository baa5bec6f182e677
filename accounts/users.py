"""Staff logins: inviting, changing, closing and reopening them, each with its line in the audit trail."""

from django.db import transaction

from accounts import audit
from accounts.defaults import one_time_password
from accounts.models import Role, User

FIELDS = ("username", "first_name", "last_name", "email", "role", "zone")


class LastAdmin(Exception):
    """Nobody would be left who can change the account."""


@transaction.atomic
def invite(user: User, by: User) -> str:
    """Save a new user; returns the password to hand over, which asks for another at the first login."""
    password = give_password(user)
    user.save()
    audit.record(by, "created", user, audit.changes(dict.fromkeys(FIELDS, ""), user))
    return password


@transaction.atomic
def change(user: User, by: User) -> None:
    """Save what a form changed. Raises LastAdmin if that takes the role of the last admin."""
    before = User.objects.select_for_update().get(pk=user.pk)
    if before.role == Role.ADMIN and user.role != Role.ADMIN:
        refuse_last_admin(user)
    give_operators_pages(user)
    user.save()
    differences = audit.changes(audit.snapshot(before, FIELDS), user)
    if differences:
        audit.record(by, "changed", user, differences)


@transaction.atomic
def reset_password(user: User, by: User) -> str:
    """Give a new one-time password: it ends every session of the user. Returns the password."""
    password = give_password(user)
    user.save()
    audit.record(by, "new password", user)
    return password


@transaction.atomic
def deactivate(user: User, by: User) -> None:
    """Close a login: its sessions end at their next request. Raises LastAdmin. Safe to repeat."""
    if user.role == Role.ADMIN:
        refuse_last_admin(user)
    switch(user, active=False, by=by)


@transaction.atomic
def reactivate(user: User, by: User) -> None:
    switch(user, active=True, by=by)


def switch(user: User, *, active: bool, by: User) -> None:
    switched = User.objects.filter(pk=user.pk, is_active=not active).update(is_active=active)
    user.is_active = active
    if switched:
        audit.record(by, "reactivated" if active else "deactivated", user, {"is_active": (not active, active)})


def refuse_last_admin(user: User) -> None:
    """Locks the admins, so that two of them cannot close each other at once."""
    admins = User.objects.select_for_update().filter(role=Role.ADMIN, is_active=True).order_by("pk")
    if not [admin for admin in admins if admin.pk != user.pk]:
        raise LastAdmin("This is the only admin. Make somebody else an admin first.")


def give_password(user: User) -> str:
    password = one_time_password()
    user.set_password(password)
    user.must_change_password = True
    give_operators_pages(user)
    return password


def give_operators_pages(user: User) -> None:
    """Admins, and nobody else, see the operators' pages."""
    user.is_staff = user.is_superuser = user.role == Role.ADMIN
