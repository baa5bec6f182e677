"""Values that people of the audience lack: which tokens of a copy they stand behind, and the SQL that finds them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from psycopg.sql import SQL, Composable, Identifier, Literal

from campaigns import personalization
from campaigns.delivery.snapshot import Snapshot
from campaigns.personalization import TemplateError, Token
from people.properties import COLUMNS

Path = tuple[str | int, ...]
# The white space of Python's str.isspace, which the renderer goes by.
SPACES = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())


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
    """True over `p` where the value is absent, null, only white space or empty: the renderer's own rule.

    The cheap questions come first: a million people are asked.
    """
    name = str(path[0])
    if name in COLUMNS and len(path) == 1:
        column = Identifier("p", name)
        if COLUMNS[name] != "text":
            return SQL("{} IS NULL").format(column)
        return SQL("({column} IS NULL OR btrim({column}, {spaces}) = '')").format(column=column, spaces=Literal(SPACES))
    steps = Literal([str(step) for step in (path[1:] if name in COLUMNS else path)])
    whole = SQL("to_jsonb({})").format(Identifier("p", name)) if name in COLUMNS else SQL("p.properties")
    return SQL(
        "({text} IS NULL OR btrim({text}, {spaces}) = ''"
        " OR ({text} IN ('[]', '{{}}') AND jsonb_typeof({whole} #> {steps}) <> 'string'))"
    ).format(text=SQL("({} #>> {})").format(whole, steps), whole=whole, steps=steps, spaces=Literal(SPACES))


def needed(snapshot: Snapshot) -> dict[Path, list[int]]:
    """What a text must have to be sent at all, with the copies that print it.

    A token inside a condition may never be reached, so it is not needed.
    """
    found: defaultdict[Path, list[int]] = defaultdict(list)
    for copy in snapshot.copies:
        for path in {token.path for token in tokens_of(copy.pairs) if token.fallback is None and not token.conditional}:
            found[path].append(copy.id)
    return dict(found)


def lacking_sql(paths: dict[Path, list[int]], copies: int) -> Composable:
    """True, over the planner's `copy_id` and `p`, for those who lack one of the values that their copy prints."""
    conditions = [
        is_missing_sql(path)
        if len(ids) == copies
        else SQL("({} AND copy_id = ANY({}))").format(is_missing_sql(path), Literal(ids))
        for path, ids in paths.items()
    ]
    return SQL("({})").format(SQL(" OR ").join(conditions)) if conditions else SQL("FALSE")
