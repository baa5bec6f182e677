"""Tells each value of a template where in an address it stands, along every way that leads to it.

What the marketer puts together is left as it is: texts in quotes, captured ones, values with a filter that encodes or
adds a part of an address. A text in quotes that is printed is text like any other.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from liquid import RenderContext
from liquid.ast import BlockNode, Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import FilteredExpression, Path, StringLiteral
from liquid.builtin.expressions.filtered import Filter
from liquid.builtin.tags.assign_tag import AssignNode
from liquid.builtin.tags.capture_tag import CaptureNode
from liquid.builtin.tags.case_tag import CaseNode
from liquid.builtin.tags.comment_tag import CommentNode
from liquid.builtin.tags.cycle_tag import CycleNode
from liquid.builtin.tags.doc_tag import DocNode
from liquid.builtin.tags.for_tag import ForNode
from liquid.builtin.tags.if_tag import IfNode
from liquid.builtin.tags.unless_tag import UnlessNode
from liquid.expression import Expression
from liquid.template import BoundTemplate

from .addresses import Written, joined
from .language import EscapedValue, PrintNode, all_nodes

ENCODES: Final = frozenset({"url_encode", "raw"})
ADDS: Final = frozenset({"append", "prepend", "join", "replace", "replace_first", "replace_last"})
WHOLE: Final = re.compile(r"https?://\S*\Z", re.IGNORECASE)
VALUE: Final = "\0"
PARTS_OF_ADDRESSES: Final = frozenset("&=?/#%+")


def place_values(template: BoundTemplate) -> None:
    """Set the place of every printed value."""
    walk = _Walk(template)
    letters = "".join(walk.letters(template.nodes)).strip()
    is_address = WHOLE.match(letters) is not None
    walk.after(template.nodes, Written("whole") if is_address else Written())


class _Walk:
    def __init__(self, template: BoundTemplate) -> None:
        self.context = RenderContext(template)
        self.own: dict[str, bool] = {}  # the template's own names, and whether each stands for a bare value
        self.texts: dict[str, str | None] = {}  # the text in quotes that each is, None where it is anything else
        for node in all_nodes(template):
            if isinstance(node, AssignNode):
                name = str(node.name)
                text = None if name in self.own else self.text_in_quotes(node.expression)
                self.own[name] = self.own.get(name, True) and self.is_bare(node.expression)
                self.texts[name] = text
            elif isinstance(node, CaptureNode):
                self.own[str(node.name)], self.texts[str(node.name)] = False, None

    def text_in_quotes(self, expression: Expression) -> str | None:
        """What it prints for everybody, where that is a text in quotes."""
        if isinstance(expression, FilteredExpression):
            return None if expression.filters else self.text_in_quotes(expression.left)
        if isinstance(expression, StringLiteral):
            return expression.value
        is_name = isinstance(expression, Path) and len(expression.path) == 1
        return self.texts.get(str(expression.path[0])) if isinstance(expression, Path) and is_name else None

    def letters(self, nodes: Sequence[Node]) -> Iterator[str]:
        """The marketer's own letters that may be printed, and one for each value."""
        for node in nodes:
            match node:
                case ContentNode():
                    yield node.text
                case PrintNode():
                    yield self.text_in_quotes(node.expression) or VALUE
                case CaptureNode() | CommentNode() | DocNode():
                    pass
                case BlockNode():
                    yield from self.letters(node.nodes)
                case _:
                    yield from self.letters(list(node.children(self.context)))

    def after(self, nodes: Sequence[Node], written: Written) -> Written:
        """What is written after the nodes."""
        for node in nodes:
            written = self.after_one(node, written)
        return written

    def after_one(self, node: Node, written: Written) -> Written:
        match node:
            case ContentNode():
                return written.followed_by(node.text)
            case PrintNode():
                return self.after_print(node, written)
            case CycleNode():
                for value in node.args:
                    if isinstance(value, EscapedValue) and self.is_bare(value.value):
                        value.place = written.place
                return written.followed_by_value()
            case IfNode() | UnlessNode() | CaseNode() | ForNode():
                return self.after_branches(node, written)
            case CaptureNode():
                self.after(list(node.children(self.context)), Written())
                return written
            case CommentNode() | DocNode():
                return written
            case BlockNode():
                return self.after(node.nodes, written)
            case _:
                return self.after(list(node.children(self.context)), written)

    def after_print(self, node: PrintNode, written: Written) -> Written:
        text = self.text_in_quotes(node.expression)
        if text is not None:
            return written.followed_by(text)
        if self.is_bare(node.expression) or written.place == "beginning":
            node.place = written.place
        return written.followed_by_value()

    def after_branches(self, node: IfNode | UnlessNode | CaseNode | ForNode, written: Written) -> Written:
        branches = list(node.children(self.context))
        ends = [self.after_one(branch, written) for branch in branches]
        if isinstance(node, CaseNode):
            is_one_taken = any(isinstance(branch, BlockNode) for branch in branches)
        else:
            is_one_taken = node.default is not None
        return joined(ends if is_one_taken else [*ends, written])

    def is_bare(self, expression: Expression) -> bool:
        """Whether it prints somebody's value, and nothing that was made for an address."""
        if isinstance(expression, FilteredExpression):
            return self.is_bare(expression.left) and not any(map(makes_part, expression.filters or ()))
        if isinstance(expression, StringLiteral):
            return PARTS_OF_ADDRESSES.isdisjoint(expression.value)
        return isinstance(expression, Path) and self.own.get(str(expression.path[0]), True)


def makes_part(filter_: Filter) -> bool:
    """Whether the filter gives what is to stand in an address as it is."""
    if filter_.name in ENCODES:
        return True
    last = filter_.args[-1].value if filter_.name in ADDS and filter_.args else None
    return isinstance(last, StringLiteral) and not PARTS_OF_ADDRESSES.isdisjoint(last.value)
