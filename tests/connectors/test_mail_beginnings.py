"""What a mail can begin with is a mail that could be sent as it is, and each part to insert is one that shows."""

import re

import pytest
from mjml import mjml2html

from connectors.base import Block, Start
from connectors.mail_beginnings import BLOCKS, STARTS
from connectors.mail_wording import prepared

LIQUID = re.compile(r"\{\{.*?\}\}")


@pytest.mark.parametrize("start", STARTS, ids=lambda start: start.key)
def test_a_beginning_has_a_subject_a_way_out_and_a_text_part(start: Start) -> None:
    made = prepared(start.texts)

    assert made["subject"] == start.texts["subject"] != ""
    assert '<a href="{{ links.unsubscribe }}"' in made["html"]
    assert "<{{ links.unsubscribe }}>" in made["text"]
    assert "<mj-" not in made["html"]
    assert "prefers-color-scheme: dark" in made["html"]


@pytest.mark.parametrize("start", STARTS, ids=lambda start: start.key)
def test_a_beginning_goes_to_people_of_whom_nothing_is_known(start: Start) -> None:
    printed = [tag for text in start.texts.values() for tag in LIQUID.findall(text) if "profile." in tag]

    assert [tag for tag in printed if "| default:" not in tag] == []


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.label)
def test_a_part_is_mjml_that_shows(block: Block) -> None:
    is_section = block.mjml.startswith("<mj-section")
    body = block.mjml if is_section else f"<mj-section><mj-column>{block.mjml}</mj-column></mj-section>"

    made = mjml2html(f"<mjml><mj-body>{body}</mj-body></mjml>")

    empty = mjml2html("<mjml><mj-body><mj-section><mj-column></mj-column></mj-section></mj-body></mjml>")
    assert len(made) > len(empty)
    assert "<mj-" not in made
