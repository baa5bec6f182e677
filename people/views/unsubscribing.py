"""The page behind the link to unsubscribe. Only a POST changes anything: scanners of mail follow links."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from people import unsubscribing


@csrf_exempt  # RFC 8058: mailbox providers post here without cookies; the token says who may
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    origin = unsubscribing.origin_of(token)
    if origin is None:
        raise Http404("This link is not one of ours.")
    if request.method == "POST":
        unsubscribing.unsubscribe(origin, now=timezone.now())
    return render(request, "people/unsubscribe.html", {"done": request.method == "POST", "origin": origin})
