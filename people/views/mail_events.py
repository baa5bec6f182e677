"""Where mail providers report to, each in its own dialect; closed until a secret for them is set."""

from anymail.exceptions import AnymailConfigurationError, AnymailWebhookValidationFailure
from anymail.webhooks import brevo, mailersend, mailgun, mailjet, mailtrap, mandrill, postmark, resend, sparkpost
from anymail.webhooks.base import AnymailCoreWebhookView
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from people import mail_events

DIALECTS: dict[str, type[AnymailCoreWebhookView]] = {
    "brevo": brevo.BrevoTrackingWebhookView,
    "mailersend": mailersend.MailerSendTrackingWebhookView,
    "mailgun": mailgun.MailgunTrackingWebhookView,
    "mailjet": mailjet.MailjetTrackingWebhookView,
    "mailtrap": mailtrap.MailtrapTrackingWebhookView,
    "mandrill": mandrill.MandrillCombinedWebhookView,
    "postmark": postmark.PostmarkTrackingWebhookView,
    "resend": resend.ResendTrackingWebhookView,
    "sparkpost": sparkpost.SparkPostTrackingWebhookView,
}


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
        mail_events.take_in(dialect.parse_events(request), now=timezone.now())
    except AnymailConfigurationError:
        raise Http404("The keys of this provider's signatures are not set.") from None
    except AnymailWebhookValidationFailure:
        return HttpResponse("The secret or the signature is wrong.", status=401, content_type="text/plain")
    except (ValueError, KeyError, TypeError, AttributeError):
        return HttpResponse("This is no report of this provider.", status=400, content_type="text/plain")
    return HttpResponse()
