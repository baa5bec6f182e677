"""What links and pictures in messages lead to: everybody may come, with a link that we signed."""

import base64

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from people import tracking

PICTURE = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@login_not_required
@never_cache
@require_safe
def opened(request: HttpRequest, token: str) -> HttpResponse:
    if not tracking.opened(token, agent(request), now=timezone.now()):
        raise Http404("This picture is not one of ours.")
    return HttpResponse(PICTURE, content_type="image/gif")


@login_not_required
@never_cache
@require_safe
def clicked(request: HttpRequest, token: str) -> HttpResponse:
    """Only to where the message's own link led: what nobody signed leads nowhere."""
    url = tracking.clicked(token, agent(request), now=timezone.now(), counts=request.method == "GET")
    if url is None:
        raise Http404("This link is not one of ours.")
    return HttpResponseRedirect(url)


def agent(request: HttpRequest) -> str:
    return request.headers.get("User-Agent", "")
