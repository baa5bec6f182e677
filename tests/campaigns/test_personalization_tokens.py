"""Which tokens a text has, and which profile properties it needs."""

import pytest

from campaigns.personalization import TemplateError, Token, needs, tokens


def test_tokens_come_in_the_order_of_the_text_with_their_fallbacks() -> None:
    text = """{{ profile.first_name | default: "there" }}{{ event["Product Name"] | upcase }}
        {{ constant.value | default: profile.city }}{{ campaign.name | default: "" }}"""

    assert tokens(text) == (
        Token("profile", "first_name", "there", None, ("first_name",)),
        Token("event", "Product Name", None, None, ("Product Name",)),
        Token("constant", "value", "profile.city", None, ("value",)),
        Token("campaign", "name", "", None, ("name",)),
    )


def test_token_of_a_deeper_value_is_named_by_its_property() -> None:
    assert tokens("{{ event.items[0].name }}") == (Token("event", "items", None, None, ("items", 0, "name")),)


def test_token_inside_a_block_is_conditional() -> None:
    text = "{% if profile.city %}{{ profile.city }}{% endif %}{{ profile.name }}"

    assert [(token.name, token.conditional) for token in tokens(text)] == [("city", True), ("name", False)]


def test_token_without_a_known_source_is_broken_and_says_what_to_write() -> None:
    said = "Nothing is called “first_name” here. A person's property is written profile.first_name."
    whole = "Say which part of profile is meant, such as profile.name."

    assert tokens("{{ first_name }}{{ profile }}") == (
        Token("first_name", "", None, said),
        Token("profile", "", None, whole),
    )


def test_names_a_text_makes_itself_are_no_tokens() -> None:
    text = """{% assign a = profile.x %}{% capture b %}c{% endcapture %}{{ a }}{{ b }}
        {% for item in event.items %}{{ item.name }}{{ forloop.index }}{% endfor %}{{ "text" }}"""

    assert tokens(text) == ()


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["plain"], set()),
        (["{{ profile.a | append: profile.b }}", '{{ profile["c d"] }}'], {"a", "b", "c d"}),
        (["{% if profile.a > 1 %}{% elsif profile.b %}{% endif %}"], {"a", "b"}),
        (["{% for t in profile.tags limit: profile.n %}{{ t }}{% endfor %}"], {"tags", "n"}),
        (["{% assign x = profile.a.b %}{% case profile.c %}{% when profile.d %}{% endcase %}"], {"a", "c", "d"}),
        (["{{ event.a }}{{ event[profile.k] }}"], {"k"}),
    ],
)
def test_needs_names_the_properties_used_anywhere(texts: list[str], expected: set[str]) -> None:
    assert needs(texts) == frozenset(expected)


@pytest.mark.parametrize(
    "text", ["{{ profile }}", "{{ profile[event.x] }}", "{% for p in profile %}{% endfor %}", "{{ profile.size }}"]
)
def test_needs_is_everything_where_it_may_be_any_property(text: str) -> None:
    assert needs(["{{ profile.a }}", text]) is None


def test_broken_text_has_no_tokens() -> None:
    with pytest.raises(TemplateError):
        tokens("{{ profile.a")
