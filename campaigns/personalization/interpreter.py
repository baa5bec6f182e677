"""Rendering by python-liquid itself: slower, complete, and what the compiled functions are held against."""

from collections.abc import Callable, Mapping

from .escapes import Escape
from .language import Context, MissingPolicy
from .limits import loop_turns
from .parsing import Parsed

Values = Mapping[str, Mapping[str, object]]
Render = Callable[[Values], str]


def interpreted(parsed: Parsed, missing: MissingPolicy, escape: Escape = "none") -> Render:
    """A function from a person's values to the text; it raises Stop, or whatever the library raises."""
    template, turns = parsed.template, loop_turns(parsed.parts)

    def render(values: Values) -> str:
        context = Context(template, globals=values)
        context.missing = missing
        context.escape = escape
        context.kept_bytes = 0
        context.turns_left = turns
        buffer = context.get_buffer()
        template.render_with_context(context, buffer)
        return buffer.getvalue()

    return render
