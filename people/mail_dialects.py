"""How mail providers report, each in its own way: django-anymail reads it, what it cannot verify is verified here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from anymail.exceptions import AnymailConfigurationError, AnymailError, AnymailWebhookValidationFailure
from anymail.signals import tracking
from anymail.webhooks import (
    brevo,
    mailersend,
    mailgun,
    mailjet,
    mailtrap,
    mandrill,
    postal,
    postmark,
    resend,
    sparkpost,
)
from anymail.webhooks.amazon_ses import AmazonSESTrackingWebhookView
from anymail.webhooks.base import AnymailBaseWebhookView, AnymailCoreWebhookView
from django.conf import settings
from django.http import HttpRequest
from standardwebhooks import Webhook, WebhookVerificationError

from people import sns

# What django-anymail's readers let through where a value is not of the kind, or not of the size, that it should be.
UNREADABLE = (
    AnymailError, ArithmeticError, AssertionError, AttributeError, LookupError, OSError, RecursionError, TypeError,
    ValueError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Odd:
    """An event, as it came, that cannot be read."""

    said: object


class OneByOne:
    """Of a provider that reports several events at once: one that cannot be read costs no other."""

    def esp_to_anymail_event(self, *said: object) -> object:
        try:
            return super().esp_to_anymail_event(*said)  # type: ignore[misc]  # the provider's reader stands behind
        except (*UNREADABLE, AnymailConfigurationError):  # the latter of mails that came in, and are not for here
            return Odd(said[-1])


class Mailjet(OneByOne, mailjet.MailjetTrackingWebhookView):  # type: ignore[misc]  # anymail has no types
    pass


class Mandrill(OneByOne, mandrill.MandrillCombinedWebhookView):  # type: ignore[misc]  # anymail has no types
    signal = tracking  # what is no report of a mail is odd


class SparkPost(OneByOne, sparkpost.SparkPostTrackingWebhookView):  # type: ignore[misc]  # anymail has no types
    """Its events are wrapped; what is wrapped oddly is read as an event without a type, which is none."""

    def unwrap_event(self, raw_event: object) -> tuple[object, object, object]:
        try:
            kind, event, _ = super().unwrap_event(raw_event)
        except UNREADABLE:
            return "", {}, raw_event
        return (kind, {} if kind and event is None else event, raw_event)


class AmazonSes(AmazonSESTrackingWebhookView):  # type: ignore[misc]  # anymail has no types
    """Believed by Amazon's signature; a topic that begins to report is confirmed at the address it names."""

    def validate_request(self, request: HttpRequest) -> None:
        """Asked besides those of the classes above."""
        try:
            sns.verify(self._parse_sns_message(request))
        except sns.Untrusted as error:
            raise AnymailWebhookValidationFailure(str(error)) from error

    def auto_confirm_sns_subscription(self, sns_message: Mapping[str, object]) -> None:
        try:
            sns.confirm(sns_message)
        except sns.Untrusted as error:
            raise AnymailWebhookValidationFailure(str(error)) from error


class Resend(resend.ResendTrackingWebhookView):  # type: ignore[misc]  # anymail has no types
    """Signed as Standard Webhooks are, with headers of another name."""

    def __init__(self, **kwargs: Any) -> None:
        AnymailBaseWebhookView.__init__(self, **kwargs)
        self._svix_webhook = None  # anymail asks for a library of its own
        self.secret = str(settings.ANYMAIL.get("RESEND_SIGNING_SECRET") or "")
        if not self.secret:
            raise AnymailConfigurationError("RESEND_SIGNING_SECRET is not set.")

    def validate_request(self, request: HttpRequest) -> None:
        headers = {
            f"webhook-{name}": request.headers.get(f"svix-{name}", "") for name in ("id", "timestamp", "signature")
        }
        try:
            Webhook(self.secret).verify(request.body, headers)
        except (WebhookVerificationError, ValueError) as error:
            raise AnymailWebhookValidationFailure("The signature is wrong.") from error


class Mailtrap(OneByOne, mailtrap.MailtrapTrackingWebhookView):  # type: ignore[misc]  # anymail has no types
    """Mailtrap signs, so its key is needed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not self.signing_secret:
            raise AnymailConfigurationError("MAILTRAP_TRACKING_SECRET is not set.")


DIALECTS: dict[str, type[AnymailCoreWebhookView]] = {
    "amazon_ses": AmazonSes,
    "brevo": brevo.BrevoTrackingWebhookView,
    "mailersend": mailersend.MailerSendTrackingWebhookView,
    "mailgun": mailgun.MailgunTrackingWebhookView,
    "mailjet": Mailjet,
    "mailtrap": Mailtrap,
    "mandrill": Mandrill,
    "postal": postal.PostalTrackingWebhookView,
    "postmark": postmark.PostmarkTrackingWebhookView,
    "resend": Resend,
    "sparkpost": SparkPost,
}
