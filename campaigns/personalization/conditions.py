"""The condition of an `{% if %}` as Python source."""

from collections.abc import Callable

from liquid.builtin.expressions import BooleanExpression
from liquid.builtin.expressions.logical import (
    ContainsExpression,
    GeExpression,
    GtExpression,
    LeExpression,
    LogicalAndExpression,
    LogicalOrExpression,
    LtExpression,
)
from liquid.expression import Expression

from .language import Same

Value = Callable[[Expression], str]


def condition(expression: Expression, value: Value) -> str:
    """Source that is true or false; `value` gives the source of what is compared."""
    compared = _comparison(expression, value)
    return compared or f"is_true({value(expression)})"


def _comparison(expression: Expression, value: Value) -> str:
    def operand(side: Expression) -> str:
        return _comparison(side, value) or value(side)

    match expression:
        case BooleanExpression():
            return condition(expression.expression, value)
        case LogicalAndExpression():
            return f"({condition(expression.left, value)} and {condition(expression.right, value)})"
        case LogicalOrExpression():
            return f"({condition(expression.left, value)} or {condition(expression.right, value)})"
        case Same():
            left, right = operand(expression.comparison.left), operand(expression.comparison.right)
            return f"(is_same({left}, {right}) is {expression.wanted})"
        case LtExpression():
            return f"less(None, {operand(expression.left)}, {operand(expression.right)})"
        case GtExpression():
            return f"less(None, {operand(expression.right)}, {operand(expression.left)})"
        case LeExpression():
            return f"less_or_same({operand(expression.left)}, {operand(expression.right)})"
        case GeExpression():
            return f"less_or_same({operand(expression.right)}, {operand(expression.left)})"
        case ContainsExpression():
            return f"contains(None, {operand(expression.left)}, {operand(expression.right)})"
        case _:
            return ""
