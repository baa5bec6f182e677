"""One message as nested JSON: what EventBridge and webhooks carry."""

from connectors.base import TEST, Outgoing

CAMPAIGN = {
    "Campaign Id": "id",
    "Campaign name": "name",
    "Campaign type": "type",
    "Campaign labels": "labels",
    "Run": "run",
    "Copy": "copy",
    TEST: "is_test",
}


def detail(message: Outgoing) -> dict[str, object]:
    """Version 1; what the campaign does not have is left out."""
    found: dict[str, object] = {
        "message_id": message.id,
        "event": message.event,
        "time": message.at,
        "campaign": {CAMPAIGN.get(name, name): value for name, value in message.campaign.items()},
        "user": user(message),
        "content": message.content,
    }
    if message.trigger:
        found["event_properties"] = message.trigger
    if message.constant is not None:
        found["constant_property"] = message.constant
    if message.recommendations:
        found["recommendations"] = message.recommendations
    return found


def user(message: Outgoing) -> dict[str, object]:
    found: dict[str, object] = {"properties": message.traits}
    if message.user_id:
        found["identity"] = message.user_id
    if message.anonymous_id:
        found["anonymous_id"] = message.anonymous_id
    if message.tokens:
        found["push_tokens"] = message.tokens
    return found
