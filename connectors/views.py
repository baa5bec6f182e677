"""Pages of connections: the list, a new one, and one connection with its settings, test and last calls."""

from django.contrib import messages
from django.db import transaction
from django.db.models import ProtectedError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from accounts.permissions import Permission, can, requires
from accounts.requests import SignedInRequest
from connectors import connections, health, pages, registry
from connectors.forms import FORMS, ConnectionForm, meanwhile
from connectors.forms.meanwhile import Meanwhile
from connectors.models import Call, Connection
from connectors.status import status

VIEW, MANAGE = Permission.VIEW_PEOPLE, Permission.MANAGE_CONNECTIONS


@require_GET
@requires(VIEW)
def listing(request: SignedInRequest) -> HttpResponse:
    rows = [pages.row(each, timezone.now()) for each in Connection.objects.select_related("scope")]
    return render(request, "connectors/list.html", {"rows": rows})


@require_GET
@requires(MANAGE)
def kinds(request: SignedInRequest) -> HttpResponse:
    return render(request, "connectors/kinds.html", {"kinds": registry.DESTINATIONS.values()})


@require_http_methods(["GET", "POST"])
@requires(MANAGE)
def new(request: SignedInRequest, kind: str) -> HttpResponse:
    if kind not in FORMS:
        raise Http404
    if "turn" in request.POST:
        return turned(request, kind)
    form = FORMS[kind](request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = connections.create(kind, form.chosen(), by=request.user)
        messages.success(request, f"{made} is set up. Send a test to see that it works.")
        return redirect("connection", made.pk)
    context = {"kind": registry.DESTINATIONS[kind], "form": form}
    return render(request, "connectors/new.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@requires(VIEW)
def connection(request: SignedInRequest, pk: int) -> HttpResponse:
    """The page; a POST changes the settings."""
    one = get_object_or_404(Connection, pk=pk)
    if request.method == "POST":
        return change(request, one)
    return page(request, one, form_of(request, one))


@requires(MANAGE)
@transaction.atomic
def change(request: SignedInRequest, one: Connection) -> HttpResponse:
    if one.kind not in FORMS:
        raise Http404
    if "turn" in request.POST:
        return turned(request, one.kind, one)
    one = get_object_or_404(connections.to_change(), pk=one.pk)
    met = meanwhile.meet(FORMS[one.kind], request.POST, one)
    form = FORMS[one.kind](met.posted, connection=one)
    if not form.is_valid() or met.is_conflict:
        return page(request, one, form, met=met, code=409 if met.is_conflict else 422)
    connections.change(one, form.chosen(), by=request.user)
    messages.success(request, f"The settings are saved.{met.words}")
    return redirect("connection", one.pk)


def turned(request: SignedInRequest, kind: str, one: Connection | None = None) -> HttpResponse:
    """Another choice was made on which it hangs what is asked for; what was typed stays."""
    form = FORMS[kind].with_other_choice(request.POST, one)
    if request.htmx:
        return render(request, "connectors/_turned.html", {"form": form, "fields": form.parts()[1]})
    if one is not None:
        return page(request, one, form)
    return render(request, "connectors/new.html", {"kind": registry.DESTINATIONS[kind], "form": form})


@require_POST
@requires(MANAGE)
def test(request: SignedInRequest, pk: int) -> HttpResponse:
    one = get_object_or_404(Connection, pk=pk)
    result = connections.test(one, now=timezone.now())
    one.refresh_from_db()
    fares = status(one, now=timezone.now())
    context = {"result": result, "connection": one, "status": fares, "told": pages.told(one), "rate": pages.rate(one)}
    return trigger_client_event(render(request, "connectors/_test.html", context), "tested")


@require_POST
@requires(MANAGE)
def pause(request: SignedInRequest, pk: int) -> HttpResponse:
    one = get_object_or_404(Connection, pk=pk)
    health.pause(one, request.POST.get("reason", "").strip() or f"Paused by {request.user}.", by=request.user)
    messages.success(request, f"{one} is paused. What is to be sent over it waits.")
    return redirect("connection", pk)


@require_POST
@requires(MANAGE)
def resume(request: SignedInRequest, pk: int) -> HttpResponse:
    one = get_object_or_404(Connection, pk=pk)
    health.resume(one, by=request.user)
    messages.success(request, f"{one} sends again.")
    back = request.POST.get("back", "")
    is_ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back) if is_ours else redirect("connection", pk)


@require_POST
@requires(MANAGE)
def delete(request: SignedInRequest, pk: int) -> HttpResponse:
    one = get_object_or_404(Connection, pk=pk)
    try:
        connections.delete(one, by=request.user)
    except ProtectedError as error:
        return page(request, one, form_of(request, one), pages.uses(error.protected_objects), code=409)
    messages.success(request, f"{one} is deleted.")
    return redirect("connections")


@require_GET
@requires(VIEW)
def calls(request: SignedInRequest, pk: int) -> HttpResponse:
    one = get_object_or_404(Connection, pk=pk)
    context = {"connection": one, "calls": pages.last_calls(one)}
    return render(request, "connectors/_calls.html", context)


@require_GET
@requires(VIEW)
def call(request: SignedInRequest, pk: int, call: int) -> HttpResponse:
    return render(request, "connectors/_call.html", {"call": get_object_or_404(Call, pk=call, connection=pk)})


def form_of(request: SignedInRequest, one: Connection) -> ConnectionForm | None:
    """For those who may change it, if this installation knows its kind."""
    if one.kind not in FORMS or not can(request.user, MANAGE):
        return None
    return FORMS[one.kind](connection=one)


def page(
    request: SignedInRequest,
    one: Connection,
    form: ConnectionForm | None,
    uses: list[pages.Use] | None = None,
    *,
    met: Meanwhile | None = None,
    code: int = 200,
) -> HttpResponse:
    kind, now = registry.DESTINATIONS.get(one.kind), timezone.now()
    shown = pages.Page(one, kind, status(one, now=now), form, pages.last_calls(one), uses or ())
    context = {"page": shown, "form": form, "meanwhile": met, "basis": basis(request, one, form)}
    return render(request, "connectors/connection.html", context, status=code)


def basis(request: SignedInRequest, one: Connection, form: ConnectionForm | None) -> str:
    """What the page is made from; another choice is still made in the page as it was opened."""
    if "turn" in request.POST:
        return request.POST.get("basis", "")
    return meanwhile.basis(type(form), one, now=timezone.now()) if form else ""
