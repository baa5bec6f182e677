"""Why somebody did not get a message: the only reasons there are, each with a sentence for marketers."""

from typing import Final

SENTENCES: Final = {
    "no_address": "There is nothing to send to: the person has no address on this channel.",
    "unsubscribed": "The person unsubscribed from this channel.",
    "suppressed": "The person is suppressed on this channel.",
    "duplicate_address": "Another person with the same address gets it.",
    "system_control_group": "The person is in the system control group, which gets nothing.",
    "custom_control_group": "The person is in a custom control group, which gets nothing.",
    "campaign_control_group": "The person is in this campaign's control group, which gets nothing.",
    "run_cap": "The run's cap was reached.",
    "daily_cap": "The day's cap was reached.",
    "total_cap": "The campaign's cap was reached.",
    "global_cap": "The person already got as many messages as the account allows.",
    "minimum_gap": "The person got another message too short a time ago.",
    "campaign_limit": "The person already got this campaign as often as it allows.",
    "dnd_discarded": "It was the person's quiet time, and the campaign discards then.",
    "time_passed": "The time had already passed in the person's zone.",
    "cut_off": "The campaign's cut-off time came first.",
    "not_qualified_at_send": "The person no longer qualified when it was to be sent.",
    "missing_value": "A value that the text needs is missing and has no fallback.",
    "aborted_by_template": "The text itself says not to send to this person.",
    "no_recommendation": "There was no valid item to recommend.",
    "linked_content_failed": "Linked content could not be loaded.",
    "render_error": "The text could not be filled in for this person.",
    "too_large": "The filled-in message is larger than the destination takes.",
    "rejected_by_provider": "The destination refused the message.",
    "invalid_recipient": "The destination does not know this recipient.",
    "provider_unavailable": "The destination did not answer, however often it was tried.",
    "campaign_stopped": "The campaign was stopped before it was the person's turn.",
    "expired": "It was not accepted in time, so it was given up.",
}

CONTROL_GROUPS: Final = frozenset({"system_control_group", "custom_control_group", "campaign_control_group"})


def look(state: str, reason: str) -> str:
    """A state as pages show it: who is in a control group is not counted among the excluded."""
    return "withheld" if reason in CONTROL_GROUPS else state


def sentence(reason: str) -> str:
    """What a page says for a reason; raises KeyError for a word that is none."""
    return SENTENCES[reason]
