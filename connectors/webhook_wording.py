"""What a marketer writes of a webhook's request: its fields, what no receiver would understand, how it is read."""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec
import orjson

from connectors import webhook
from connectors.base import Field, FieldError, Outgoing

TEST_LINE: Final = f"{webhook.TEST_HEADER}: true"

FIELDS = (
    Field("method", "Method", input="choice", choices=webhook.METHODS),
    Field("path", "After the address", escape="url", help="Such as /people/{{ profile.identity }}?source=belfry."),
    Field("headers", "Headers", escape="header", rows=2, help="One a line, such as X-Team: growth."),
    Field(
        "body",
        "Body",
        escape="json",
        rows=8,
        replaces_pairs=True,
        help="Left empty, the body is the JSON that the preview shows, with the keys and values above.",
    ),
)


def check(texts: Mapping[str, str]) -> Iterator[FieldError]:
    """What no receiver would understand of an example request, or what the connection sets itself."""
    method, path = texts.get("method", "").strip().upper(), texts.get("path", "").strip()
    if method and method not in webhook.METHODS:
        yield FieldError("method", f"“{method[:20]}” is no method. Choose one of {', '.join(webhook.METHODS)}.")
    if path[:1] not in ("", "/", "?"):
        yield FieldError("path", "What follows the address begins with / or with ?, such as /people. Write that first.")
    headers = list(webhook.header_lines(texts.get("headers", "")))
    if problem := half_header(texts.get("headers", "")) or webhook.header_problem(headers):
        yield FieldError("headers", f"{problem} Change that line or take it away.")
    body = texts.get("body", "")
    if body.strip() and webhook.is_json(headers) and (line := broken_line(body)):
        words = f"This is no JSON: look at line {line}. Mend it, or name another Content-Type under Headers."
        yield FieldError("body", words)


def half_header(text: str) -> str:
    """What is wrong with the first line that has no name or no colon."""
    for line in text.split("\n"):
        name, colon, _ = line.strip().partition(":")
        if (name or colon) and not (name.strip() and colon):
            return f"“{line.strip()[:40]}” is no header. Write Name: value."
    return ""


def broken_line(text: str) -> int:
    """The line in which the text ceases to be JSON; 0 where all of it is."""
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return error.lineno
    return 0


def readable(payload: Mapping[str, object]) -> Mapping[str, object]:
    """The payload to be read: a body that the marketer wrote as JSON as that, not as a text in quotes."""
    body, headers = payload.get("body"), payload.get("headers")
    if not isinstance(body, str) or not isinstance(headers, dict):
        return payload
    if not webhook.is_json(list(headers.items())) or broken_line(body):
        return payload
    return {**payload, "body": orjson.loads(body)}


def marked(message: Outgoing) -> Outgoing:
    """With a header that says it is a test: a body of the marketer's own has no room for that."""
    headers = f"{message.fields.get('headers', '')}\n{TEST_LINE}".strip()
    return msgspec.structs.replace(message, fields={**message.fields, "headers": headers})
