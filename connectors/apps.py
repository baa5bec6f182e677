"""Django's entry to the `connectors` app."""

from django.apps import AppConfig


class ConnectorsConfig(AppConfig):
    name = "connectors"
