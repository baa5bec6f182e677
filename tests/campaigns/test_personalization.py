"""What a marketer's text becomes for one person, and what is said when it cannot."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from campaigns.personalization import Rendered, TemplateError, Unrendered, check, compile_copy
from campaigns.personalization.language import MissingPolicy

MARIA: dict[str, Any] = {
    "first_name": "Maria",
    "First Buy": "2024-02-29",
    "tags": ["red", "blue"],
    "points": 12,
    "price": 19.0,
    "vip": True,
    "nickname": " \u00a0\n",
    "note": None,
    "born": date(1990, 5, 17),
    "seen": datetime(2026, 11, 1, 9, 30, tzinfo=UTC),
    "pet": {"name": "Rex"},
    "none": [],
}
EVENT = {"product_name": "coat"}


def rendered(text: str, missing: MissingPolicy = "exclude") -> str | Unrendered:
    copy = compile_copy([("body", text)], missing=missing)
    result = copy.render({"profile": MARIA, "event": EVENT, "campaign": {"name": "Autumn"}})
    return result.values[0] if isinstance(result, Rendered) else result


def test_copy_renders_its_texts_in_the_order_of_its_pairs() -> None:
    copy = compile_copy([("b", "{{ profile.first_name }}"), ("a", "plain")], missing="exclude")

    assert copy.render({"profile": MARIA}) == Rendered(("Maria", "plain"))
    assert copy.keys == ("b", "a")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hey {{ profile.first_name }}, your {{ event.product_name }}!", "Hey Maria, your coat!"),
        ('{{ profile["First Buy"] | date: "%d.%m.%Y" }}', "29.02.2024"),
        ("{{ profile.points }}/{{ profile.price }}/{{ profile.vip }}", "12/19.0/true"),
        ("{{ profile.born }} {{ profile.seen }}", "1990-05-17 2026-11-01T09:30:00+00:00"),
        ("{{ profile.tags }}|{{ profile.tags | join: ', ' }}", "redblue|red, blue"),
        ("{{ profile.pet }}|{{ profile.pet.name }}", '{"name":"Rex"}|Rex'),
        ("{{ profile.first_name | append: profile.vip }}", "Mariatrue"),
        ("{{ campaign.name | upcase }}{% raw %}{{ x }}{% endraw %}", "AUTUMN{{ x }}"),
        ("a\r\nb <b>{{ '<i>' }}</b>", "a\r\nb <b><i></b>"),
        ("{% for t in profile.tags %}{{ forloop.index }}{{ t }} {% endfor %}", "1red 2blue "),
        (
            "{% for t in profile.tags reversed %}{{ t }}{% unless forloop.last %}, {% endunless %}{% endfor %}",
            "blue, red",
        ),
        ("{% for t in profile.tags limit: 1 %}{{ t }}{% endfor %}", "red"),
        ("{% for t in profile.tags offset: 1 %}{{ t }}{% endfor %}", "blue"),
        ("{% for t in profile.pet %}{{ t[0] }}={{ t.last }}{% endfor %}", "name=Rex"),
        ("{% for t in profile.none %}{{ t }}{% else %}nothing{% endfor %}", "nothing"),
        ("{% case event.product_name %}{% when 'coat' %}warm{% else %}?{% endcase %}", "warm"),
        ("{% assign a = profile.points | times: 2 %}{{ a }}", "24"),
        ("{% capture a %}{% if profile.note %}x{% endif %}{% endcapture %}{{ a }}.", "."),
        ("{{\u00a0profile.first_name\u00a0| upcase }}\u00a0", "MARIA\u00a0"),
        ("{{ profile.note | append: '!' | default: 'x' }}", "!"),
    ],
)
def test_text_prints_as_people_expect(text: str, expected: str) -> None:
    assert rendered(text) == expected


@pytest.mark.parametrize(
    "name", ["profile.nickname", "profile.note", "profile.none", "profile.absent", "event.absent", "profile.pet.age"]
)
def test_missing_value_excludes_the_person_and_names_the_token(name: str) -> None:
    detail = f"{name} has no value for this person, and the text gives no fallback."

    assert rendered(f"Hi {{{{ {name} }}}}") == Unrendered("missing_value", detail)


@pytest.mark.parametrize(
    "text",
    [
        "{{ profile.note | upcase }}",
        "{{ 'Hi ' | append: profile.note }}",
        "{% assign name = profile.note %}{{ name }}",
        "{% if profile.vip %}{{ profile.note }}{% endif %}",
        "{% liquid\n echo profile.note\n%}",
        "{{ profile.first_name | remove: 'Maria' }}",
    ],
)
def test_missing_value_excludes_wherever_it_would_print_nothing(text: str) -> None:
    result = rendered(text)

    assert isinstance(result, Unrendered)
    assert result.reason == "missing_value"


@pytest.mark.parametrize("name", ["nickname", "note", "absent"])
def test_missing_value_takes_the_fallback(name: str) -> None:
    assert rendered(f'Hi {{{{ profile.{name} | default: "there" }}}}') == "Hi there"
    assert rendered(f"Hi{{{{ profile.{name} | default: '' }}}}") == "Hi"
    assert rendered(f"{{{{ profile.{name} | default: profile.first_name | upcase }}}}") == "MARIA"


@pytest.mark.parametrize("name", ["nickname", "note", "absent"])
def test_missing_value_prints_nothing_where_the_campaign_says_so(name: str) -> None:
    assert rendered(f"Hi {{{{ profile.{name} }}}}!", "blank") == "Hi !"
    assert rendered(f"Hi {{{{ profile.{name} | append: 'x' }}}}!", "blank") == "Hi !"


@pytest.mark.parametrize("name", ["nickname", "note", "none", "absent"])
@pytest.mark.parametrize("test", ["== blank", "== empty", '== ""', "== nil"])
def test_missing_value_is_false_and_equals_nothing(name: str, test: str) -> None:
    assert rendered(f"{{% if profile.{name} %}}a{{% else %}}b{{% endif %}}") == "b"
    assert rendered(f"{{% if profile.{name} {test} %}}none{{% endif %}}") == "none"
    assert rendered(f"{{% unless profile.first_name {test} %}}some{{% endunless %}}") == "some"


def test_abort_excludes_the_person() -> None:
    said = "The text says not to send to this person."

    assert rendered("{% if profile.vip %}{% abort %}{% endif %}x") == Unrendered("aborted_by_template", said)
    assert rendered('{% abort "is a vip" %}') == Unrendered("aborted_by_template", "is a vip")
    assert rendered("{% unless profile.vip %}{% abort %}{% endunless %}x") == "x"


def test_error_of_one_person_says_where() -> None:
    said = "The text cannot be made: divided_by: can't divide by 0 in “divided_by”."

    assert rendered("{{ profile.points | divided_by: 0 }}") == Unrendered("render_error", said)


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("a\n{{ profile.x", "This {{ is never closed. Write }} where it ends.", 2),
        ("{% if profile.x %}a", "A block is never closed. Write {% endif %} where it ends.", 1),
        ("a\n\n{% endif %}", "{% endif %} stands here, but nothing was opened before it.", 3),
        ("{{ profile.x | upcas }}", "There is no filter “upcas”. Did you mean “upcase”?", 1),
        ("{{ profile.x | append }}", 'The filter “append” needs a value after it, such as append: "…".', 1),
        ("{{ profile.x | upcase: 1 }}", "The filter “upcase” does not take what stands after it.", 1),
        ("{% iff x %}", "There is no tag {% iff %}. Did you mean “if”?", 1),
        ("{% include 'secrets' %}", "{% include %} is not available. Write the text itself.", 1),
        ("{% render 'secrets' %}", "{% render %} is not available. Write the text itself.", 1),
        ("{{ profile.x | default: “a” }}", 'These are curly quotes. Write straight ones: "…".', 1),
        ("{{ }}", "Something is missing here. Write a token or a text in quotes.", 1),
        ("{% if a = b %}{% endif %}", "To compare two values write == in place of =.", 1),
        (
            "{{ profile.First Buy }}",
            'Two words stand side by side. A name with a space is written profile["First Buy"].',
            1,
        ),
        ("x" * 65_537, "This text has 65,537 characters; 65,536 is the most.", 1),
    ],
)  # fmt: skip
def test_broken_text_is_refused_in_words_with_its_line(text: str, message: str, line: int) -> None:
    with pytest.raises(TemplateError) as caught:
        check(text)

    assert (caught.value.message, caught.value.line) == (message, line)


def test_both_policies_accept_what_check_accepts() -> None:
    check("{{ profile.first_name | default: 'there' }}")
