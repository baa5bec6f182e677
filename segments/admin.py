"""Segments for operators."""

from django.contrib import admin
from django.http import HttpRequest

from segments import listing
from segments.models import Segment


@admin.register(Segment)
class SegmentAdmin(admin.ModelAdmin[Segment]):
    """To look at; the builder edits, so that each change is checked and stands in the audit trail."""

    list_display = ["name", "words", "people", "counted_at", "version", "created_by", "updated_at"]
    list_filter = ["created_by", "updated_at"]
    list_select_related = ["created_by"]
    search_fields = ["name", "description"]
    readonly_fields = ["words"]

    @admin.display(description="rule")
    def words(self, segment: Segment) -> str:
        return listing.rule_of(segment).words

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Segment | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Segment | None = None) -> bool:
        return False
