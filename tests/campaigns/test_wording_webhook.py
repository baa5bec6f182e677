"""A webhook's own texts: what would fail for everybody is said at the draft and keeps it from being published."""

import orjson
import pytest
from django.test import Client

from campaigns import editor, preview, problems, wording
from campaigns.models import Campaign
from campaigns.views import pages
from connectors.models import Connection
from tests import factories
from tests.factories import NOW

OURS = "The header {} is set by the connection. Change that line or take it away."
NO_HEADER = "“NoColon” is no header. Write Name: value. Change that line or take it away."
NO_JSON = "This is no JSON: look at line {}. Mend it, or name another Content-Type under Headers."
BODY = '{"name": "{{ profile.first_name }}", "points": {{ profile.points }}}'


def said(**fields: str) -> list[tuple[str, str]]:
    pairs = [("@" + key, text) for key, text in fields.items()]
    return [(trouble.name, trouble.words) for trouble in wording.troubles("webhook", pairs)]


@pytest.fixture
def campaign(db: None) -> Campaign:
    connection = Connection.objects.create(name="Hook", kind="webhook", config={"url": "https://example.com"})
    return factories.campaign(connection, state="draft", copies={"": (("@body", BODY),)})


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ("Host: x", OURS.format("Host")),
        ("X-Team: growth\nNoColon", NO_HEADER),
        (": growth", "“: growth” is no header. Write Name: value. Change that line or take it away."),
        ("Webhook-Id: {{ profile.id }}", OURS.format("Webhook-Id")),
        ("authorization: Bearer {{ constant.key }}", OURS.format("authorization")),
        ("X Y: {{ profile.id }}", "“X Y” is no header. Write Name: value. Change that line or take it away."),
    ],
)
def test_a_header_that_cannot_be_sent_is_told(headers: str, words: str) -> None:
    assert said(headers=headers, body=BODY) == [("Headers", words)]


@pytest.mark.parametrize(
    "headers",
    [
        "X-Team: growth\n\nX-Id: {{ profile.identity | default: 'a: b' }}",
        "{% if profile.id %}X-Id: {{ profile.id }}{% endif %}",
        "X-Empty:",
    ],
)
def test_headers_with_tokens_and_conditions_are_fine(headers: str) -> None:
    assert said(headers=headers, body=BODY) == []


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("no JSON", 1),
        ('{"name": "{{ profile.first_name }}",\n "points": }', 2),
        ('\n{"name": {{ profile.first_name }}"}', 2),
        ('{% for each in event.items %}{"a": {{ each }},{% endfor %}', 1),
    ],
)
def test_a_body_that_is_no_json_is_told_with_its_line(body: str, line: int) -> None:
    assert said(body=body) == [("Body", NO_JSON.format(line))]


@pytest.mark.parametrize(
    "body",
    [
        BODY,
        '{"when": "{{ profile.born | date: \'%Y\' }}", "tags": [{{- profile.points | plus: 1 -}}]}',
        '{"a": {% if profile.vip %}"x"{% else %}"y"{% endif %}}',
        '[{% for each in event.items %}{"a": "{{ each.name }}"}{% unless forloop.last %},{% endunless %}{% endfor %}]',
        '{% if profile.vip %}{% abort "no" %}{% endif %}{"a": 1}',
    ],
)
def test_a_body_that_is_json_once_it_is_filled_is_fine(body: str) -> None:
    assert said(body=body) == []


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("{% raw %}" + "{{" * 32_000 + "{% endraw %}", [("Body", NO_JSON.format(1))]),
        ('["' + "{{a}}" * 13_000 + '"]', []),
        ('["{{ "{{" }}"]', []),
    ],
    ids=["many openings", "longer once it is filled", "one within another"],
)
def test_a_body_of_odd_tokens_is_checked_as_far_as_it_can_be(body: str, found: list[tuple[str, str]]) -> None:
    assert said(body=body) == found


def test_a_body_of_another_kind_need_not_be_json() -> None:
    assert said(headers="Content-Type: text/plain", body="Hey {{ profile.first_name }}") == []


def test_method_and_path_that_cannot_be_sent_are_told() -> None:
    methods = "“FETCH” is no method. Choose one of POST, PUT, PATCH, DELETE, GET."
    path = "What follows the address begins with / or with ?, such as /people. Write that first."

    assert said(method="FETCH", path="people", body=BODY) == [("Method", methods), ("After the address", path)]
    assert said(method="PUT", path="/people/{{ profile.identity }}", body=BODY) == []
    assert said(method="", path="?id={{ profile.identity }}", body=BODY) == []


def test_a_broken_template_is_told_once() -> None:
    assert said(headers="NoColon", body="{{ x ") == [("Body", "This {{ is never closed. Write }} where it ends.")]


@pytest.mark.parametrize("pairs", [[("message", "")], [("", ""), ("message", "")], []])
def test_an_own_body_asks_for_no_pairs(pairs: list[tuple[str, str]]) -> None:
    assert list(wording.troubles("webhook", [("@body", BODY), *pairs])) == []


def test_without_an_own_body_a_pair_that_was_begun_must_be_finished() -> None:
    (trouble,) = wording.troubles("webhook", [("@body", " "), ("message", "")])

    assert (trouble.row, trouble.name, trouble.words) == (
        4, "message", "This is blank. Write something, or take the pair away.",
    )  # fmt: skip


def test_a_broken_request_is_not_published_and_marked_at_its_field(campaign: Campaign, creator: Client) -> None:
    factories.people(1)
    copy = campaign.message.copies.get()
    copy.pairs = [["@headers", "Host: x"], ["@body", "{"]]
    copy.save()

    draft = editor.load(campaign.pk)
    marks = pages.marks(draft, "what", "")
    answer = creator.post(f"/campaigns/{campaign.pk}/preview")

    words = [OURS.format("Host"), NO_JSON.format(1)]
    assert [problem.message for problem in problems.problems(campaign, now=NOW) if problem.step == "what"] == [
        f"Copy “Default”, “Headers”: {words[0]}",
        f"Copy “Default”, “Body”: {words[1]}",
    ]
    assert [(mark["field"], mark["row"], mark["words"]) for mark in marks] == [
        ("template", 2, words[0]), ("template", 3, words[1]),
    ]  # fmt: skip
    assert answer.context["broken"].words == words[0]


def test_a_key_is_marked_in_its_own_row_below_the_fields(campaign: Campaign) -> None:
    copy = campaign.message.copies.get()
    copy.pairs = [["a", "x"], ["", "y"]]
    copy.save()

    (mark,) = pages.marks(editor.load(campaign.pk), "what", "")

    assert (mark["field"], mark["row"], mark["words"]) == ("key", 1, "Give the key a name.")


@pytest.mark.parametrize("pairs", [[], [["", ""]], [["title", ""]]])
def test_nothing_is_marked_while_nothing_is_written(pairs: list[list[str]], db: None) -> None:
    campaign = factories.campaign(state="draft")
    copy = campaign.message.copies.get()
    copy.pairs = pairs
    copy.save()

    assert pages.marks(editor.load(campaign.pk), "what", "") == []


@pytest.mark.parametrize(
    ("headers", "body", "shown"),
    [
        ("", '{"name": "{{ profile.first_name }}"}', {"name": "Person1"}),
        ("Content-Type: text/plain", '{"name": "{{ profile.first_name }}"}', '{"name": "Person1"}'),
    ],
)
def test_the_preview_shows_json_as_it_goes_out(campaign: Campaign, headers: str, body: str, shown: object) -> None:
    (person,) = factories.people(1)
    copy = campaign.message.copies.get()
    copy.pairs = [["@headers", headers], ["@body", body]]
    copy.save()

    draft = editor.load(campaign.pk)
    found = preview.show(draft, preview.frozen(draft), person, now=NOW)

    assert found is not None
    assert orjson.loads(found.readable)["body"] == shown
