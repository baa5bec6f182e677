"""One's own name, time zone and password."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters

from accounts import audit, users
from accounts.forms import OwnPasswordForm, ProfileForm
from accounts.requests import SignedInRequest
from accounts.tabs import settings_tabs


def settings(request: SignedInRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        users.change(form.save(commit=False), request.user)
        messages.success(request, "Saved.")
        return redirect("settings")
    context = {"form": form, "tabs": settings_tabs(request, "settings")}
    return render(request, "accounts/settings.html", context, status=422 if form.errors else 200)


@sensitive_post_parameters()
def password(request: SignedInRequest) -> HttpResponse:
    form = OwnPasswordForm(request.user, request.POST or None)
    was_one_time = request.user.must_change_password
    if request.method == "POST" and form.is_valid():
        save_password(request, form)
        messages.success(request, "Your password is changed. Everywhere else you are signed out.")
        return redirect("home" if was_one_time else "settings")
    context = {"form": form, "tabs": settings_tabs(request, "settings")}
    return render(request, "accounts/password.html", context, status=422 if form.errors else 200)


@transaction.atomic
def save_password(request: SignedInRequest, form: OwnPasswordForm) -> None:
    user = form.save()
    update_session_auth_hash(request, user)
    audit.record(user, "changed", user, {"password": (None, None)})
