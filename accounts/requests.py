"""What a view behind login may rely on."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from accounts.models import User


class SignedInRequest(HttpRequest):
    """A request that passed the login middleware: `user` is one of ours. Only for annotations."""

    user: User
    htmx: HtmxDetails
