"""A copy's texts, compiled once, rendered for one person after another."""

from collections.abc import Mapping, Sequence

import msgspec
from liquid.exceptions import LiquidError, LocalNamespaceLimitError, OutputStreamLimitError

from .compiler import NotCoveredError, compiled
from .escapes import Escape
from .interpreter import Render, Values, interpreted
from .language import MissingPolicy, Reason, Stop
from .parsing import parse


class Rendered(msgspec.Struct, frozen=True, gc=False):
    """The texts for one person, in the order of the copy's pairs."""

    values: tuple[str, ...]


class Unrendered(msgspec.Struct, frozen=True, gc=False):
    """Why one person gets no text; `detail` is a sentence that names the token."""

    reason: Reason
    detail: str


class CompiledCopy:
    """Ready to render; safe to share between threads, as it holds no one's values."""

    __slots__ = ("_texts", "keys")

    def __init__(self, keys: tuple[str, ...], texts: tuple[Render, ...]) -> None:
        self.keys = keys
        self._texts = texts

    def render(self, context: Values) -> Rendered | Unrendered:
        """The texts filled from `context` (`profile`, `event`, `campaign`, `constant`); never raises."""
        try:
            return Rendered(tuple([text(context) for text in self._texts]))
        except Stop as stop:
            return Unrendered(stop.reason, stop.detail)
        except (OutputStreamLimitError, LocalNamespaceLimitError) as error:
            return Unrendered("too_large", f"The text grows too long: {_said(error)}.")
        except Exception as error:  # whatever one person's values cause stays with that person
            return Unrendered("render_error", f"The text cannot be made: {_said(error)}.")


def compile_copy(
    pairs: Sequence[tuple[str, str]], *, missing: MissingPolicy, escapes: Mapping[str, Escape] | None = None
) -> CompiledCopy:
    """Compile the texts of `pairs` (key, text), the values printed in them escaped by key; raises TemplateError."""
    by_key = escapes or {}
    return CompiledCopy(
        tuple(key for key, _text in pairs),
        tuple(_compiled_text(text, missing, by_key.get(key, "none")) for key, text in pairs),
    )


def _compiled_text(text: str, missing: MissingPolicy, escape: Escape) -> Render:
    parsed = parse(text)
    by_library = interpreted(parsed, missing, escape)
    try:
        by_function = compiled(parsed, missing, escape)
    except NotCoveredError:
        return by_library

    def render(context: Values) -> str:
        try:
            return by_function(context)
        except Stop:
            raise
        except Exception:  # the interpreter knows which expression it was
            return by_library(context)

    return render


def _said(error: Exception) -> str:
    if not isinstance(error, LiquidError):
        return f"{type(error).__name__}, {error}"
    where = error.token.value if error.token else ""
    where = where if len(where) <= 80 else where[:79] + "…"
    return f"{error.message} in “{where}”" if where else str(error.message)
