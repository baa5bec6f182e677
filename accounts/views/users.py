"""Who works here: the list, inviting, changing, closing and reopening logins."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts import users
from accounts.forms import UserForm
from accounts.models import User
from accounts.permissions import Permission, requires
from accounts.requests import SignedInRequest
from accounts.tabs import settings_tabs


@require_GET
@requires(Permission.MANAGE_ACCOUNT)
def listing(request: SignedInRequest) -> HttpResponse:
    everybody = User.objects.order_by("-is_active", "username")
    return render(request, "accounts/users.html", {"people": everybody, "tabs": settings_tabs(request, "users")})


@never_cache
@requires(Permission.MANAGE_ACCOUNT)
def new(request: SignedInRequest) -> HttpResponse:
    form = UserForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = form.save(commit=False)
        return hand_over(request, user, users.invite(user, request.user))
    context = {"form": form, "tabs": settings_tabs(request, "users")}
    return render(request, "accounts/users_form.html", context, status=422 if form.errors else 200)


@requires(Permission.MANAGE_ACCOUNT)
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    form = UserForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        try:
            users.change(form.save(commit=False), request.user)
            messages.success(request, f"{person} is saved.")
            return redirect("users")
        except users.LastAdmin as refused:
            form.add_error("role", str(refused))
    context = {"form": form, "person": person, "tabs": settings_tabs(request, "users")}
    return render(request, "accounts/users_form.html", context, status=422 if form.errors else 200)


@never_cache
@require_POST
@requires(Permission.MANAGE_ACCOUNT)
def new_password(request: SignedInRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(User, pk=pk)
    return hand_over(request, user, users.reset_password(user, request.user))


@require_POST
@requires(Permission.MANAGE_ACCOUNT)
def deactivate(request: SignedInRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(User, pk=pk)
    try:
        users.deactivate(user, request.user)
        messages.success(request, f"{user} cannot sign in any more.")
    except users.LastAdmin as refused:
        messages.error(request, str(refused))
    return redirect("users")


@require_POST
@requires(Permission.MANAGE_ACCOUNT)
def reactivate(request: SignedInRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(User, pk=pk)
    users.reactivate(user, request.user)
    messages.success(request, f"{user} can sign in again.")
    return redirect("users")


def hand_over(request: SignedInRequest, user: User, password: str) -> HttpResponse:
    """The only page that ever shows the password."""
    context = {"person": user, "password": password, "tabs": settings_tabs(request, "users")}
    return render(request, "accounts/users_password.html", context)
