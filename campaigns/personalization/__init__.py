"""Personalization: Liquid texts checked, compiled once per copy and rendered for one person after another.

Pure Python, no models: `compile_copy(pairs, missing=…).render({"profile": {…}, "event": {…}})`.
"""

from .copies import CompiledCopy, Rendered, Unrendered, compile_copy
from .escapes import Escape
from .language import MissingPolicy, Reason
from .parsing import TemplateError, parse
from .tokens import SOURCES, Token, needs, tokens

__all__ = [
    "SOURCES",
    "CompiledCopy",
    "Escape",
    "MissingPolicy",
    "Reason",
    "Rendered",
    "TemplateError",
    "Token",
    "Unrendered",
    "check",
    "compile_copy",
    "needs",
    "tokens",
]


def check(text: str) -> None:
    """Raise TemplateError, with its line, where `text` cannot be used."""
    parse(text)
