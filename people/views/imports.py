"""Imports: upload a file, say what its columns are, watch it come in, fetch what was refused."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts import audit
from accounts.permissions import Permission, requires
from accounts.requests import SignedInRequest, whole_number
from connectors import file_clearing
from people import csv_files, imported, imports, mapping, uploads
from people.forms import MappingForm, UploadForm
from people.models import Import, ImportRefusal
from people.progress import Progress

LISTED = 100
PREVIEWED = 5
STOP_POLLING = 286


@require_GET
@requires(Permission.EDIT_PEOPLE)
def listing(request: SignedInRequest) -> HttpResponse:
    return render(request, "people/imports.html", {"imports": Import.objects.select_related("created_by")[:LISTED]})


@requires(Permission.EDIT_PEOPLE)
def new(request: SignedInRequest) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            made = imports.keep(file.chunks(), name=file.name, kind=form.cleaned_data["kind"], by=request.user)
            audit.record(request.user, "created", made)
            return redirect("import-mapping", made.pk)
        except csv_files.BadFile as error:
            form.add_error("file", str(error))
    return render(request, "people/import_new.html", {"form": form}, status=422 if form.errors else 200)


@requires(Permission.EDIT_PEOPLE)
def mapping_step(request: SignedInRequest, pk: int) -> HttpResponse:
    upload = get_object_or_404(Import, pk=pk)
    if upload.state != Import.State.MAPPING:
        return begun_before(request, upload)
    values = imports.first_values(upload, timezone.now(), PREVIEWED)
    if values is None:
        return redirect("import", pk)
    columns, looks = mapping.columns_of(upload.mapping), mapping.looks_of(upload.mapping)
    form = MappingForm(
        request.POST or None, kind=upload.kind, columns=columns, looks=looks, event_name=upload.event_name
    )
    if request.method == "POST" and form.is_valid():
        if not imports.start(upload, form.chosen(), form.cleaned_data.get("event_name", "")):
            return begun_before(request, upload)
        audit.record(request.user, "started", upload)
        return redirect("import", pk)
    context = {"upload": upload, "form": form, "rows": form.rows(values)}
    return render(request, "people/import_mapping.html", context, status=422 if form.errors else 200)


def begun_before(request: SignedInRequest, upload: Import) -> HttpResponse:
    """Whoever chose columns in a second tab is told that they were not used."""
    if request.method == "POST":
        messages.warning(request, f"What you chose for the columns is not used. {last_done(request, upload)}".strip())
    return redirect("import", upload.pk)


def last_done(request: SignedInRequest, upload: Import) -> str:
    entry = audit.entries_of(upload).first()
    return f"{audit.did(entry, 'this import', reader=request.user, now=timezone.now())}." if entry else ""


@require_GET
@requires(Permission.EDIT_PEOPLE)
def mapping_note(request: SignedInRequest, pk: int, place: int) -> HttpResponse:
    """What the choices for one column bring with them, while they are made."""
    upload = get_object_or_404(Import, pk=pk)
    here = slice(place, place + 1)
    columns, looks = mapping.columns_of(upload.mapping)[here], mapping.looks_of(upload.mapping)[here]
    if not columns:
        raise Http404
    form = MappingForm(request.GET, kind=upload.kind, columns=columns, looks=looks, first=place)
    return render(request, "people/_mapping_note.html", {"notes": form.notes()[0]})


@require_GET
@requires(Permission.EDIT_PEOPLE)
def detail(request: SignedInRequest, pk: int) -> HttpResponse:
    upload = get_object_or_404(Import, pk=pk)
    if upload.state == Import.State.MAPPING:
        return redirect("import-mapping", pk)
    return render(request, "people/import.html", watched(upload))


@require_GET
@requires(Permission.EDIT_PEOPLE)
def progress(request: SignedInRequest, pk: int) -> HttpResponse:
    context = watched(get_object_or_404(Import, pk=pk))
    return render(request, "people/_import.html", context, status=200 if context["moving"] else STOP_POLLING)


@require_GET
@requires(Permission.EDIT_PEOPLE)
def people(request: SignedInRequest, pk: int) -> HttpResponse:
    upload = get_object_or_404(Import, pk=pk)
    position, _, line = request.GET.get("after", "").partition("-")
    page = imported.page(upload, whole_number(position) or 0, whole_number(line) or 1)
    context = {"upload": upload, "page": page, "kept_for": file_clearing.kept_for(settings.UPLOAD_DAYS)}
    return render(request, "people/import_people.html", context)


@require_POST
@requires(Permission.EDIT_PEOPLE)
def stop(request: SignedInRequest, pk: int) -> HttpResponse:
    return change(request, pk, "stopped", partial(uploads.stop, Import, now=timezone.now()))


@require_POST
@requires(Permission.EDIT_PEOPLE)
def choose_again(request: SignedInRequest, pk: int) -> HttpResponse:
    try:
        return change(request, pk, "reopened", imports.choose_again)
    except (OSError, csv_files.BadFile):
        messages.error(request, "The uploaded file cannot be read any more. Upload it again.")
        return redirect("import", pk)


@require_POST
@requires(Permission.EDIT_PEOPLE)
def resume(request: SignedInRequest, pk: int) -> HttpResponse:
    return change(request, pk, "resumed", partial(uploads.resume, Import))


def change(request: SignedInRequest, pk: int, done: str, act: Callable[[int], Import]) -> HttpResponse:
    upload = get_object_or_404(Import, pk=pk)
    try:
        with transaction.atomic():
            audit.record(request.user, done, act(pk))
    except uploads.Late as late:
        messages.warning(request, f"{late} {last_done(request, upload)}".strip())
    return redirect("import", pk)


@require_GET
@requires(Permission.EDIT_PEOPLE)
def problems(request: SignedInRequest, pk: int) -> FileResponse:
    upload = get_object_or_404(Import, pk=pk)
    file = csv_files.put_aside(problem_lines(upload))
    name = f"import-{upload.pk}-problems.csv"
    return FileResponse(file, as_attachment=True, filename=name, content_type="text/csv; charset=utf-8")


def problem_lines(upload: Import) -> Iterator[str]:
    """One line for each refused line, and for each value left out."""
    refusals = upload.refusals.iterator(chunk_size=2000)
    rows = ([each.line, "without the value" if each.is_note else "no", each.reason] for each in refusals)
    return csv_files.lines(chain([["line", "kept", "reason"]], rows))


def watched(upload: Import) -> dict[str, object]:
    refused = ImportRefusal.objects.filter(of=upload)
    return {
        "upload": upload,
        "progress": Progress.of(upload, timezone.now()),
        "moving": upload.state in (Import.State.WAITING, Import.State.RUNNING),
        "refusals": refused[:10],
        "notes": refused.filter(is_note=True).count(),
        "is_here": uploads.file_of(upload).is_file(),
        "kept_for": file_clearing.kept_for(settings.UPLOAD_DAYS),
    }
