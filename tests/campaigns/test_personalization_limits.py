"""Hostile texts end soon: refused when written, or for the one person when rendered."""

import pytest

from campaigns.personalization import Rendered, TemplateError, Unrendered, check, compile_copy

PROFILE: dict[str, object] = {
    "words": "x " * 2_000,
    "huge": "x" * 300_000,
    "many": list(range(9_000)),
    "pair": [1, 2],
    "name": "Maria",
}


def result_of(text: str) -> str:
    result = compile_copy([("body", text)], missing="blank").render({"profile": PROFILE})
    return result.reason if isinstance(result, Unrendered) else result.values[0]


@pytest.mark.parametrize(
    "text",
    [
        "x" * 10_000_000,
        "{{" * 30_000,
        "{{" * 30_000 + "}}",
        "{%" * 30_000,
        "{% raw %}" * 7_000,
        "{% comment %}" + "{% raw %}" * 6_000 + "{% endcomment %}",
        "{{" + " " * 60_000 + "}}",
        "{% if a %}" * 500 + "{% endif %}" * 500,
        "{{ " + "[" * 1_900 + " }}",
        "{{ " + "(" * 1_900 + " }}",
        "{{ a" + "[a" * 600 + "]" * 600 + " }}",
        "{% if " + " or ".join(["a"] * 300) + " %}{% endif %}",
        "{% for i in ((1..2)..3) %}{% endfor %}",
        "{{ 'half a character \ud800' }}",
    ],
    ids=range(14),
)
def test_hostile_text_is_refused_when_written(text: str) -> None:
    with pytest.raises(TemplateError):
        check(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{% for a in profile.many %}{% for b in profile.many %}x{% endfor %}{% endfor %}", "render_error"),
        ("{% for a in profile.many %}{% for b in profile.pair %}{% endfor %}{% endfor %}", "render_error"),
        ("{% for a in (1..2000) %}x{% endfor %}" * 1_500, "render_error"),
        ("{% for i in (1..999999999999) reversed %}x{% endfor %}", "render_error"),
        ("{% for i in (1..999999999999) offset: 999999999990 %}x{% endfor %}", "render_error"),
        ("{% for i in (1..2000) %}" + "{% if 1 == 1 %}{% endif %}" * 2_000 + "{% endfor %}", "render_error"),
        ("{% assign x = 9999 %}" + "{% assign x = x | times: x %}" * 60, "render_error"),
        ("{{ 'now' | date: '%9999999d' }}", "render_error"),
        ("{{ profile.words | replace: ' ', profile.words }}", "too_large"),
        ("{{ profile.huge | replace: 'x', profile.huge }}", "too_large"),
        ("{{ profile.words | split: '' | join: profile.words }}", "too_large"),
        ("{{ profile.words" + " | append: profile.words" * 50 + " }}", "too_large"),
        ("{% assign x = 'aaaa' %}" + "{% assign x = x | append: x %}" * 60, "too_large"),
        ("".join(f"{{% assign a{i} = profile.words %}}" for i in range(1_500)), "too_large"),
        ("{% for i in profile.tens %}{{ i }}{% endfor %}{{ profile.huge }}", "too_large"),
        ("{% for a in profile.many %}{{ profile.words }}{% endfor %}", "too_large"),
        ("{{ profile.many | sort | uniq }}", "too_large"),
    ],
    ids=range(17),
)
def test_hostile_text_ends_for_the_person(text: str, reason: str) -> None:
    assert result_of(text) == reason


@pytest.mark.parametrize(
    "path",
    [
        "profile.__class__",
        "profile.__class__.__mro__",
        "profile['__class__']['__subclasses__']",
        "profile.name.__init__.__globals__",
        "profile.name.upper",
        "profile.keys",
        "profile.many.append",
        "settings.SECRET_KEY",
        "request",
        "self",
        "__builtins__",
    ],
)
def test_path_never_reaches_python(path: str) -> None:
    assert result_of(f"[{{{{ {path} }}}}]") == "[]"


def test_value_with_template_text_is_printed_not_run() -> None:
    copy = compile_copy([("body", "{{ profile.a }}{{ profile.b | upcase }}")], missing="exclude")

    result = copy.render({"profile": {"a": "{{ profile.b }}", "b": "{% abort %}"}})

    assert result == Rendered(("{{ profile.b }}{% ABORT %}",))


def test_text_with_python_in_it_is_only_text() -> None:
    text = "'''\"\"\"}} {0} \\N{DIGIT ONE} \\x41 {{ profile['name\\'] }}"

    assert (
        result_of(text + '{{ "\'; raise SystemExit #" }}')
        == "'''\"\"\"}} {0} \\N{DIGIT ONE} \\x41 '; raise SystemExit #"
    )
