"""A value in an address stays a value: it neither breaks the link nor changes where it leads."""

import html
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.personalization import Escape, Rendered, Unrendered, compile_copy
from campaigns.personalization.escapes import ESCAPES

names = st.text(min_size=1).filter(lambda text: text.strip() and not any("\ud800" <= each <= "\udfff" for each in text))
PLAN = "a&b=c d/50% #?"
IN_PATH, IN_QUERY = "a&b=c%20d/50%25%20%23%3F", "a%26b%3Dc%20d%2F50%25%20%23%3F"
SHOP = "https://shop.test/a?b=1&c=2"


def said(text: str, escape: Escape = "none", **profile: object) -> Rendered | Unrendered:
    values = {"plan": PLAN, "shop": SHOP, "list": ["a b", "c&d"], **profile}
    return compile_copy([("@x", text)], missing="blank", escapes={"@x": escape}).render({"profile": values})


def printed(text: str, escape: Escape = "none", **profile: object) -> str:
    rendered = said(text, escape, **profile)
    assert isinstance(rendered, Rendered)
    return rendered.values[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://x.test/?q={{ profile.plan }}&b=1", f"https://x.test/?q={IN_QUERY}&b=1"),
        ("https://x.test/?q=1#{{ profile.plan }}", f"https://x.test/?q=1#{IN_QUERY}"),
        ("https://x.test/{{ profile.plan }}/b", f"https://x.test/{IN_PATH}/b"),
        ("See HTTPS://x.test/{{ profile.plan }} {{ profile.plan }}", f"See HTTPS://x.test/{IN_PATH} {PLAN}"),
        ("myapp://cart/{{ profile.plan }}", f"myapp://cart/{IN_PATH}"),
        ("mailto:a@x.test?subject={{ profile.plan }}", f"mailto:a@x.test?subject={IN_QUERY}"),
        ("tel:{{ profile.phone }}", "tel:+4930%201"),
        ("<{{ profile.home }}?q={{ profile.plan }}> {{ profile.plan }}", f"<https://y.test?q={IN_QUERY}> {PLAN}"),
        ('"https://x.test/?a=" "{{ profile.plan }}"', f'"https://x.test/?a=" "{PLAN}"'),
        ("[a](https://x.test/)[b]({{ profile.shop }})", f"[a](https://x.test/)[b]({SHOP})"),
        ("{{ profile.shop }}", SHOP),
        ("{{ profile.plan }}?q={{ profile.plan }}", f"{PLAN}?q={PLAN}"),
    ],
)
def test_in_a_text_a_value_is_encoded_where_an_address_is_written_around_it(text: str, expected: str) -> None:
    assert printed(text, phone="+4930 1", home="https://y.test") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('href="https://x.test/?a=1&amp;q={{ profile.plan }}"', f'href="https://x.test/?a=1&amp;q={IN_QUERY}"'),
        ("href = 'https://x.test/a b/{{ profile.plan }}'", f"href = 'https://x.test/a b/{html.escape(IN_PATH)}'"),
        ('src="https://x.test/{{ profile.list[0] }}.png"', 'src="https://x.test/a%20b.png"'),
        ('href="&#47;&#47;x.test&#47;{{ profile.plan }}"', f'href="&#47;&#47;x.test&#47;{html.escape(IN_PATH)}"'),
        ('href="https:{{ profile.rest }}"', 'href="https://x.test/?a=1"'),
        ('href="/{{ profile.list[0] }}"', 'href="/a%20b"'),
        ('href="{{ profile.shop }}"', f'href="{html.escape(SHOP)}"'),
        ('href="{{ profile.home }}/a/{{ profile.list[0] }}?q={{ profile.list[1] }}"', 'href="https://y.test/a/a%20b?q=c%26d"'),
        ('href="https://{{ profile.home }}.test/"', 'href="https://https://y.test.test/"'),
        ('href="https://x.test{{ profile.path }}"', 'href="https://x.test/a?b=1"'),
        ('title="{{ profile.plan }}"', f'title="{html.escape(PLAN)}"'),
        ('href="https://x.test/">{{ profile.plan }}', f'href="https://x.test/">{html.escape(PLAN)}'),
    ],
)  # fmt: skip
def test_in_html_a_value_in_a_link_is_encoded_but_not_where_it_is_the_link(text: str, expected: str) -> None:
    assert printed(text, "html", home="https://y.test", path="/a?b=1", rest="//x.test/?a=1") == expected


@pytest.mark.parametrize(
    "value",
    [
        "{{ profile.plan | url_encode }}",
        "{{ profile.plan | url_encode | escape }}",
        "{% assign plan = profile.plan | url_encode %}{{ plan }}",
        "{% capture plan %}{{ profile.plan | url_encode }}{% endcapture %}{{ plan }}",
        '{{ profile.plan | url_encode | default: "a=b" }}',
    ],
)
def test_what_the_marketer_encoded_is_not_encoded_again(value: str) -> None:
    assert printed(f"https://x.test/?q={value}") == "https://x.test/?q=a%26b%3Dc+d%2F50%25+%23%3F"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("{{ profile.plan | raw }}", PLAN),
        ('{{ "a=1&b=2" }}', "a=1&b=2"),
        ('{% assign more = "a=1&b=2" %}{{ more }}', "a=1&b=2"),
        (
            '{% assign more = "a=1&b=2" %}{% if profile.no %}{% assign more = profile.plan %}{% endif %}{{ more }}',
            "a=1&b=2",
        ),
        ('{{ profile.list | join: "&tag=" }}', "a b&tag=c&d"),
        ('{{ profile.list[0] | replace: " ", "+" }}', "a+b"),
        ('{{ profile.list[0] | prepend: "q=" }}', "q=a b"),
    ],
)
def test_what_the_marketer_put_together_for_an_address_stays_so(value: str, expected: str) -> None:
    assert printed(f"https://x.test/?{value}") == f"https://x.test/?{expected}"


@pytest.mark.parametrize(
    "value",
    [
        "{{ profile.plan | escape }}",
        "{% assign plan = profile.plan %}{{ plan }}",
        '{% assign plan = "" %}{% if profile.plan %}{% assign plan = profile.plan %}{% endif %}{{ plan }}',
        "{% echo profile.plan %}",
        "{% cycle profile.plan %}",
        "{% for each in profile.plans %}{{ each }}{% endfor %}",
        '{{ profile.none | default: "a&b=c d/50% #?" }}',
        "{{ profile.plan | strip }}",
        "{% if profile.plan %}{{ profile.plan }}{% endif %}",
    ],
)
def test_however_a_value_is_printed_in_an_address_it_is_encoded_once(value: str) -> None:
    text = f'<a href="https://x.test/?q={value}">'

    assert printed(text, "html", plans=[PLAN]) == f'<a href="https://x.test/?q={IN_QUERY}">'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{% if profile.no %}https://x.test/{% else %}{{ profile.shop }}{% endif %}", SHOP),
        ("{% if profile.no %}https://x.test/{% endif %}{{ profile.shop }}", SHOP),
        ("https://x.test/{% if profile.no %}?a={% endif %}{{ profile.plan }}", f"https://x.test/{IN_PATH}"),
        ("https://x.test/{% if profile.no %}?a={% else %}?b={% endif %}{{ profile.plan }}", f"https://x.test/?b={IN_QUERY}"),
        ("https://x.test/{% case profile.no %}{% when 1 %}?a={% else %}?b={% endcase %}{{ profile.plan }}", f"https://x.test/?b={IN_QUERY}"),
        ("http{% if profile.plan %}s{% endif %}://x.test/?q={{ profile.plan }}", f"https://x.test/?q={IN_QUERY}"),
        ("https://x.test/?{% for each in profile.list %}i={{ each }}&{% endfor %}", "https://x.test/?i=a%20b&i=c%26d&"),
    ],
)  # fmt: skip
def test_a_value_that_several_ways_lead_to_is_encoded_as_far_as_every_way_allows(text: str, expected: str) -> None:
    html_said = printed(f'<a href="{text}">', "html")

    assert html.unescape(html_said) == f'<a href="{expected}">'


@pytest.mark.parametrize(
    "value", ["javascript:alert(1)", " JAVA\nscript:a", "vbscript:a", "file:///a", "data:text/html,a"]
)
@pytest.mark.parametrize("printing", ["{{ profile.bad }}", "{{ profile.bad | escape }}"])
def test_a_link_that_would_run_something_is_sent_to_nobody(value: str, printing: str) -> None:
    refused = said(f'<a href="{printing}">', "html", bad=value)

    assert isinstance(refused, Unrendered)
    assert refused.reason == "render_error"
    assert f"no link may lead to {''.join(value.split()).lower().partition(':')[0]}:" in refused.detail


@pytest.mark.parametrize("value", ["https://x.test/", "myapp://a", "/a", "data:image/png;base64,aa+/="])
def test_a_value_that_is_the_address_is_printed_as_it_is(value: str) -> None:
    assert printed('<img src="{{ profile.it }}">', "html", it=value) == f'<img src="{value}">'


@pytest.mark.parametrize("escape", ["none", *(each for each in ESCAPES if each != "url")])
@given(names)
def test_a_value_comes_out_of_the_address_as_it_went_in(escape: Escape, name: str) -> None:
    text = '"https://x.test/{{ profile.name }}/?a={{ profile.name }}&b=1#{{ profile.name }}"'

    address = urlsplit(html.unescape(printed(text, escape, name=name)).strip('"'))

    assert (address.scheme, address.netloc) == ("https", "x.test")
    assert parse_qs(address.query, keep_blank_values=True) == {"a": [name], "b": ["1"]}
    assert (unquote(address.path), unquote(address.fragment)) == (f"/{name}/", name)


@pytest.mark.parametrize(
    "text",
    [
        "{{ profile.plan }}https://x.test/?" * 1800,
        "https://x.test/' " * 3500,
        "href='" * 10000,
        "a" * 65000,
        '<a href="' + "{{ profile.plan }}" * 3600,
        "{% if profile.plan %}https://{% endif %}" * 1600,
    ],
    ids=lambda text: text[:12],
)
@pytest.mark.timeout(15, func_only=True)
def test_no_repetition_takes_for_ever(text: str) -> None:
    compile_copy([("@x", text)], missing="blank")
