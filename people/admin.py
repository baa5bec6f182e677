"""People for operators: look at everything, mend identifiers and names; events and summaries are read-only."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts import zones
from people import readdressing
from people.models import (
    Arrival,
    Device,
    Event,
    EventName,
    Identifier,
    Import,
    ImportRefusal,
    Profile,
    ProfileEvent,
    PropertyName,
    Refusal,
    SeenMessage,
    Subscription,
    WayHour,
)  # fmt: skip

FAR = 2**31


class Uncounted(Paginator[Any]):
    """Big tables are never counted: there is always a next page to try."""

    count = FAR


class ReadOnly(admin.ModelAdmin[Any]):
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class OfPerson(admin.TabularInline[Any, Profile]):
    extra = 0
    can_delete = False
    show_change_link = True


class Identifiers(OfPerson):
    model = Identifier


class Devices(OfPerson):
    model = Device
    fields = ("platform", "make", "model", "app_version", "last_seen_at")
    readonly_fields = ("platform", "make", "model", "app_version", "last_seen_at")


class Subscriptions(OfPerson):
    model = Subscription


class ProfileForm(forms.ModelForm[Profile]):
    def clean_zone(self) -> str | None:
        """One name that PostgreSQL does not know would fail every query about people's local times."""
        zone: str | None = self.cleaned_data["zone"]
        if zone and zone not in zones.known():
            raise forms.ValidationError("There is no such time zone.")
        return zone or None


@admin.register(Profile)
class ProfileAdmin(admin.ModelAdmin[Profile]):
    """Deleting a person belongs to erasing, which takes everything along."""

    form = ProfileForm
    list_display = ["__str__", "identity", "email", "language", "country", "zone", "created_at"]
    list_filter = ["gender"]
    search_fields = ["identity", "email", "name"]
    search_help_text = "Identity, e-mail or name"
    readonly_fields = ["bucket", "email_since", "created_at", "updated_at"]
    inlines = [Identifiers, Devices, Subscriptions]
    ordering = ["-pk"]
    paginator = Uncounted
    show_full_result_count = False

    def has_delete_permission(self, request: HttpRequest, obj: Profile | None = None) -> bool:
        return False

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: Profile, form: forms.ModelForm[Profile], change: bool) -> None:
        """A bounce is of an address: with another one, mails go out again."""
        moves, now = "email" in form.changed_data, timezone.now()
        if moves:
            obj.email_since = now
        super().save_model(request, obj, form, change)
        if moves:
            readdressing.follow([obj.pk], now=now)


@admin.register(Event)
class EventAdmin(ReadOnly):
    """Each order has its index: by id the primary keys, by time the index of a name or of a person."""

    list_display = ["id", "name", "profile_id", "at", "properties"]
    list_select_related = ["name"]
    list_display_links = None
    list_filter = ["name"]
    list_per_page = 50
    search_fields = ["profile__identity"]
    search_help_text = "The whole identity of a person"
    paginator = Uncounted

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("-at",) if request.GET.get("q") or "name__id__exact" in request.GET else ("-pk",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term:
            return queryset, False
        people = list(Profile.objects.filter(identity=search_term).values_list("pk", flat=True))
        return queryset.filter(profile_id__in=people), False


@admin.register(ProfileEvent)
class ProfileEventAdmin(ReadOnly):
    list_display = ["profile_id", "name", "count", "first_at", "last_at"]
    list_display_links = None
    list_select_related = ["name"]
    list_filter = ["name"]
    ordering = ["profile_id", "name_id"]
    paginator = Uncounted


@admin.register(EventName)
class EventNameAdmin(admin.ModelAdmin[EventName]):
    list_display = ["name", "times", "people", "is_hidden", "is_discarded", "revenue_property", "first_seen_at"]
    list_filter = ["is_hidden", "is_discarded"]
    list_editable = ["is_hidden", "is_discarded"]
    search_fields = ["name", "description"]
    readonly_fields = ["name", "times", "people", "refreshed_at", "first_seen_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(PropertyName)
class PropertyNameAdmin(admin.ModelAdmin[PropertyName]):
    list_display = ["name", "event", "types", "is_hidden", "is_discarded", "alias"]
    list_filter = ["is_hidden", "is_discarded", ("event", admin.EmptyFieldListFilter)]
    list_select_related = ["event"]
    search_fields = ["name", "event__name"]
    readonly_fields = ["name", "event", "types", "frequent", "refreshed_at", "first_seen_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Import)
class ImportAdmin(ReadOnly):
    list_display = ["file_name", "kind", "state", "accepted", "rejected", "created_by", "created_at"]
    list_filter = ["state", "kind"]
    list_select_related = ["created_by"]
    search_fields = ["file_name"]


@admin.register(ImportRefusal)
class ImportRefusalAdmin(ReadOnly):
    list_display = ["of", "line", "code", "reason"]
    list_filter = ["code", "is_note"]
    list_select_related = ["of"]
    paginator = Uncounted


@admin.register(Identifier)
class IdentifierAdmin(ReadOnly):
    list_display = ["value", "profile_id", "created_at"]
    search_fields = ["=value"]
    ordering = ["-pk"]
    paginator = Uncounted


@admin.register(Device)
class DeviceAdmin(ReadOnly):
    list_display = ["platform", "make", "model", "app_version", "profile_id", "last_seen_at"]
    list_filter = ["platform"]
    ordering = ["-pk"]
    paginator = Uncounted


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnly):
    list_display = ["profile_id", "channel", "state", "cause", "updated_at"]
    list_filter = ["channel", "state"]
    ordering = ["-pk"]
    paginator = Uncounted


@admin.register(SeenMessage)
class SeenMessageAdmin(ReadOnly):
    list_display = ["key", "received_on"]
    list_filter = ["received_on"]
    paginator = Uncounted


@admin.register(Arrival)
class ArrivalAdmin(ReadOnly):
    list_display = ["consumer", "from_at", "to_at", "created_at"]
    list_filter = ["consumer"]
    paginator = Uncounted


@admin.register(WayHour)
class WayHourAdmin(ReadOnly):
    list_display = ["way", "key", "hour", "accepted", "refused", "turned_away", "last_at"]
    list_filter = ["way"]
    list_select_related = ["key"]
    ordering = ["-hour", "way"]


@admin.register(Refusal)
class RefusalAdmin(ReadOnly):
    list_display = ["way", "key", "at", "code", "reason", "times"]
    list_filter = ["way", "code"]
    list_select_related = ["key"]
