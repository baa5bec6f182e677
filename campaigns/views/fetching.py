"""Fetching what a page is about."""

from django.http import Http404

from campaigns import editor
from campaigns.editor import Draft
from campaigns.models import Campaign


def draft_or_404(pk: int) -> Draft:
    """The campaign with its message and copies. Who may see it is said by each view's `@requires`."""
    try:
        return editor.load(pk)
    except Campaign.DoesNotExist:
        raise Http404("There is no such campaign.") from None
