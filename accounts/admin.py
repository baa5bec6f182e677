"""Accounts for operators: everything to look at, little to change, and that through the pages' own functions."""

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from accounts import api_keys, users
from accounts.models import AccountSettings, ApiKey, AuditEntry, User


class ToLookAt(admin.ModelAdmin[Model]):
    """Shows rows; nothing is added, edited or deleted here."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(ToLookAt):
    list_display = ("username", "first_name", "last_name", "email", "role", "is_active", "last_login")
    list_filter = ("role", "is_active", "must_change_password")
    search_fields = ("username", "first_name", "last_name", "email")
    exclude = ("password", "groups", "user_permissions")
    actions = ("deactivate", "reactivate")

    @admin.action(description="Deactivate: sign out and keep out", permissions=["view"])
    def deactivate(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        for user in chosen:
            try:
                users.deactivate(user, acting(request))
            except users.LastAdmin as refused:
                self.message_user(request, f"{user}: {refused}", messages.ERROR)

    @admin.action(description="Reactivate", permissions=["view"])
    def reactivate(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        for user in chosen:
            users.reactivate(user, acting(request))


@admin.register(ApiKey)
class ApiKeyAdmin(ToLookAt):
    list_display = ("name", "prefix", "scopes", "created_by", "created_at", "last_used_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("created_by",)
    search_fields = ("name", "prefix")
    exclude = ("digest",)
    actions = ("revoke",)

    @admin.action(description="Revoke for good", permissions=["view"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[ApiKey]) -> None:
        for key in chosen:
            api_keys.revoke(key, acting(request))


@admin.register(AccountSettings)
class AccountSettingsAdmin(ToLookAt):
    list_display = ("name", "zone", "installation", "event_name_limit", "event_property_limit", "demo_data")


@admin.register(AuditEntry)
class AuditEntryAdmin(ToLookAt):
    list_display = ("at", "actor", "action", "object_type", "object_name", "reason")
    list_filter = ("action", "object_type", "at")
    list_select_related = ("actor",)
    search_fields = ("object_name", "object_id", "reason")


def acting(request: HttpRequest) -> User:
    """The operator; the site lets nobody else in."""
    if not isinstance(request.user, User):
        raise TypeError(f"{request.user} is no user of ours.")
    return request.user
