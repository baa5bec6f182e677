"""The template language: standard Liquid without files, with `{% abort %}` and our rule of what is missing."""

from collections.abc import Iterable, Iterator
from io import StringIO
from sys import getsizeof
from typing import Any, Final, Literal, NoReturn, TextIO, cast

from liquid import Environment, RenderContext, Token
from liquid.ast import Node
from liquid.builtin.expressions import BooleanExpression, FilteredExpression, Path, StringLiteral
from liquid.builtin.expressions import Literal as Constant
from liquid.builtin.expressions.logical import EqExpression, NeExpression
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.builtin.output import Output, OutputNode
from liquid.builtin.tags.assign_tag import AssignNode
from liquid.builtin.tags.capture_tag import CaptureNode, CaptureTag
from liquid.builtin.tags.cycle_tag import CycleNode, CycleTag
from liquid.builtin.tags.echo_tag import EchoTag
from liquid.exceptions import FilterArgumentError, LiquidSyntaxError, LocalNamespaceLimitError, LoopIterationLimitError
from liquid.expression import Expression
from liquid.output import LimitedStringIO
from liquid.stream import TokenStream
from liquid.tag import Tag
from liquid.template import BoundTemplate
from liquid.token import TOKEN_EXPRESSION, TOKEN_TAG

from . import filters, limits
from .addresses import Place
from .escapes import Escape, Escaped, escaped, treatments
from .values import MISSING, is_missing, is_nothing, is_same, present, step, text_of

MissingPolicy = Literal["exclude", "blank"]
Reason = Literal["missing_value", "aborted_by_template", "render_error", "too_large"]

NO_FILE_TAGS: Final = ("include", "render")


class Stop(Exception):
    """Ends the rendering of one person, with the reason and a sentence."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason: Reason = reason
        self.detail = detail


class Context(RenderContext):
    """python-liquid's render context: missing values are one thing, loops share one count of turns."""

    __slots__ = ("escape", "kept_bytes", "missing", "turns_left")

    missing: MissingPolicy
    escape: Escape
    turns_left: int
    kept_bytes: int

    def get(self, path: list[object], *, token: Token | None, default: object = None) -> object:
        root = path[0]
        if not isinstance(root, str):
            return MISSING
        try:
            value: Any = self.scope[root]
            for key in path[1:]:
                value = step(value, key)
        except (KeyError, IndexError, TypeError):
            return MISSING
        return value if root in self.locals else present(value)

    def assign(self, key: str, val: Any) -> None:
        self.kept_bytes += getsizeof(val) - getsizeof(self.locals.get(key, ""))
        self.locals[key] = val
        if self.kept_bytes > limits.NAMESPACE_BYTES:
            raise LocalNamespaceLimitError("the variables hold too much", token=None)

    def raise_for_loop_limit(self, length: int = 1) -> None:
        self.turns_left -= length
        if self.turns_left < 0:
            raise LoopIterationLimitError("the loops take too many turns", token=None)

    def get_buffer(self, buf: TextIO | None = None) -> StringIO:
        """A bounded buffer that, unlike the library's, leaves line ends as they are."""
        used = buf.size if isinstance(buf, LimitedStringIO) else 0
        return LimitedStringIO(limits.OUTPUT_BYTES - used, newline="\n")


class PrintNode(OutputNode):
    """`{{ … }}`: stops or prints nothing where a value is missing and there is no `default`."""

    __slots__ = ("locals", "place")

    locals: frozenset[str]
    place: Place

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        context = cast(Context, context)
        text = self.printed(context)
        return buffer.write(escaped(text, treatments(filter_names(self.expression), self.place, context.escape)))

    def printed(self, context: Context) -> str:
        expression = self.expression
        if not isinstance(expression, FilteredExpression) or has_default(expression):
            return text_of(expression.evaluate(context))
        for path in self._required_paths(expression, context.missing):
            if path.evaluate(context) is MISSING:
                return self._gone(path, context)
        value = expression.evaluate(context)
        if is_nothing(value) or (self._is_about_data(expression) and is_missing(value)):
            return self._gone(expression.left, context)
        return text_of(value)

    def _required_paths(self, expression: FilteredExpression, policy: MissingPolicy) -> Iterator[Path]:
        if isinstance(expression.left, Path):
            yield expression.left
        if policy == "exclude":
            yield from argument_paths(expression)

    def _is_about_data(self, expression: FilteredExpression) -> bool:
        return isinstance(expression.left, Path) and expression.left.path[0] not in self.locals

    def _gone(self, expression: Expression, context: Context) -> str:
        if context.missing == "exclude":
            stop_for_missing(str(expression))
        return ""


def filter_names(expression: Expression) -> list[str]:
    filters = expression.filters if isinstance(expression, FilteredExpression) else None
    return [each.name for each in filters or ()]


class PrintTag(Output):
    node_class = PrintNode


class EchoPrintTag(EchoTag):
    node_class = PrintNode  # type: ignore[assignment]  # the library says EchoNode, any output node will do


class CaptureEscapedNode(CaptureNode):
    """`{% capture %}`: what it keeps was escaped where it was printed, and is not escaped again."""

    __slots__ = ()

    def _assign(self, context: RenderContext, buf: StringIO) -> None:
        context.assign(self.name, Escaped(buf.getvalue()))


class CaptureEscapedTag(CaptureTag):
    node_class = CaptureEscapedNode


class EscapedValue(Expression):
    """A value that a `{% cycle %}` prints."""

    __slots__ = ("place", "value")

    def __init__(self, value: Expression) -> None:
        super().__init__(value.token)
        self.place: Place = "none"
        self.value = value

    def __str__(self) -> str:
        return str(self.value)

    def evaluate(self, context: RenderContext) -> object:
        return escaped(text_of(self.value.evaluate(context)), treatments((), self.place, cast(Context, context).escape))

    def children(self) -> Iterable[Expression]:
        return [self.value]


class CycleEscapedTag(CycleTag):
    """`{% cycle %}`: what stands in quotes is the marketer's own text, every other value is escaped."""

    def parse(self, stream: TokenStream) -> CycleNode:
        node = super().parse(stream)
        node.args = [each if isinstance(each, Constant) else EscapedValue(each) for each in node.args]
        return node


class AbortNode(Node):
    """`{% abort %}` or `{% abort "why" %}`: this person gets no message."""

    __slots__ = ("why",)

    def __init__(self, token: Token, why: str) -> None:
        super().__init__(token)
        self.why = why

    def __str__(self) -> str:
        return "{% abort %}"

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        abort(self.why)


class AbortTag(Tag):
    name = "abort"
    block = False

    def parse(self, stream: TokenStream) -> AbortNode:
        token = stream.expect(TOKEN_TAG)
        if stream.peek.kind != TOKEN_EXPRESSION:
            return AbortNode(token, "")
        next(stream)
        why = FilteredExpression.parse(self.env, stream.into_inner(tag=token, eat=False))
        literal = why.left if isinstance(why, FilteredExpression) and not why.filters else None
        return AbortNode(token, literal.value if isinstance(literal, StringLiteral) else "")


class Same(Expression):
    """`==` and `!=` in which a missing value equals nothing."""

    __slots__ = ("comparison", "wanted")

    def __init__(self, comparison: EqExpression | NeExpression) -> None:
        super().__init__(comparison.token)
        self.comparison = comparison
        self.wanted = isinstance(comparison, EqExpression)

    def evaluate(self, context: RenderContext) -> object:
        left, right = self.comparison.left, self.comparison.right
        return is_same(left.evaluate(context), right.evaluate(context)) is self.wanted

    def children(self) -> Iterable[Expression]:
        return self.comparison.children()


class ShortRangeEnd(Expression):
    """The end of `(1..n)`, refused when it is too far from the start."""

    __slots__ = ("end", "start")

    def __init__(self, literal: RangeLiteral) -> None:
        super().__init__(literal.stop.token)
        self.start, self.end = literal.start, literal.stop

    def __str__(self) -> str:
        return str(self.end)

    def evaluate(self, context: RenderContext) -> object:
        end = self.end.evaluate(context)
        numbers = RangeLiteral(self.token, self.start, Constant(self.token, end)).evaluate(context)
        if len(numbers) > limits.VALUE_ITEMS:
            raise FilterArgumentError("a range is too long", token=self.token)
        return end

    def children(self) -> Iterable[Expression]:
        return [self.end]


class Template(BoundTemplate):
    context_class = Context


class Language(Environment):
    """One instance serves all templates; it holds nothing of any of them."""

    template_class = Template
    block_nesting_limit = limits.NESTING
    context_depth_limit = limits.CONTEXT_DEPTH
    loop_iteration_limit = limits.LOOP_ITERATIONS
    local_namespace_limit = limits.NAMESPACE_BYTES
    output_stream_limit = limits.OUTPUT_BYTES

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        for name in NO_FILE_TAGS:
            del self.tags[name]
        for tag in (PrintTag, EchoPrintTag, CaptureEscapedTag, CycleEscapedTag, AbortTag):
            self.add_tag(tag)
        filters.install(self)


LANGUAGE: Final = Language()


def has_default(expression: FilteredExpression) -> bool:
    return any(filter_.name == "default" for filter_ in expression.filters or ())


def argument_paths(expression: FilteredExpression) -> Iterator[Path]:
    for filter_ in expression.filters or ():
        for argument in filter_.args:
            if isinstance(argument.value, Path):
                yield argument.value


def stop_for_missing(name: str) -> NoReturn:
    raise Stop("missing_value", f"{name} has no value for this person, and the text gives no fallback.")


def abort(why: str) -> NoReturn:
    raise Stop("aborted_by_template", why or "The text says not to send to this person.")


def adapt(template: BoundTemplate) -> int:
    """Make a freshly parsed template follow our rules; returns the number of its parts."""
    nodes = list(all_nodes(template))
    own = frozenset(str(node.name) for node in nodes if isinstance(node, AssignNode | CaptureNode))
    parts = len(nodes)
    for node in nodes:
        if isinstance(node, PrintNode):
            node.locals, node.place = own, "none"
        before = parts
        for expression in all_expressions(node):
            parts += 1
            _adapt_expression(expression)
        if parts - before > limits.TAG_EXPRESSIONS:
            raise LiquidSyntaxError("too many expressions", token=node.token)
    return parts


def all_nodes(template: BoundTemplate) -> Iterator[Node]:
    context = RenderContext(template)
    waiting = list(template.nodes)[::-1]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(list(node.children(context))[::-1])


def all_expressions(node: Node) -> Iterator[Expression]:
    waiting = list(node.expressions())[::-1]
    while waiting:
        expression = waiting.pop()
        yield expression
        waiting.extend(list(expression.children())[::-1])


def _adapt_expression(expression: Expression) -> None:
    if isinstance(expression, RangeLiteral) and not isinstance(expression.stop, ShortRangeEnd):
        if isinstance(expression.start, RangeLiteral) or isinstance(expression.stop, RangeLiteral):
            raise LiquidSyntaxError("a range cannot begin or end with a range", token=expression.token)
        expression.stop = ShortRangeEnd(expression)
    elif isinstance(expression, BooleanExpression):
        expression.expression = _with_same(expression.expression)


def _with_same(expression: Expression) -> Expression:
    if isinstance(expression, EqExpression | NeExpression):
        return Same(expression)
    for side in ("left", "right"):
        if hasattr(expression, side):
            setattr(expression, side, _with_same(getattr(expression, side)))
    return expression
