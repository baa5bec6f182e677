"""From a marketer's text to a parsed template, or to one `TemplateError` in words that help."""

import difflib
import inspect
import re
from typing import Final, NamedTuple

from liquid import Token
from liquid.builtin.expressions import FilteredExpression, KeywordArgument
from liquid.builtin.expressions.filtered import Filter
from liquid.exceptions import BlockNestingError, LiquidError
from liquid.template import BoundTemplate

from . import limits
from .language import LANGUAGE, adapt, all_expressions, all_nodes
from .placing import place_values

OPENING: Final = re.compile(r"\{\{|\{%")
RAW: Final = re.compile(r"\{%-?\s{0,100}(raw|doc)\s{0,100}-?%\}")
SPACES: Final = re.compile(rf"\s{{{limits.TAG_SPACES},}}")
# No tag reaches past the next one: a text of nothing but openings is read once, not once for each of them.
TAG: Final = re.compile(r"\{\{(?:(?!\{\{).)*?\}\}|\{%(?:(?!\{%).)*?%\}", re.DOTALL)
HALF_CHARACTER: Final = re.compile("[\ud800-\udfff]")
OUR_WORDS: Final = (
    (r"expected '\}\}'", "This {{{{ is never closed. Write }}}} where it ends."),
    (r"expected tag (end\w+), found", "A block is never closed. Write {{% {0} %}} where it ends."),
    (r"unexpected tag 'end of", "A block is never closed. Write its {{% end… %}} where it ends."),
    (r"unexpected tag '(end\w+|else|elsif|when)'", "{{% {0} %}} stands here, but nothing was opened before it."),
    (r"unexpected tag '(include|render|extends|layout)'", "{{% {0} %}} is not available. Write the text itself."),
    (r"unexpected tag '(\w+)'", "There is no tag {{% {0} %}}.{near_tag}"),
    (r"missing tag name", "This {{% %}} says nothing. Write a tag in it, such as {{% if … %}}, or remove it."),
    (r"comment tag was never", "A comment is never closed. Write {{% endcomment %}} where it ends."),
    (r"too many expressions", "This tag says too much at once. Use several."),
    (r"range cannot", "A range goes from a number to a number, such as (1..5)."),
    (r"primitive expression", "Something is missing here. Write a token or a text in quotes."),
    (r"expected a comma", "Write a comma between the values after a filter."),
    (r"found '='$", "To compare two values write == in place of =."),
    (r"expected in, found", "Write a loop as {{% for item in event.items %}}."),
    (r"expected '=', found", "Write an assignment as {{% assign name = value %}}."),
    (r"found (word|dot)$", 'Two words stand side by side. A name with a space is written profile["First Buy"].'),
    (r"expected an identifier", "A name is missing after the dot."),
    (r"unexpected '[“”„‘’«»]'", 'These are curly quotes. Write straight ones: "…".'),
    (r"unexpected (['\"].+['\"])", '{0} has no meaning here. Unusual names are written profile["First Buy"].'),
    (r"unknown operator (.+)", "{0} is no comparison. Write ==, !=, <, >, <=, >= or contains."),
    (r"disallowed", "A condition has no brackets and no “not”. Use an inner {{% if %}}, or {{% unless %}}."),
    (r"integer string conversion", "A number is too long."),
    (r"unexpected liquid parsing", "Blocks or brackets are nested too deeply. Make the text simpler."),
)


class TemplateError(Exception):
    """A text that cannot be used as a template: what is wrong, and in which line."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class Parsed(NamedTuple):
    template: BoundTemplate
    parts: int


def parse(text: str) -> Parsed:
    """Parse and check `text`; raises TemplateError and nothing else."""
    if len(text) > limits.TEXT_CHARACTERS:
        raise TemplateError(f"This text has {len(text):,} characters; {limits.TEXT_CHARACTERS:,} is the most.", 1)
    if HALF_CHARACTER.search(text):
        raise TemplateError("This text holds half a character. Write it again.", 1)
    _refuse_open_tags(text)
    try:
        template = LANGUAGE.from_string(TAG.sub(_with_plain_spaces, text))
        parts = adapt(template)
        place_values(template)
    except LiquidError as error:
        raise TemplateError(_in_our_words(error), _line(text, error.token)) from error
    except RecursionError as error:
        raise TemplateError("A condition is too long. Make the text simpler.", 1) from error
    _check_filters(template, text)
    return Parsed(template, parts)


def _with_plain_spaces(tag: re.Match[str]) -> str:
    """Editors and word processors leave no-break spaces, which Liquid does not take for spaces."""
    return tag[0].replace("\u00a0", " ")


def _refuse_open_tags(text: str) -> None:
    """Find tags that are open or too long in one pass, before the parser's regular expressions try."""
    position = 0
    while opening := OPENING.search(text, position):
        start = opening.start()
        raw = RAW.match(text, start)
        position = _end_of_raw(text, raw) if raw else _end_of_tag(text, start)


def _end_of_tag(text: str, start: int) -> int:
    close = "}}" if text[start + 1] == "{" else "%}"
    end = text.find(close, start + 2)
    if end < 0:
        raise TemplateError(
            f"This {text[start : start + 2]} is never closed. Write {close} where it ends.",
            _line_at(text, start),
        )
    if end - start > limits.TAG_CHARACTERS or SPACES.search(text, start, end):
        said = f"What stands between {text[start : start + 2]} and {close} is too long."
        raise TemplateError(said, _line_at(text, start))
    return end + 2


def _end_of_raw(text: str, raw: re.Match[str]) -> int:
    closing = re.compile(rf"\{{%-?\s{{0,100}}end{raw[1]}\s{{0,100}}-?%\}}").search(text, raw.end())
    if closing is None:
        raise TemplateError(
            f"{{% {raw[1]} %}} is never closed. Write {{% end{raw[1]} %}} where it ends.",
            _line_at(text, raw.start()),
        )
    return closing.end()


def _check_filters(template: BoundTemplate, text: str) -> None:
    for node in all_nodes(template):
        for expression in all_expressions(node):
            for filter_ in (isinstance(expression, FilteredExpression) and expression.filters) or ():
                _check_filter(filter_, text)


def _check_filter(filter_: Filter, text: str) -> None:
    known = LANGUAGE.filters.get(filter_.name)
    if known is None:
        message = f"There is no filter “{filter_.name}”.{_near(filter_.name, LANGUAGE.filters)}"
        raise TemplateError(message, _line(text, filter_.token))
    named = {a.name: None for a in filter_.args if isinstance(a, KeywordArgument)}
    unnamed = [None for a in filter_.args if not isinstance(a, KeywordArgument)]
    try:
        inspect.signature(known).bind(None, *unnamed, **named)
    except TypeError:
        raise TemplateError(_wrong_arguments(filter_), _line(text, filter_.token)) from None


def _wrong_arguments(filter_: Filter) -> str:
    if filter_.args:
        return f"The filter “{filter_.name}” does not take what stands after it."
    return f'The filter “{filter_.name}” needs a value after it, such as {filter_.name}: "…".'


def _in_our_words(error: LiquidError) -> str:
    if isinstance(error, BlockNestingError):
        return f"Blocks are nested too deeply; {limits.NESTING} levels is the most."
    said = str(error.message)
    for pattern, words in OUR_WORDS:
        if found := re.search(pattern, said):
            groups = found.groups()
            near = _near(groups[0], LANGUAGE.tags) if "{near_tag}" in words else ""
            return words.format(*groups, near_tag=near)
    return f"This cannot be read: {said}."


def _near(word: str, known: dict[str, object] | object) -> str:
    names = [str(name) for name in known] if isinstance(known, dict) else []
    close = difflib.get_close_matches(word, names, n=1)
    return f" Did you mean “{close[0]}”?" if close else ""


def _line(text: str, token: Token | None) -> int:
    return 1 if token is None else _line_at(text, max(token.start_index, 0))


def _line_at(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
