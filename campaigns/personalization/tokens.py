"""What a text takes from where: its tokens, for chips and counts, and the properties it needs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from liquid import RenderContext
from liquid.ast import Node
from liquid.builtin.expressions import FilteredExpression, Path, StringLiteral
from liquid.builtin.expressions import Literal as Constant
from liquid.static_analysis import Variable

from .compiler import LIBRARY_ROOTS, SPECIAL_KEYS
from .language import PrintNode
from .parsing import Parsed, parse

SOURCES: Final = ("profile", "event", "campaign", "constant", "links")


@dataclass(frozen=True, slots=True)
class Token:
    """One `{{ source.name | default: "fallback" }}` of a text.

    `path` is what follows the source, `name` its first step: the property whose absence counts. A token
    inside a block is `conditional`: people without the value may never reach it.
    """

    source: str
    name: str
    fallback: str | None
    broken: str | None
    path: tuple[str | int, ...] = ()
    conditional: bool = False


def tokens(text: str) -> tuple[Token, ...]:
    """The tokens of `text`, in order; raises TemplateError."""
    parsed = parse(text)
    own = _own_names(parsed)
    return tuple(
        _token(path, expression, conditional)
        for path, expression, conditional in _outputs(parsed)
        if path.path[0] not in own
    )


def needs(texts: Iterable[str]) -> frozenset[str] | None:
    """The profile properties used anywhere in `texts`; None when it may be any of them."""
    names: set[str] = set()
    for text in texts:
        for variable in parse(text).template.analyze().globals.get("profile", []):
            if (name := _property(variable)) is None:
                return None
            names.add(name)
    return frozenset(names)


def _property(variable: Variable) -> str | None:
    name = variable.segments[1] if len(variable.segments) > 1 else None
    return name if isinstance(name, str) and name not in SPECIAL_KEYS else None


def _outputs(parsed: Parsed) -> Iterator[tuple[Path, FilteredExpression, bool]]:
    context = RenderContext(parsed.template)
    waiting: list[tuple[Node, bool]] = [(node, False) for node in reversed(parsed.template.nodes)]
    while waiting:
        node, conditional = waiting.pop()
        expression = node.expression if isinstance(node, PrintNode) else None
        if isinstance(expression, FilteredExpression) and isinstance(expression.left, Path):
            yield expression.left, expression, conditional
        children = list(node.children(context))
        waiting.extend((child, True) for child in reversed(children))


def _token(path: Path, expression: FilteredExpression, conditional: bool) -> Token:
    root, *keys = path.path
    steps = tuple(key if isinstance(key, str | int) else f"[{key}]" for key in keys)
    source = str(root)
    name = str(steps[0]) if steps else ""
    return Token(source, name, _fallback(expression), _broken(source, name), steps, conditional)


def _fallback(expression: FilteredExpression) -> str | None:
    for filter_ in expression.filters or ():
        if filter_.name == "default":
            value = filter_.args[0].value if filter_.args else None
            if isinstance(value, StringLiteral | Constant):
                return str(value.value)
            return str(value) if value else ""
    return None


def _broken(source: str, name: str) -> str | None:
    if source in SOURCES:
        return None if name else f"Say which part of {source} is meant, such as {source}.name."
    if source in LIBRARY_ROOTS:
        return None
    return f"Nothing is called “{source}” here. A person's property is written profile.{source}."


def _own_names(parsed: Parsed) -> frozenset[str]:
    analysis = parsed.template.analyze()
    in_scope = set(analysis.variables) - set(analysis.globals)
    return frozenset(analysis.locals) | frozenset(in_scope)
