"""The pages of custom lists: all of them, one with its uploads and people, a new file, another name, deleting."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts import audit
from accounts.permissions import Permission, requires
from accounts.requests import SignedInRequest
from people.csv_files import BadFile
from people.uploads import Late
from segments import export as exporting
from segments.keeping import InUse, NameTaken
from segments.lists import keeping, listing
from segments.lists.forms import FileForm, NameForm, NewListForm
from segments.lists.usage import users_of
from segments.models import CustomList, ListUpload
from segments.parse import TreeError

STOP_POLLING = 286
BUSY = "Another file for this list is still coming in. Wait for it, or stop it first."


@require_GET
@requires(Permission.VIEW_PEOPLE)
def index(request: SignedInRequest) -> HttpResponse:
    page = listing.page_of(request.GET)
    template = "segments/lists/_table.html" if request.htmx else "segments/lists/index.html"
    response = render(request, template, {"page": page})
    response["Vary"] = "HX-Request"
    return response


@requires(Permission.EDIT_SEGMENTS)
def new(request: SignedInRequest) -> HttpResponse:
    form = NewListForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file, name = form.cleaned_data["file"], form.cleaned_data["name"]
        try:
            made = keeping.create(name, file.chunks(), file_name=file.name, by=request.user, now=timezone.now())
            return redirect("list", made.pk)
        except BadFile as error:
            form.add_error("file", str(error))
        except NameTaken as error:
            form.add_error("name", str(error))
    return render(request, "segments/lists/new.html", {"form": form}, status=422 if form.errors else 200)


@requires(Permission.EDIT_SEGMENTS)
def replace(request: SignedInRequest, pk: int) -> HttpResponse:
    custom_list = get_object_or_404(CustomList.objects.select_related("current"), pk=pk)
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            keeping.replace(pk, file.chunks(), file_name=file.name, by=request.user, now=timezone.now())
            return redirect("list", pk)
        except BadFile as error:
            form.add_error("file", str(error))
        except keeping.Busy:
            form.add_error("file", BUSY)
    context = {"form": form, "list": custom_list, "users": users_of([pk])[pk]}
    return render(request, "segments/lists/replace.html", context, status=422 if form.errors else 200)


@require_GET
@requires(Permission.VIEW_PEOPLE)
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    custom_list = get_object_or_404(CustomList.objects.select_related("current", "created_by"), pk=pk)
    context = {"list": custom_list, "shown": listing.shown(custom_list, timezone.now()), "users": users_of([pk])[pk]}
    return render(request, "segments/lists/list.html", context)


@require_GET
@requires(Permission.VIEW_PEOPLE)
def progress(request: SignedInRequest, pk: int) -> HttpResponse:
    custom_list = get_object_or_404(CustomList.objects.select_related("current"), pk=pk)
    shown = listing.shown(custom_list, timezone.now())
    context = {"list": custom_list, "shown": shown}
    return render(request, "segments/lists/_body.html", context, status=200 if shown.is_moving else STOP_POLLING)


@require_GET
@requires(Permission.VIEW_PEOPLE)
def people(request: SignedInRequest, pk: int) -> HttpResponse:
    custom_list = get_object_or_404(CustomList.objects.select_related("current"), pk=pk)
    page = listing.people_of(custom_list, after=request.GET.get("after", ""))
    return render(request, "segments/lists/people.html", {"list": custom_list, "page": page})


@require_GET
@requires(Permission.EXPORT)
def unmatched(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """The lines as the file had them, addresses and all: who took them is noted."""
    upload = get_object_or_404(ListUpload, pk=pk, is_cleared=False, list__isnull=False)
    try:
        file = exporting.aside(lambda _: listing.unmatched_lines(upload))
    except exporting.Busy as error:
        messages.error(request, str(error))
        return redirect("list", upload.list_id)
    audit.record(request.user, "exported", upload, {"lines": ([], "unmatched")})
    return exporting.Download(file, f"list-{upload.list_id}-unmatched-{pk}.csv")


@requires(Permission.EDIT_SEGMENTS)
def rename(request: SignedInRequest, pk: int) -> HttpResponse:
    custom_list = get_object_or_404(CustomList, pk=pk)
    name = custom_list.name
    form = NameForm(request.POST or None, instance=custom_list)
    if request.method == "POST" and form.is_valid():
        try:
            keeping.rename(pk, form.cleaned_data["name"], by=request.user)
            return redirect("list", pk)
        except NameTaken as error:
            form.add_error("name", str(error))
    context = {"form": form, "list": custom_list, "name": name}
    return render(request, "segments/lists/rename.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Permission.EDIT_SEGMENTS)
def stop(request: SignedInRequest, pk: int) -> HttpResponse:
    upload = get_object_or_404(ListUpload, pk=pk, list__isnull=False)
    try:
        keeping.stop(upload.pk, by=request.user, now=timezone.now())
    except Late as late:
        messages.warning(request, str(late))
    return redirect("list", upload.list_id)


@require_POST
@requires(Permission.EDIT_SEGMENTS)
def resume(request: SignedInRequest, pk: int) -> HttpResponse:
    upload = get_object_or_404(ListUpload, pk=pk, list__isnull=False)
    try:
        keeping.resume(upload.pk, by=request.user)
    except Late as late:
        messages.warning(request, str(late))
    return redirect("list", upload.list_id)


@require_POST
@requires(Permission.EDIT_SEGMENTS)
def make_segment(request: SignedInRequest, pk: int) -> HttpResponse:
    custom_list = get_object_or_404(CustomList, pk=pk)
    try:
        made = keeping.make_segment(custom_list, by=request.user, now=timezone.now())
    except TreeError as error:
        messages.error(request, error.message)
        return redirect("lists")
    messages.success(request, f"This segment is everybody in the list {custom_list}, whenever it is read.")
    return redirect("segment", made.pk)


@require_POST
@requires(Permission.EDIT_SEGMENTS)
def delete(request: SignedInRequest, pk: int) -> HttpResponse:
    custom_list = get_object_or_404(CustomList, pk=pk)
    try:
        keeping.delete(pk, by=request.user, now=timezone.now())
    except InUse as refusal:
        names = ", ".join(f"the {user.kind} {user.name}" for user in refusal.users)
        messages.error(request, f"{custom_list} is still used by {names}, so it cannot be deleted.")
        return redirect("list", pk)
    messages.success(request, f"{custom_list} is deleted. The people who were in it stay.")
    return redirect("lists")
