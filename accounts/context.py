"""What every page knows of the account."""

from django.http import HttpRequest

from accounts.models import AccountSettings


def account(request: HttpRequest) -> dict[str, object]:
    if not request.user.is_authenticated:
        return {}
    return {"account": AccountSettings.current()}
