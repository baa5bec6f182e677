"""A value in an address stays the part of it that it is in, and a value that is in none stays as it is."""

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
        ("<{{ profile.home }}?q={{ profile.plan }}> {{ profile.plan }}", f"<https://y.test?q={IN_QUERY}> {PLAN}"),
        ('"https://x.test/?a=" "{{ profile.plan }}"', f'"https://x.test/?a=" "{PLAN}"'),
        ("Go <https://x.test/?q={{ profile.plan }}>.", f"Go <https://x.test/?q={IN_QUERY}>."),
        ("<mailto:{{ profile.mail }}?subject={{ profile.plan }}>", f"<mailto:a+b@x.test?subject={IN_QUERY}>"),
        ('{"a": "HTTPS://x.test/{{ profile.plan }}"}', f'{{"a": "HTTPS://x.test/{IN_PATH}"}}'),
        ('{% assign base = "https://x.test/?q=" %}{{ base }}{{ profile.plan }}', f"https://x.test/?q={IN_QUERY}"),
        ("{{ profile.shop }}", SHOP),
        ("<{{ profile.runs }}>", "<javascript:a>"),
        ("{{ profile.plan }}?q={{ profile.plan }}", f"{PLAN}?q={PLAN}"),
    ],
)
def test_in_a_text_a_value_is_encoded_where_an_address_is_written_around_it(text: str, expected: str) -> None:
    assert printed(text, mail="a+b@x.test", home="https://y.test", runs="javascript:a") == expected


@pytest.mark.parametrize(
    "text",
    [
        "See https://x.test/@",
        "<https://x.test/sale|@>",
        '{"text": "https://x.test/sale\\n@"}',
        '{"text": "See https://x.test/@"}',
        "Tel:@ tel:@",
        "<javascript:@>",
        "https://x.test/a, @",
        "(https://x.test) @",
        "[url=https://x.test]@[/url]",
        "[a](https://x.test/)[b](@)",
        "<p>https://x.test/&nbsp;@</p>",
        '<p style="background:url(https://x.test/a.png);color:@">',
        '<a href="https://x.test/" title="@">@</a>',
    ],
)
def test_what_is_no_part_of_an_address_is_printed_as_it_is(text: str) -> None:
    expected = text.replace("@", PLAN)

    assert printed(text.replace("@", "{{ profile.plan }}")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('href="https://x.test/?a=1&amp;q={{ profile.plan }}"', f'href="https://x.test/?a=1&amp;q={IN_QUERY}"'),
        ("href = 'https://x.test/a b/{{ profile.plan }}'", f"href = 'https://x.test/a b/{html.escape(IN_PATH)}'"),
        ('src="https://x.test/{{ profile.list[0] }}.png"', 'src="https://x.test/a%20b.png"'),
        ('href="&#47;&#47;x.test&#47;{{ profile.plan }}"', f'href="&#47;&#47;x.test&#47;{html.escape(IN_PATH)}"'),
        ('href="https:{{ profile.rest }}"', 'href="https://x.test/?a=1"'),
        ('href="/{{ profile.list[0] }}"', 'href="/a%20b"'),
        ('href="/{{ profile.twice }}"', 'href="/%2F%2Fevil.test/a"'),
        ('href="https://x.test/u/{{ profile.up }}/edit"', 'href="https://x.test/u/..%2F..%2Fout/edit"'),
        ('href="myapp://cart/{{ profile.list[0] }}"', 'href="myapp://cart/a%20b"'),
        ('href="mailto:{{ profile.mail }}?subject={{ profile.list[1] }}"', 'href="mailto:a+b@x.test?subject=c%26d"'),
        ('href="tel:{{ profile.phone }}"', 'href="tel:+4930%201"'),
        (
            '{% assign base = "https://x.test/?q=" %}href="{{ base }}{{ profile.list[1] }}"',
            'href="https://x.test/?q=c%26d"',
        ),
        ('href="{{ profile.shop }}"', f'href="{html.escape(SHOP)}"'),
        ('href="{{ profile.home }}/a/{{ profile.list[0] }}?q={{ profile.list[1] }}"', 'href="https://y.test/a/a%20b?q=c%26d"'),
        ('href="https://{{ profile.home }}.test/"', 'href="https://https://y.test.test/"'),
        ('href="https://x.test{{ profile.path }}"', 'href="https://x.test/a?b=1"'),
        ('title="{{ profile.plan }}"', f'title="{html.escape(PLAN)}"'),
        ('href="https://x.test/">{{ profile.plan }}', f'href="https://x.test/">{html.escape(PLAN)}'),
    ],
)  # fmt: skip
def test_in_html_a_value_in_a_link_is_encoded_but_not_where_it_is_the_link(text: str, expected: str) -> None:
    more = {"home": "https://y.test", "path": "/a?b=1", "rest": "//x.test/?a=1", "mail": "a+b@x.test"}

    assert printed(text, "html", **more, phone="+4930 1", twice="//evil.test/a", up="../../out") == expected


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
        ("https://x.test/{% if profile.no %}?a={% endif %}{{ profile.plan }}", f"https://x.test/{IN_QUERY}"),
        ("https://x.test/{% if profile.no %}?a={% else %}?b={% endif %}{{ profile.plan }}", f"https://x.test/?b={IN_QUERY}"),
        ("https://x.test/{% case profile.no %}{% when 1 %}?a={% else %}?b={% endcase %}{{ profile.plan }}", f"https://x.test/?b={IN_QUERY}"),
        ("http{% if profile.plan %}s{% endif %}://x.test/?q={{ profile.plan }}", f"https://x.test/?q={IN_QUERY}"),
        ("https://x.test/?{% for each in profile.list %}i={{ each }}&{% endfor %}", "https://x.test/?i=a%20b&i=c%26d&"),
    ],
)  # fmt: skip
def test_a_value_that_several_ways_lead_to_is_encoded_for_every_way_that_has_a_host(text: str, expected: str) -> None:
    html_said = printed(f'<a href="{text}">', "html")

    assert html.unescape(html_said) == f'<a href="{expected}">'


@pytest.mark.parametrize(
    "value",
    [
        "javascript:alert(1)",
        " JAVA\nscript:a",
        "vbscript:a",
        "file:///a",
        "data:text/html,a",
        "data:image/svg+xml,a",
    ],
)
@pytest.mark.parametrize(
    "printing",
    [
        "{{ profile.bad }}",
        "{{ profile.bad | escape }}",
        '{{ profile.bad | append: "?utm_source=mail" }}',
        "{{ profile.none }}{{ profile.bad }}",
    ],
)
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
        '<a href="' + "&#1;" * 9000 + "{{ profile.plan }}" * 1500,
        '<a href="' + "a" * 30000 + "{{ profile.plan }}" * 1900,
        '<a href="' + " " * 30000 + "{{ profile.plan }}" * 1900,
        '<a href="' + "a:" * 15000 + "{{ profile.plan }}" * 1900,
        '<a href="' + "a.+-" * 12000 + "{{ profile.plan }}" * 800,
        '<a href="' + "b" * 20000 + "{% if profile.plan %}c{% endif %}" * 1300,
        '<a href="' + "a{{ profile.plan }}" * 3400,
        "https://" + "a" * 30000 + "{{ profile.plan }}" * 1900,
        '"https://a' * 6000,
        "<" * 65000,
    ],
    ids=lambda text: text[:12],
)
@pytest.mark.timeout(5, func_only=True)
def test_no_repetition_takes_for_ever(text: str) -> None:
    compile_copy([("@x", text)], missing="blank")
