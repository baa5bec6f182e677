"""A parsed template as one plain Python function; what it does not cover is left to the interpreter.

The source it writes consists of names that it makes up itself: a marketer's text only ever enters as the
value of a constant.
"""

import keyword
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, cast

from liquid.ast import BlockNode, Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import (
    FilteredExpression,
    KeywordArgument,
    Literal,
    LoopExpression,
    Nil,
    Path,
    StringLiteral,
)
from liquid.builtin.expressions.filtered import Filter
from liquid.builtin.expressions.primitive import Blank, Empty, IntegerLiteral
from liquid.builtin.tags.comment_tag import CommentNode
from liquid.builtin.tags.doc_tag import DocNode
from liquid.builtin.tags.for_tag import ForNode
from liquid.builtin.tags.if_tag import IfNode
from liquid.builtin.tags.unless_tag import UnlessNode
from liquid.expression import Expression

from . import runtime
from .conditions import condition
from .escapes import Escape, treatments
from .interpreter import Render
from .language import LANGUAGE, AbortNode, MissingPolicy, PrintNode, argument_paths, filter_names, has_default
from .limits import OUTPUT_BYTES, loop_turns
from .parsing import Parsed

SPECIAL_KEYS: Final = frozenset(("size", "first", "last"))
LIBRARY_ROOTS: Final = frozenset(("now", "today", "partial", "forloop", "tablerowloop"))
MOST_NODES: Final = 400
LOOP_FACTS: Final = {
    "index": "({at} + 1)",
    "index0": "{at}",
    "rindex": "({turns} - {at})",
    "rindex0": "({turns} - {at} - 1)",
    "first": "({at} == 0)",
    "last": "({at} == {turns} - 1)",
    "length": "{turns}",
}


class NotCoveredError(Exception):
    """The template uses something that only the interpreter knows."""


def compiled(parsed: Parsed, missing: MissingPolicy, escape: Escape = "none") -> Render:
    """The template as a function; raises NotCoveredError."""
    writer = _Writer(missing, escape)
    if parsed.parts > MOST_NODES:
        raise NotCoveredError
    with writer.indented("def render(context):"):
        pieces = writer.nodes(parsed.template.nodes)
        writer.line(f"text = {writer.joined(pieces)}")
        writer.line(f"if len(text) > {OUTPUT_BYTES // 4}: refuse_large(text)")
        writer.line("return text")
    return writer.function(loop_turns(parsed.parts))


class _Writer:
    """Writes the function: statements go to `lines`, what must be printed comes back as names of texts."""

    def __init__(self, missing: MissingPolicy, escape: Escape) -> None:
        self.missing = missing
        self.escape = escape
        self.lines: list[str] = []
        self.depth = 0
        self.constants: dict[str, object] = dict(vars(runtime))
        self.roots: dict[str, str] = {}
        self.loops: list[tuple[str, str, str, str]] = []
        self.count = 0

    def function(self, turns: int) -> Render:
        head = [f"    turns_left = {turns}"]
        for root, name in self.roots.items():
            head.append(f"    {name} = context.get({self.constant(root)}, MISSING)")
        source = "\n".join([self.lines[0], *head, *self.lines[1:]])
        try:
            exec(compile(source, "<copy>", "exec"), self.constants)  # noqa: S102 names of our own making only
        except (SyntaxError, RecursionError, MemoryError) as error:
            raise NotCoveredError from error
        return cast(Render, self.constants["render"])

    # Words of the source

    def line(self, source: str) -> None:
        self.lines.append("    " * self.depth + source)

    @contextmanager
    def indented(self, header: str) -> Iterator[None]:
        self.line(header)
        self.depth += 1
        yield
        self.depth -= 1

    def name(self, letter: str) -> str:
        self.count += 1
        return f"{letter}{self.count}"

    def constant(self, value: object) -> str:
        name = self.name("c")
        self.constants[name] = value
        return name

    def assigned(self, source: str) -> str:
        name = self.name("v")
        self.line(f"{name} = {source}")
        return name

    def joined(self, pieces: Sequence[str]) -> str:
        if len(pieces) == 1:
            return pieces[0]
        return 'f"' + "".join(f"{{{piece}}}" for piece in pieces) + '"'

    # Parts of a template

    def nodes(self, nodes: Sequence[Node], *, silent: bool = False) -> list[str]:
        pieces = []
        for node in nodes:
            match node:
                case ContentNode():
                    if node.text and not silent:
                        pieces.append(self.constant(node.text))
                case PrintNode():
                    pieces.append(self.escaped(node, self.output(node)))
                case IfNode() | UnlessNode():
                    pieces.append(self.choice(node))
                case ForNode():
                    pieces.append(self.loop(node))
                case AbortNode():
                    self.line(f"abort({self.constant(node.why)})")
                case CommentNode() | DocNode():
                    pass
                case _:
                    raise NotCoveredError
        return pieces

    def block(self, block: BlockNode, text: str) -> None:
        pieces = self.nodes(block.nodes, silent=block.blank)
        self.line(f"{text} = {self.joined(pieces)}")

    def choice(self, node: IfNode | UnlessNode) -> str:
        text = self.name("t")
        negated = "not " if isinstance(node, UnlessNode) else ""
        with self.indented(f"if {negated}{condition(node.condition, self.value)}:"):
            self.block(node.consequence, text)
        for alternative in node.alternatives:
            with self.indented(f"elif {condition(alternative.expression, self.value)}:"):
                self.block(alternative.block, text)
        with self.indented("else:"):
            if node.default:
                self.block(node.default, text)
            else:
                self.line(f'{text} = ""')
        return text

    def loop(self, node: ForNode) -> str:
        text, items, turns, texts, size = (self.name(letter) for letter in "tinas")
        at, item = self.name("k"), self.name("x")
        self.line(f"{items} = {self.loop_items(node.expression)}")
        self.line(f"{turns} = len({items})")
        self.line(f"turns_left -= {turns}")
        self.line("if turns_left < 0: refuse_turns()")
        self.line(f"{texts} = []; {size} = 0")
        self.loops.append((str(node.expression.identifier), item, at, turns))
        with self.indented(f"for {at}, {item} in enumerate({items}):"):
            self.block(node.block, text)
            self.line(f"{texts}.append({text}); {size} += len({text})")
            self.line(f"if {size} > {OUTPUT_BYTES}: refuse_large({text})")
        self.loops.pop()
        self.line(f'{text} = "".join({texts})')
        if node.default:
            with self.indented(f"if not {turns}:"):
                self.block(node.default, text)
        return text

    def loop_items(self, loop: LoopExpression) -> str:
        if str(loop.identifier) == "forloop" or not isinstance(loop.iterable, Path | StringLiteral):
            raise NotCoveredError
        limit, offset = self.whole(loop.limit), self.whole(loop.offset)
        return f"loop_items({self.value(loop.iterable)}, {limit}, {offset or 0}, {loop.reversed})"

    def whole(self, expression: Expression | None) -> int | None:
        if expression is None:
            return None
        if isinstance(expression, IntegerLiteral) and expression.value >= 0:
            return int(expression.value)
        raise NotCoveredError

    # Outputs

    def output(self, node: PrintNode) -> str:
        expression = node.expression
        if not isinstance(expression, FilteredExpression):
            raise NotCoveredError
        filters = expression.filters or []
        plain = self.plain_value(expression.left)
        if plain and not filters:
            slow = "needed({0}, {1})" if self.missing == "exclude" else "text_or_blank({0}, {1})"
            return self.quick(plain, slow, self.constant(str(expression.left)))
        if plain and len(filters) == 1 and (fallback := _literal_fallback(filters[0])):
            return self.quick(plain, "text_or({0}, {1})", self.constant(fallback.value))
        if has_default(expression):
            return self.assigned(f"text_of({self.filtered(self.value(expression.left), filters)})")
        return self.guarded_output(expression, filters)

    def escaped(self, node: PrintNode, name: str) -> str:
        for treat in treatments(filter_names(node.expression), node.place, self.escape):
            name = self.assigned(f"{self.constant(treat)}({name})")
        return name

    def quick(self, source: str, slow: str, constant: str) -> str:
        """The common case, a text that is there, costs one look-up and one look."""
        name = self.assigned(source)
        self.line(f"if {name}.__class__ is not str or not {name} or {name}.isspace():")
        self.line(f"    {name} = {slow.format(name, constant)}")
        return name

    def guarded_output(self, expression: FilteredExpression, filters: list[Filter]) -> str:
        text = self.name("t")
        value = self.assigned(self.value(expression.left))
        label = self.constant(str(expression.left))
        about_data = isinstance(expression.left, Path)
        if self.missing == "exclude":
            self.line(f"if {value} is MISSING: stop_for_missing({label})")
            for path in argument_paths(expression):
                self.line(f"if {self.value(path)} is MISSING: stop_for_missing({self.constant(str(path))})")
            self.line(f"{text} = finished({self.filtered(value, filters)}, {label}, {about_data})")
            return text
        self.line(f'{text} = ""')
        with self.indented(f"if {value} is not MISSING:"):
            self.line(f"{text} = finished_or_blank({self.filtered(value, filters)}, {about_data})")
        return text

    def filtered(self, value: str, filters: Sequence[Filter]) -> str:
        for filter_ in filters:
            arguments = [value]
            for argument in filter_.args:
                named = f"{_python_name(argument.name)}=" if isinstance(argument, KeywordArgument) else ""
                arguments.append(named + self.value(argument.value))
            call = f"{self.constant(LANGUAGE.filters[filter_.name])}({', '.join(arguments)})"
            value = self.assigned(call)
        return value

    # Values

    def value(self, expression: Expression) -> str:
        match expression:
            case Path():
                return self.path(expression)
            case Literal():
                return self.constant(expression.value)
            case Nil():
                return "None"
            case Empty() | Blank():
                return self.constant(expression)
            case _:
                raise NotCoveredError

    def plain_value(self, expression: Expression) -> str:
        """Source of the value as it is, for `root.key`; nothing for other paths."""
        if not isinstance(expression, Path) or len(expression.path) != 2:
            return ""
        root, key = expression.path
        if not isinstance(key, str) or key in SPECIAL_KEYS or root in LIBRARY_ROOTS or self.is_in_loop(root):
            return ""
        return f"{self.root(root)}.get({self.constant(key)})"

    def path(self, path: Path) -> str:
        root, *keys = path.path
        for name, item, at, turns in reversed(self.loops):
            if root == name:
                return self.walked(item, keys)
            if root == "forloop":
                return self.loop_fact(keys, at, turns)
        if plain := self.plain_value(path):
            return f"present({plain})"
        return self.walked(self.root(root), keys)

    def walked(self, base: str, keys: Sequence[object]) -> str:
        if not all(isinstance(key, str | int) for key in keys):
            raise NotCoveredError
        return f"walk({base}, {self.constant(tuple(keys))})" if keys else f"present({base})"

    def loop_fact(self, keys: Sequence[object], at: str, turns: str) -> str:
        if len(keys) != 1 or keys[0] not in LOOP_FACTS:
            raise NotCoveredError
        return LOOP_FACTS[str(keys[0])].format(at=at, turns=turns)

    def root(self, root: object) -> str:
        if not isinstance(root, str) or root in LIBRARY_ROOTS:
            raise NotCoveredError
        return self.roots.setdefault(root, f"r{len(self.roots)}")

    def is_in_loop(self, root: object) -> bool:
        return any(root == name for name, *_rest in self.loops)


def _literal_fallback(filter_: Filter) -> Literal[object] | None:
    if filter_.name != "default" or len(filter_.args) != 1:
        return None
    argument = filter_.args[0]
    value = None if isinstance(argument, KeywordArgument) else argument.value
    return value if isinstance(value, Literal) else None


def _python_name(name: str) -> str:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise NotCoveredError
    return name
