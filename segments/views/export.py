"""The people of a segment as a file: which columns, then the file itself."""

import re
from http import HTTPStatus

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts import audit
from accounts.permissions import Permission, requires
from accounts.requests import SignedInRequest
from segments import audience
from segments import export as exporting
from segments.models import Segment
from segments.parse import TreeError, parse
from segments.reading import TooSlow


@require_http_methods(["GET", "POST"])
@requires(Permission.EXPORT)
def export(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """GET asks for the columns; POST answers with the file, and the audit trail says who took it."""
    segment = get_object_or_404(Segment, pk=pk, kind=Segment.Kind.PAST)
    columns = exporting.columns()
    names = [column.name for column in columns if column.name in request.POST.getlist("column")]
    if request.method == "GET" or not names:
        return ask(request, segment, columns, "" if request.method == "GET" else "Choose at least one column.")
    try:
        file = exporting.file_of(parse(segment.tree), names, audience.current())
    except (TreeError, TooSlow) as error:
        return ask(request, segment, columns, str(error))
    except exporting.Busy as error:
        return ask(request, segment, columns, str(error), HTTPStatus.SERVICE_UNAVAILABLE)
    audit.record(request.user, "exported", segment, {"columns": ([], names)})
    return exporting.Download(file, file_name(segment))


def ask(
    request: SignedInRequest, segment: Segment, columns: list[exporting.Column], words: str, status: int = 422
) -> HttpResponse:
    context = {"segment": segment, "columns": columns, "words": words}
    return render(request, "segments/export.html", context, status=status if words else 200)


def file_name(segment: Segment) -> str:
    """A name that every system takes: letters, digits and dashes."""
    name = re.sub(r"[^a-z0-9]+", "-", segment.name.lower()).strip("-")[:60] or "segment"
    return f"{name}-{timezone.localdate():%Y-%m-%d}.csv"
