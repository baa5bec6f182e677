"""What Amazon SES wants that other mail providers do not: keys as boto3 takes them, and errors as it raises them."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
)

from connectors.agent import AGENT
from connectors.amazon import REGION
from connectors.http import Answer

SLOWER = frozenset({"LimitExceededException", "Throttling", "ThrottlingException", "TooManyRequestsException"})
CLOSED = frozenset(
    {
        "AccountSuspendedException", "ExpiredTokenException", "IncompleteSignature", "InvalidClientTokenId",
        "InvalidSignatureException", "MailFromDomainNotVerifiedException", "NotFoundException", "OptInRequired",
        "SendingPausedException", "SignatureDoesNotMatch", "UnrecognizedClientException",
    }
)  # fmt: skip


def options(secrets: Mapping[str, str], region: str, url: str, seconds: float) -> dict[str, Any]:
    """For anymail's backend. One try: what may have been taken is not sent again behind our back."""
    config = {
        "user_agent": AGENT,
        "connect_timeout": seconds,
        "read_timeout": seconds,
        "retries": {"total_max_attempts": 1},
    }
    client = {"config": config, **({"endpoint_url": url} if url else {})}
    keys = {
        "aws_access_key_id": secrets.get("api_key", ""),
        "aws_secret_access_key": secrets.get("secret_key", ""),
        "region_name": region or REGION,
    }
    return {"session_params": keys, "client_params": client}


def answer(said: Mapping[str, Any]) -> Answer:
    """Amazon's error as an answer over HTTP: it says with a 400 what others say with a 401, 403 or 429."""
    error, about = said.get("Error", {}), said.get("ResponseMetadata", {})
    code, status = str(error.get("Code", "")), int(about.get("HTTPStatusCode", 400))
    status = 429 if code in SLOWER else 403 if code in CLOSED else status
    wait = about.get("HTTPHeaders", {}).get("retry-after")
    return Answer(status, {"Retry-After": wait} if wait else {}, f"{code}: {error.get('Message', '')}")


def was_not_reached(cause: BaseException | None) -> bool:
    return isinstance(cause, EndpointConnectionError | ConnectTimeoutError)


def may_be_taken(cause: BaseException | None) -> bool:
    return isinstance(cause, HTTPClientError) and not was_not_reached(cause)


def is_ours(cause: BaseException | None) -> bool:
    """Whether boto3 did not even ask Amazon, as with no key or a region that is none."""
    return isinstance(cause, BotoCoreError) and not (was_not_reached(cause) or may_be_taken(cause))
