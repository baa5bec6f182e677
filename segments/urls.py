"""Addresses of the `segments` app."""

from django.urls import URLPattern, path

from segments.views import fragments, pages

urlpatterns: list[URLPattern] = [
    path("", pages.index, name="segments"),
    path("new", pages.new, name="segment-new"),
    path("builder", fragments.builder, name="segment-builder"),
    path("reach", fragments.reach, name="segment-reach"),
    path("count", fragments.count, name="segment-count"),
    path("checks", fragments.checks, name="segment-checks"),
    path("examples", fragments.examples, name="segment-examples"),
    path("why", fragments.why, name="segment-why"),
    path("<int:pk>", pages.show, name="segment"),
    path("<int:pk>/edit", pages.edit, name="segment-edit"),
    path("<int:pk>/people", pages.people, name="segment-people"),
    path("<int:pk>/clone", pages.clone, name="segment-clone"),
    path("<int:pk>/delete", pages.delete, name="segment-delete"),
]
