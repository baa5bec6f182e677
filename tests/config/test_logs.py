"""Log lines."""

import json
import logging

from config.logs import Ids, JsonLines, request_id, run_id


def line(message: str, *args: object, failed: bool = False) -> dict[str, str]:
    record = logging.LogRecord("campaigns.delivery", logging.INFO, "x.py", 1, message, args, None)
    if failed:
        try:
            raise ValueError("broken")
        except ValueError as error:
            record.exc_info = (ValueError, error, error.__traceback__)
    Ids().filter(record)
    found: dict[str, str] = json.loads(JsonLines().format(record))
    return found


def test_a_line_is_one_json_object_with_its_request_and_run() -> None:
    asked, running = request_id.set("4f1c"), run_id.set("42")
    try:
        found = line("Sent %s messages", 100)
    finally:
        request_id.reset(asked)
        run_id.reset(running)

    assert {name: found[name] for name in ("level", "logger", "message", "request", "run")} == {
        "level": "info",
        "logger": "campaigns.delivery",
        "message": "Sent 100 messages",
        "request": "4f1c",
        "run": "42",
    }


def test_line_breaks_and_quotes_stay_inside_the_object() -> None:
    assert line('He said "no"\n{"level": "fake"}')["message"] == 'He said "no"\n{"level": "fake"}'


def test_an_error_brings_its_traceback() -> None:
    assert line("Failed", failed=True)["error"].endswith("ValueError: broken")
