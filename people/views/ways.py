"""Ways in: how people and events arrive, what came lately, what was refused and why, how to set each up."""

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts import audit
from accounts.models import ApiKey
from accounts.permissions import Permission, requires
from accounts.requests import SignedInRequest
from people import received, set_up, signing
from people.mail_dialects import DIALECTS
from people.ways import BY_SLUG, Way


@require_GET
@requires(Permission.EDIT_PEOPLE)
def listing(request: SignedInRequest) -> HttpResponse:
    return render(request, "people/ways.html", {"rows": received.by_way(timezone.now())})


@require_GET
@requires(Permission.EDIT_PEOPLE)
def way_in(request: SignedInRequest, slug: str) -> HttpResponse:
    return render(request, "people/way.html", shown(request, slug))


@never_cache
@require_POST
@requires(Permission.MANAGE_ACCOUNT)
@transaction.atomic
def signing_secret(request: SignedInRequest, pk: int) -> HttpResponse:
    """Shown on demand alone, and the trail says to whom."""
    key = get_object_or_404(usable_keys(), pk=pk)
    audit.record(request.user, "saw the signing secret of", key)
    return render(request, "people/_signing_secret.html", {"key": key, "secret": signing.secret(key)})


def shown(request: SignedInRequest, slug: str) -> dict[str, object]:
    way, now = found(slug), timezone.now()
    keys = usable_keys() if way.needs_key else ApiKey.objects.none()
    return {
        "way": way,
        "template": f"people/ways/{way.slug}.html",
        "received": received.of_way(way, now),
        "keys": received.by_key(way, keys, now),
        "set_up": set_up.of(way, keys, request),
        "refusals": received.refusals(way, now),
        "providers": sorted(DIALECTS),
    }


def found(slug: str) -> Way:
    way = BY_SLUG.get(slug)
    if way is None:
        raise Http404("There is no such way in.")
    return way


def usable_keys() -> QuerySet[ApiKey]:
    return ApiKey.objects.filter(revoked_at=None, scopes__contains=ApiKey.Scope.INGEST)
