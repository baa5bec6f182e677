"""Connections for operators: everything to look at, nothing to type. Credentials never appear."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from connectors import health
from connectors.models import Call, Connection, Scope


class ReadOnly:
    """What an operator looks at; changes go through the pages, which keep credentials sealed and the trail whole."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Connection)
class ConnectionAdmin(ReadOnly, admin.ModelAdmin[Connection]):
    list_display = ["name", "kind", "state", "failures", "not_before", "last_success_at", "last_failure_at"]
    list_filter = ["kind", "state"]
    search_fields = ["name"]
    exclude = ["secrets"]
    actions = ["pause", "resume"]

    @admin.action(description="Pause")
    def pause(self, request: HttpRequest, chosen: QuerySet[Connection]) -> None:
        for connection in chosen:
            health.pause(connection, f"Paused by {request.user}.", by=user_of(request))

    @admin.action(description="Resume")
    def resume(self, request: HttpRequest, chosen: QuerySet[Connection]) -> None:
        for connection in chosen:
            health.resume(connection, by=user_of(request))


@admin.register(Scope)
class ScopeAdmin(ReadOnly, admin.ModelAdmin[Scope]):
    list_display = ["key", "not_before", "allowance", "allowance_at", "pace", "pace_at"]


@admin.register(Call)
class CallAdmin(ReadOnly, admin.ModelAdmin[Call]):
    list_display = ["connection", "at", "status", "messages", "milliseconds"]
    list_filter = ["connection", "status"]
    list_select_related = ["connection"]


def user_of(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
