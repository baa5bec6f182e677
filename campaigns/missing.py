"""Values that people of the audience lack: which tokens of a copy they stand behind, and the SQL that finds them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from psycopg.sql import SQL, Composable, Identifier, Literal

from campaigns import personalization
from campaigns.delivery.snapshot import Snapshot
from campaigns.personalization import TemplateError, Token
from people.properties import COLUMNS

Path = tuple[str | int, ...]
# The white space of Python's str.isspace, which the renderer goes by.
SPACES = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
NONE = -1
BLANK = (0, *map(ord, SPACES))  # what a text that says nothing begins with; 0 is the end


def tokens_of(pairs: Iterable[Sequence[str]]) -> Iterator[Token]:
    """The tokens that print a property of the person; none of a text that cannot be read."""
    for _, text in pairs:
        yield from profile_tokens(text)


def profile_tokens(text: str) -> list[Token]:
    try:
        return [token for token in personalization.tokens(text) if token.source == "profile" and token.name]
    except TemplateError:
        return []


def is_missing_sql(path: Path) -> Composable:
    """True over `p` where the value is absent, null, only white space or empty: the renderer's own rule."""
    name = str(path[0])
    if name in COLUMNS and len(path) == 1:
        column = Identifier("p", name)
        if COLUMNS[name] != "text":
            return SQL("{} IS NULL").format(column)
        return if_begins(column, BLANK, SQL("btrim({}, {}) = ''").format(column, Literal(SPACES)))
    steps = Literal([str(step) for step in (path[1:] if name in COLUMNS else path)])
    whole = SQL("to_jsonb({})").format(Identifier("p", name)) if name in COLUMNS else SQL("p.properties")
    text = SQL("({} #>> {})").format(whole, steps)
    if name not in COLUMNS and len(path) == 1:
        text = SQL("(p.properties ->> {})").format(Literal(name))  # twice as quick
    is_empty = SQL(
        "btrim({text}, {spaces}) = '' OR ({text} IN ('[]', '{{}}') AND jsonb_typeof({whole} #> {steps}) <> 'string')"
    ).format(text=text, whole=whole, steps=steps, spaces=Literal(SPACES))
    return if_begins(text, (*BLANK, ord("["), ord("{")), is_empty)


def if_begins(text: Composable, codes: Sequence[int], is_missing: Composable) -> Composable:
    """A million people are asked: most texts are told by their first letter, worked out once."""
    letter = SQL("COALESCE(ascii({}), {})").format(text, Literal(NONE))
    return SQL("(CASE WHEN {} = ANY({}) THEN {} IS NULL OR {} ELSE FALSE END)").format(
        letter, Literal([NONE, *codes]), text, is_missing
    )


def needed(snapshot: Snapshot) -> dict[Path, list[int]]:
    """What a text must have to be sent at all, with the copies that print it.

    A token inside a condition may never be reached, so it is not needed.
    """
    found: defaultdict[Path, list[int]] = defaultdict(list)
    for copy in snapshot.copies:
        for path in {token.path for token in tokens_of(copy.pairs) if token.fallback is None and not token.conditional}:
            found[path].append(copy.id)
    return dict(found)


def lacking_sql(
    paths: dict[Path, list[int]], copies: int, is_missing: Callable[[Path], Composable] = is_missing_sql
) -> Composable:
    """True, over the planner's `copy_id` and `p`, for those who lack one of the values that their copy prints."""
    conditions = [
        is_missing(path)
        if len(ids) == copies
        else SQL("({} AND copy_id = ANY({}))").format(is_missing(path), Literal(ids))
        for path, ids in paths.items()
    ]
    return SQL("({})").format(SQL(" OR ").join(conditions)) if conditions else SQL("FALSE")
