"""Addresses of the `operations` app."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
