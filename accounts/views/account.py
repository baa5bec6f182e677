"""The account's name, time zone and limits."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts import audit
from accounts.forms import AccountForm
from accounts.models import AccountSettings
from accounts.permissions import Permission, requires
from accounts.requests import SignedInRequest
from accounts.tabs import settings_tabs


@requires(Permission.MANAGE_ACCOUNT)
def account(request: SignedInRequest) -> HttpResponse:
    form = AccountForm(request.POST or None, instance=AccountSettings.current())
    if request.method == "POST" and form.is_valid():
        save(form, request)
        messages.success(request, "The account's settings are saved.")
        return redirect("account")
    context = {"form": form, "tabs": settings_tabs(request, "account")}
    return render(request, "accounts/settings_account.html", context, status=422 if form.errors else 200)


@transaction.atomic
def save(form: AccountForm, request: SignedInRequest) -> None:
    before = audit.snapshot(AccountSettings.current(), form.fields)
    differences = audit.changes(before, form.save())
    if differences:
        audit.record(request.user, "changed", form.instance, differences)
