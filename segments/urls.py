"""Addresses of the `segments` app."""

from django.urls import URLPattern, path

from segments.views import builder, counting, export, fragments, lists, live, pages, unsaved

urlpatterns: list[URLPattern] = [
    path("", pages.index, name="segments"),
    path("new", pages.new, name="segment-new"),
    path("unsaved/<uuid:unsaved_key>", unsaved.keep, name="segment-unsaved-keep"),
    path("unsaved/<uuid:unsaved_key>/drop", unsaved.drop, name="segment-unsaved-drop"),
    path("unsaved/<uuid:unsaved_key>/undo", unsaved.bring_back, name="segment-unsaved-undo"),
    path("builder", builder.builder, name="segment-builder"),
    path("cities", builder.find_cities, name="segment-cities"),
    path("reach", counting.reach, name="segment-reach"),
    path("counts/<int:pk>", counting.count, name="segment-count"),
    path("counts/<int:pk>/now", counting.count_now, name="segment-count-now"),
    path("checks", fragments.checks, name="segment-checks"),
    path("examples", fragments.examples, name="segment-examples"),
    path("why", fragments.why, name="segment-why"),
    path("<int:pk>", pages.show, name="segment"),
    path("<int:pk>/edit", pages.edit, name="segment-edit"),
    path("<int:pk>/reach", counting.breakdown, name="segment-breakdown"),
    path("<int:pk>/export", export.export, name="segment-export"),
    path("<int:pk>/people", pages.people, name="segment-people"),
    path("<int:pk>/clone", pages.clone, name="segment-clone"),
    path("<int:pk>/delete", pages.delete, name="segment-delete"),
    path("live/new", live.new, name="live-segment-new"),
    path("live/<int:pk>/edit", live.edit, name="live-segment-edit"),
    path("live/builder", live.builder, name="live-segment-builder"),
    path("live/try", live.try_it, name="live-segment-try"),
    path("lists", lists.index, name="lists"),
    path("lists/new", lists.new, name="list-new"),
    path("lists/<int:pk>", lists.show, name="list"),
    path("lists/<int:pk>/progress", lists.progress, name="list-progress"),
    path("lists/<int:pk>/people", lists.people, name="list-people"),
    path("lists/<int:pk>/upload", lists.replace, name="list-upload"),
    path("lists/<int:pk>/rename", lists.rename, name="list-rename"),
    path("lists/<int:pk>/segment", lists.make_segment, name="list-segment"),
    path("lists/<int:pk>/delete", lists.delete, name="list-delete"),
    path("lists/uploads/<int:pk>/stop", lists.stop, name="list-stop"),
    path("lists/uploads/<int:pk>/resume", lists.resume, name="list-resume"),
    path("lists/uploads/<int:pk>/unmatched.csv", lists.unmatched, name="list-unmatched"),
]
