"""Addresses of the `people` app."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
