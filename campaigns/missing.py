"""Values that people of the audience lack: which tokens of a copy they stand behind, and the SQL that finds them."""

from collections.abc import Iterable, Iterator, Sequence

from psycopg.sql import SQL, Composable, Literal

from campaigns import personalization
from campaigns.delivery.snapshot import Snapshot
from campaigns.personalization import TemplateError, Token
from people.properties import value_sql

# The white space of Python's str.isspace, which the renderer goes by.
BLANK = r"^[\s\u001c-\u001f\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*$"


def tokens_of(pairs: Iterable[Sequence[str]]) -> Iterator[Token]:
    """The tokens that print a property of the person; none of a text that cannot be read."""
    for _, text in pairs:
        yield from profile_tokens(text)


def profile_tokens(text: str) -> list[Token]:
    try:
        return [token for token in personalization.tokens(text) if token.source == "profile" and token.name]
    except TemplateError:
        return []


def is_missing_sql(token: Token) -> Composable:
    """True where the value is absent, null, only white space or empty: the renderer's own rule."""
    value: Composable = value_sql(token.name)
    if len(token.path) > 1:
        path = [str(step) for step in token.path[1:]]
        value = SQL("{} #> {}::text[]").format(value, Literal(path))
    return SQL(
        "COALESCE({value} = 'null'::jsonb OR {value} IN ('[]'::jsonb, '{{}}'::jsonb)"
        " OR (jsonb_typeof({value}) = 'string' AND {value} #>> '{{}}' ~ {blank}), TRUE)"
    ).format(value=value, blank=Literal(BLANK))


def lacking_conditions(snapshot: Snapshot) -> Iterator[Composable]:
    """True, over the planner's `copy_id` and `p`, for those who lack a value that their copy must have."""
    for copy in snapshot.copies:
        for token in tokens_of(copy.pairs):
            if token.fallback is None and not token.conditional:
                yield SQL("(copy_id = {} AND {})").format(Literal(copy.id), is_missing_sql(token))
