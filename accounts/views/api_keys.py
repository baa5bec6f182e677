"""Keys of the ingest API: the list, a new one (shown once), revoking."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import api_keys
from accounts.forms import ApiKeyForm
from accounts.models import ApiKey
from accounts.permissions import Permission, requires
from accounts.requests import SignedInRequest
from accounts.tabs import settings_tabs


@never_cache
@requires(Permission.MANAGE_ACCOUNT)
def listing(request: SignedInRequest) -> HttpResponse:
    """The keys and the form for a new one; after it is made, the only page that ever shows it."""
    form, secret = ApiKeyForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        name, scopes = form.cleaned_data["name"], form.cleaned_data["scopes"]
        _, secret = api_keys.issue(name, scopes, request.user)
        form = ApiKeyForm()
    keys = ApiKey.objects.select_related("created_by")
    context = {"form": form, "keys": keys, "secret": secret, "tabs": settings_tabs(request, "api-keys")}
    return render(request, "accounts/api_keys.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Permission.MANAGE_ACCOUNT)
def revoke(request: SignedInRequest, pk: int) -> HttpResponse:
    key = get_object_or_404(ApiKey, pk=pk)
    api_keys.revoke(key, request.user)
    messages.success(request, f"{key.name} is revoked. What used it is refused from now on.")
    return redirect("api-keys")
