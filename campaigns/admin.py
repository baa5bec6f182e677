"""Operators' pages of campaigns: states change by the functions that the pages use; the ledger is for reading only."""

from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property

from accounts.admin import ToLookAt
from accounts.requests import whole_number
from campaigns import lifecycle
from campaigns.models import Batch, Campaign, Copy, Counter, Delivery, Message, Run, Tester, TestMessage, TestSend


class CopyInline(admin.TabularInline[Copy, Message]):
    model = Copy
    extra = 0
    can_delete = False
    fields = readonly_fields = ("value", "pairs", "position")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Campaign)
class CampaignAdmin(ToLookAt):
    list_display = ("name", "state", "connection", "owner", "updated_at", "published_at")
    list_filter = ("state", "connection", "owner")
    list_select_related = ("connection", "owner")
    search_fields = ("name", "labels")
    date_hierarchy = "updated_at"
    actions = ("pause", "resume", "stop", "archive")

    @admin.action(description="Pause the chosen campaigns", permissions=["view"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Campaign]) -> None:
        self.change(request, queryset, lifecycle.pause)

    @admin.action(description="Resume the chosen campaigns", permissions=["view"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Campaign]) -> None:
        self.change(request, queryset, lifecycle.resume)

    @admin.action(description="Stop the chosen campaigns for good", permissions=["view"])
    def stop(self, request: HttpRequest, queryset: QuerySet[Campaign]) -> None:
        self.change(request, queryset, lifecycle.stop)

    @admin.action(description="Archive the chosen campaigns", permissions=["view"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Campaign]) -> None:
        self.change(request, queryset, lifecycle.archive)

    def change(self, request: HttpRequest, queryset: QuerySet[Campaign], act: Any) -> None:
        """Each by itself: one whose state does not allow it does not keep the others."""
        for campaign in queryset:
            try:
                with transaction.atomic():
                    act(campaign, by=request.user, now=timezone.now())
            except lifecycle.Refused as refused:
                self.message_user(request, str(refused), messages.WARNING)


@admin.register(Message)
class MessageAdmin(ToLookAt):
    list_display = ("campaign", "kind", "property", "missing", "event_name", "version")
    list_filter = ("kind", "missing")
    list_select_related = ("campaign",)
    search_fields = ("campaign__name", "event_name")
    inlines = (CopyInline,)


@admin.register(Run)
class RunAdmin(ToLookAt):
    list_display = ("campaign", "number", "state", "occurrence", "due_at", "started_at", "planned_at", "completed_at")
    list_filter = ("state",)
    list_select_related = ("campaign",)
    search_fields = ("campaign__name",)
    date_hierarchy = "occurrence"


@admin.register(Batch)
class BatchAdmin(ToLookAt):
    list_display = ("id", "run", "state", "size", "not_before", "lease_until", "attempts")
    list_filter = ("state",)
    list_select_related = ("run__campaign",)


@admin.register(Counter)
class CounterAdmin(ToLookAt):
    list_display = ("run", "copy_id", "state", "reason", "hour", "people")
    list_filter = ("state", "reason")
    list_select_related = ("run__campaign",)


@admin.register(Tester)
class TesterAdmin(ToLookAt):
    list_display = ("profile", "added_by", "added_at")
    list_select_related = ("profile", "added_by")


class TestMessageInline(admin.TabularInline[TestMessage, TestSend]):
    model = TestMessage
    extra = 0
    can_delete = False
    fields = readonly_fields = ("profile", "copy", "state", "reason", "answer")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(TestSend)
class TestSendAdmin(ToLookAt):
    list_display = ("campaign", "by", "at", "address", "lease_until")
    list_select_related = ("campaign", "by")
    search_fields = ("campaign__name",)
    date_hierarchy = "at"
    inlines = (TestMessageInline,)


class Uncounted(Paginator[Delivery]):
    """Pages of a table that is never counted: there is always another one."""

    @cached_property
    def count(self) -> int:
        return 1_000_000


@admin.register(Delivery)
class DeliveryAdmin(ToLookAt):
    """The ledger is far too large to be counted or searched by text: it is found by the number of a person."""

    list_display = ("id", "run_id", "profile_id", "state", "reason", "attempts", "occurrence", "recorded_at")
    list_filter = ("state",)
    search_fields = ("profile__id",)
    search_help_text = "The number of a person"
    paginator = Uncounted
    list_per_page = 50

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Delivery], search_term: str
    ) -> tuple[QuerySet[Delivery], bool]:
        if not search_term:
            return queryset, False
        return queryset.filter(profile_id=whole_number(search_term) or 0), False
