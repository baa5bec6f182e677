"""What docs/segments.md shows works, and it names every operator."""

import json
import re
from typing import Any

import pytest
from django.conf import settings

from segments import operators
from segments.live import dump as live_dump
from segments.live import parse as live_parse
from segments.parse import dump, parse
from segments.parse.rule import FAMILIES
from tests.segments.making import rule

PAGE = (settings.BASE_DIR / "docs" / "segments.md").read_text()
EXAMPLES = [(kind, json.loads(block)) for kind, block in re.findall(r"```json ?(\w*)\n(.*?)```", PAGE, re.DOTALL)]
NODES = [node for kind, block in EXAMPLES if isinstance(block, list) and not kind for node in block]
TRIGGERS = [trigger for kind, block in EXAMPLES if kind == "live" for trigger in block]


@pytest.mark.parametrize("node", NODES)
def test_each_condition_can_be_used_as_it_is_shown(node: dict[str, Any]) -> None:
    assert dump(parse(rule(node))) == rule(node)


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_each_trigger_can_be_used_as_it_is_shown(trigger: dict[str, Any]) -> None:
    whole = {"version": 1, "live": {"trigger": trigger}}

    assert live_dump.dump(live_parse.parse(whole)) == whole


def test_both_whole_rules_can_be_used_as_they_are_shown() -> None:
    past, now = (block for _, block in EXAMPLES if isinstance(block, dict))

    assert dump(parse(past)) == past
    assert live_dump.dump(live_parse.parse(now)) == now


def test_every_family_and_trigger_is_shown() -> None:
    assert {name for node in NODES for name in node} >= FAMILIES.keys()
    assert {name for trigger in TRIGGERS for name in trigger} == live_parse.TRIGGERS.keys()


def test_every_operator_is_named() -> None:
    assert {row.key for row in operators.OPERATORS} - set(re.findall(r"`(\w+)`", PAGE)) == set()
