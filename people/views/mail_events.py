"""Where mail providers report to, each in its own dialect; closed until a secret for them is set."""

from http import HTTPStatus

from anymail.exceptions import AnymailConfigurationError, AnymailWebhookValidationFailure
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from people import mail_events, tally
from people.mail_dialects import DIALECTS, UNREADABLE
from people.records import Outcome


@csrf_exempt  # providers have no cookies: they are known by the secret, and most by a signature too
@login_not_required
@require_http_methods(["HEAD", "POST"])
def mail_events_of(request: HttpRequest, service: str) -> HttpResponse:
    if service not in DIALECTS or not settings.ANYMAIL.get("WEBHOOK_SECRET"):
        raise Http404("Nobody reports here.")
    if request.method == "HEAD":  # some try the address before they use it
        return HttpResponse()
    try:
        dialect = DIALECTS[service]()
        dialect.setup(request)
        dialect.run_validators(request)
        said = list(dialect.parse_events(request))
    except AnymailConfigurationError:
        raise Http404("The keys of this provider's signatures are not set.") from None
    except AnymailWebhookValidationFailure:
        return refused(request, 401, "The secret or the signature is wrong.")
    except UNREADABLE:
        return refused(request, 400, "This is no report of this provider.")
    events, odd = mail_events.parted(said)
    refusals = sorted([*odd, *mail_events.take_in(events, now=timezone.now())])
    tally.note("mail", None, Outcome(len(said) - len(refusals), refusals), lambda: mail_events.as_they_came(said))
    return HttpResponse()


def refused(request: HttpRequest, status: int, reason: str) -> HttpResponse:
    tally.turned_away(request, None, status, reason)
    answer = HttpResponse(reason, status=status, content_type="text/plain")
    if status == HTTPStatus.UNAUTHORIZED:  # without it Amazon never says the password
        answer["WWW-Authenticate"] = 'Basic realm="mail events"'
    return answer
