"""The audit trail: who did what to which object, when and why."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts import audit
from accounts.forms import AuditForm
from accounts.permissions import Permission, requires
from accounts.requests import SignedInRequest, whole_number
from accounts.tabs import settings_tabs


@require_GET
@requires(Permission.MANAGE_ACCOUNT)
def trail(request: SignedInRequest) -> HttpResponse:
    form = AuditForm(request.GET)
    filters = form.cleaned_data if form.is_valid() else {}
    page = audit.newest(
        filters, before=whole_number(request.GET.get("before", "")), after=whole_number(request.GET.get("after", ""))
    )
    context = {"form": form, "page": page, "tabs": settings_tabs(request, "audit")}
    return render(request, "accounts/_audit_table.html" if request.htmx else "accounts/audit.html", context)
