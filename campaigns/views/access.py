"""Fetching a campaign for a page, with the access check inside."""

from django.core.exceptions import PermissionDenied
from django.http import Http404

from accounts.permissions import Permission, can, refusal
from accounts.requests import SignedInRequest
from campaigns import editor
from campaigns.editor import Draft
from campaigns.models import Campaign


def draft_for(request: SignedInRequest, pk: int, permission: Permission = Permission.EDIT_CAMPAIGNS) -> Draft:
    """The campaign with its message and copies; 403 in words without the permission, 404 where there is none."""
    if not can(request.user, permission):
        raise PermissionDenied(refusal(request.user, permission))
    try:
        return editor.load(pk)
    except Campaign.DoesNotExist:
        raise Http404("There is no such campaign.") from None
