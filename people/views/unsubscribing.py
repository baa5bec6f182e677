"""The page behind the link to unsubscribe. Only a POST changes anything: scanners of mail follow links."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from people import farewell, unsubscribe_words, unsubscribing


@csrf_exempt  # RFC 8058: mailbox providers post here without cookies; the token says who may
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    origin, accepted = unsubscribing.origin_of(token), request.headers.get("Accept-Language", "")
    if origin is None:
        page = farewell.Farewell(unsubscribe_words.words("", accepted))
        return render(request, "people/unsubscribe_broken.html", {"page": page}, status=404)
    if request.method == "POST":
        unsubscribing.unsubscribe(origin, now=timezone.now())
    context = {"page": farewell.of(origin, accepted), "done": request.method == "POST", "is_test": not origin.counts}
    return render(request, "people/unsubscribe.html", context)
