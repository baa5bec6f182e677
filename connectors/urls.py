"""Addresses of the `connectors` app."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
