"""The token of an editor: whatever is counted under it, one at a time is."""

import uuid

from django import template

register = template.Library()


@register.simple_tag
def editor_token() -> str:
    """A new one for each page; under it `segments.reach.asking` keeps one computation."""
    return uuid.uuid4().hex
