"""Addresses of the `people` app."""

from django.urls import URLPattern, path, re_path

from people import api, segment_format

ADDRESSES = "|".join(segment_format.ADDRESSES)

urlpatterns: list[URLPattern] = [
    path("1/upload", api.upload, name="api-upload"),
    re_path(rf"^v1/(?P<address>{ADDRESSES})$", api.segment, name="api-segment"),
    path("v1/projects/<str:key>/settings", api.segment_settings, name="api-segment-settings"),
]
