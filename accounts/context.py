"""What every page knows of the account."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import AccountSettings


def account(request: HttpRequest) -> dict[str, object]:
    user = getattr(request, "user", None)  # an error before the sign-in middleware has none
    if user is None or not user.is_authenticated:
        return {}
    return {"account": SimpleLazyObject(AccountSettings.current)}
