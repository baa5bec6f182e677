"""Django's entry to the `operations` app."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "operations"
