"""The file of a run, to be downloaded."""

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from accounts import audit
from accounts.permissions import Permission, requires
from accounts.requests import SignedInRequest
from campaigns import run_file
from campaigns.models import Run


@require_GET
@requires(Permission.EXPORT)
def download(request: SignedInRequest, pk: int) -> FileResponse:
    """Sent in pieces from the disk; who takes so many people's data along is noted."""
    run = get_object_or_404(Run.objects.select_related("campaign", "connection").defer("snapshot"), pk=pk)
    if (path := run_file.kept(run)) is None:
        raise Http404
    try:
        file = path.open("rb")
    except FileNotFoundError:  # removed just now
        raise Http404 from None
    audit.record(request.user, "exported", run.campaign, {"run": ("", run.number)})
    return FileResponse(
        file, as_attachment=True, filename=run_file.name(run, path), content_type=run_file.content_type(path)
    )
