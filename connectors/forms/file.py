"""The form of a file connection."""

from django.conf import settings

from connectors.forms.base import ConnectionForm


class FileForm(ConnectionForm):
    """Nothing of its own: the folder is the operator's choice."""

    note = f"Each run becomes one file below {settings.EXPORTS}, named after the campaign and the run."
