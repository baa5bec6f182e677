"""Compiled copies and python-liquid give the same text, for templates and values nobody would think of."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.personalization.compiler import NotCoveredError, compiled
from campaigns.personalization.escapes import ESCAPES, Escape
from campaigns.personalization.interpreter import Render, interpreted
from campaigns.personalization.language import MissingPolicy, Stop
from campaigns.personalization.parsing import parse

NAMES = ("first_name", "First Buy", "tags", "size", "first", "nested", "count")

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**6)
    | st.floats(allow_nan=False, allow_infinity=True)
    | st.text(max_size=8)
    | st.sampled_from(
        ["", " ", "\t\n", "\u00a0", "Zoë\r\n", "{{ x }}", "{% abort %}", "5", "3.0", "2024-02-29", "a,b,,c", "<b>&"]
    )
    | st.sampled_from([date(2024, 2, 29), datetime(2024, 2, 29, 13, 5, tzinfo=UTC), Decimal("1.10")])
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
)
sources = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(NAMES, values)
    | {"tags": st.lists(scalars, max_size=4), "nested": st.dictionaries(st.sampled_from(NAMES), values, max_size=4)},
)
contexts = st.fixed_dictionaries({}, optional={"profile": sources, "event": sources})

keys = st.sampled_from(
    [".first_name", '["First Buy"]', ".tags", ".size", ".first", ".last", ".nested", "[0]", "[-1]", ".__class__"]
)
paths = st.builds(
    lambda root, steps: root + "".join(steps),
    st.sampled_from(["profile", "profile", "profile", "event", "item", "nowhere"]),
    st.lists(keys, min_size=1, max_size=3),
)
literals = st.sampled_from(['"x"', "''", '" "', "0", "1", "-2", "2.5", "true", "false", "nil"])
operands = paths | literals | st.sampled_from(["empty", "blank"])
FILTERS = tuple(
    """upcase downcase capitalize strip lstrip rstrip size first last escape escape_once url_encode url_decode
    strip_html strip_newlines newline_to_br squish reverse sort sort_natural uniq compact sum abs ceil floor round
    base64_encode escapejs safe default""".split()  # noqa: SIM905 a list of forty lines says no more
)
FILTERS_OF_A_VALUE = tuple(
    """default append prepend plus minus times divided_by modulo at_most at_least split join remove remove_first
    remove_last replace replace_first truncate truncatewords round concat map where date""".split()  # noqa: SIM905
)
arguments = paths | literals | st.sampled_from(['"%Y-%m-%d"', '","', '"first_name"', "3"])
filters = (
    st.sampled_from(FILTERS)
    | st.builds("{}: {}".format, st.sampled_from(FILTERS_OF_A_VALUE), arguments)
    | st.sampled_from(['replace: "a", profile.first_name', 'default: "n", allow_false: true', "slice: 0, 2"])
)
outputs = st.builds(
    lambda head, chain: "{{ " + " | ".join([head, *chain]) + " }}", operands, st.lists(filters, max_size=3)
)
comparisons = st.builds(
    "{} {} {}".format, operands, st.sampled_from(["==", "!=", "<", ">", "<=", ">=", "contains"]), operands
)
conditions = st.builds(" ".join, st.lists(comparisons | operands, min_size=1, max_size=1)) | st.builds(
    "{} {} {}".format, comparisons | operands, st.sampled_from(["and", "or"]), comparisons | operands
)
words = st.sampled_from(
    [
        "Hi ",
        '<a href="',
        "https://x.test/",
        "?a=",
        "\r\n",
        " ",
        "ü",
        "} ",
        "{ ",
        "'",
        '"',
        "\\",
        "{% comment %}x{% endcomment %}",
    ]
)
loop_ends = st.sampled_from(["", " reversed", " limit: 2", " offset: 1", " limit: 0", " limit: 1 offset: 1"])
IF = "{{% if {} %}}{}{{% elsif {} %}}{}{{% else %}}{}{{% endif %}}"
UNLESS = "{{% unless {} %}}{}{{% endunless %}}"
FOR = "{{% for item in {}{} %}}{{{{ forloop.index }}}}{}{{{{ forloop.last }}}}{{% else %}}{}{{% endfor %}}"
ABORT = "{{% if {} %}}{{% abort %}}{{% endif %}}"


def blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return (
        st.builds(IF.format, conditions, inner, conditions, inner, inner)
        | st.builds(UNLESS.format, conditions, inner)
        | st.builds(FOR.format, st.sampled_from(["profile.tags", "profile.nested"]) | paths, loop_ends, inner, inner)
        | st.builds(ABORT.format, conditions)
    )


templates = st.lists(
    st.recursive(outputs | words, lambda inner: blocks(st.lists(inner, max_size=3).map("".join)), max_leaves=6),
    max_size=4,
).map("".join)


@pytest.mark.parametrize("missing", ["exclude", "blank"])
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(template=templates, context=contexts, escape=st.sampled_from(["none", *ESCAPES]))
def test_compiled_copy_says_what_the_library_says(
    missing: MissingPolicy, template: str, context: Mapping[str, Mapping[str, object]], escape: Escape
) -> None:
    parsed = parse(template)

    by_library = outcome(interpreted(parsed, missing, escape), context)

    try:
        by_function = outcome(compiled(parsed, missing, escape), context)
    except NotCoveredError:
        pytest.fail(f"not compiled: {template}")
    assert by_function == by_library


def outcome(render: Render, context: Mapping[str, Mapping[str, object]]) -> tuple[str, ...]:
    try:
        return ("text", render(context))
    except Stop as stop:
        return (stop.reason, stop.detail)
    except Exception:
        return ("render_error",)
