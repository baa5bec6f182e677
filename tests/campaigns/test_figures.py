"""Reach in the campaign's editor: at once from the sample, then exact, one computation for all parts of the page."""

import re
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from campaigns import editor, figures, preview
from campaigns.delivery.snapshot import Snapshot
from campaigns.models import Campaign
from connectors.models import Connection
from segments import tasks
from segments.context import Sampled
from segments.models import Computation
from tests import factories

pytestmark = pytest.mark.django_db

COPIES: dict[str, factories.Pairs] = {
    "": [("title", 'Hello {{ profile.first_name | default: "there" }}')],
    "es": [("title", "Hola {{ profile.first_name }}")],
}
EDITOR = "e" * 32


@pytest.fixture
def many() -> Campaign:
    """A campaign to so many people that they are not counted one by one at once; a third speaks Spanish."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO people_profile (id, identity, language, first_name, properties, bucket, created_at,"
            " updated_at)"
            " SELECT n, 'p' || n, CASE WHEN n / 64 % 3 = 0 THEN 'es' ELSE 'en' END,"
            " CASE WHEN n / 64 % 2 = 0 THEN 'Ana' END, '{}', 0, now(), now() FROM generate_series(64, 21119) n"
        )
    return factories.campaign(state="draft", copies=COPIES)


def snapshot_of(campaign: Campaign) -> Snapshot:
    return preview.frozen(editor.load(campaign.pk))


def get(client: Client, campaign: Campaign, part: str, **query: Any) -> str:
    answer = client.get(f"/campaigns/{campaign.pk}/{part}", {"editor": EDITOR, **query})
    return f"{answer.status_code} {answer.content.decode()}"


def work() -> None:
    for name, pk in tasks.due(timezone.now(), 9):
        tasks.TASKS[name](pk, 0)


def test_the_sample_is_counted_by_the_same_rules_as_everybody(many: Campaign) -> None:
    snapshot, now = snapshot_of(many), timezone.now()

    sampled = figures.counted(snapshot, now=now, people=Sampled())
    whole = figures.counted(snapshot, now=now)

    put_up = [[*row[:3], *(64 * people for people in row[3:])] for row in sampled["rows"]]
    assert sorted(put_up, key=str) == sorted(whole["rows"], key=str)
    assert [[value, 64 * people] for value, people in sampled["uncovered"]] == whole["uncovered"] == [["en", 14080]]


def test_reach_is_estimated_then_exact_and_nothing_comes_between(creator: Client, many: Campaign) -> None:
    first = get(creator, many, "reach")
    waiting = Computation.objects.get()
    still = get(creator, many, "reach", count=waiting.pk, rough=1)
    other = get(creator, many, "reach", count=waiting.pk)
    work()
    exact = get(creator, many, "reach", count=waiting.pk)

    assert "≈ 21,060" in first
    assert f"?count={waiting.pk}&amp;rough=1" in first
    assert (still, "≈ 21,060" in other) == ("204 ", True), "whoever began before the estimate was there is shown it"
    assert "21,056" in exact
    assert ("≈" in exact, "exact, " in exact, "17,536" in exact) == (False, True, True)


def test_all_parts_of_the_page_wait_for_one_computation(creator: Client, many: Campaign) -> None:
    for part in ("reach", "figures", "review", "reach"):
        assert get(creator, many, part).startswith("200")

    assert Computation.objects.count() == 1
    work()
    assert "Publish to 17,536 people" in get(creator, many, "review")
    assert Computation.objects.count() == 1


def test_review_says_about_how_many_until_it_is_exact(creator: Client, many: Campaign) -> None:
    page = get(creator, many, "review")

    assert "Publish to ≈ 17,560 people" in page
    assert re.search(r"In which language.*>English \(en\)<.*>Spanish \(es\)<", page, re.DOTALL)


def test_tabs_and_review_say_the_same_of_each_copy(creator: Client, settings: Any) -> None:
    """Of six who speak Spanish one shares an address, one lacks the name, two have no address."""
    for n, address in enumerate(["a@x.org", "A@x.org", "b@x.org", None, "", "c@x.org"]):
        factories.person(identity=f"es{n}", language="es", email=address, first_name="Ana" if n < 5 else None)
    for n, language in enumerate(["en", "en", "fr"]):
        factories.person(identity=f"en{n}", language=language, email=f"en{max(n, 1)}@x.org")
    mails = Connection.objects.create(name="Mail", kind="email", config={"from_address": "news@example.com"})
    texts = {value: [("@subject", pairs[0][1]), ("@html", "<p>Hi</p>")] for value, pairs in COPIES.items()}
    campaign = factories.campaign(mails, state="draft", copies=texts)

    tabs, page = get(creator, campaign, "figures"), get(creator, campaign, "review")

    assert re.findall(r'title="([^"]+)">([^<]+)<', tabs) == [("2 of the 4 who will receive it", "50\xa0%")] * 2
    shares = re.findall(r'scope="row">([^<]+)</th><td class="number">(\d+)</td><td class="number">([^<]+)<', page)
    assert shares == [("Default", "2", "50\xa0%"), ("Spanish (es)", "2", "50\xa0%")]
    assert re.findall(r"</svg>([^<:]+): (\d+)\s+p", tabs) == [("English (en)", "1"), ("French (fr)", "1")]


def test_another_rule_stops_what_is_counted_for_the_one_before(creator: Client, many: Campaign) -> None:
    get(creator, many, "reach")
    Campaign.objects.update(tree={"version": 1, "rule": {"all": [{"bucket": {"from": 0, "to": 0}}]}})
    get(creator, many, "reach")

    assert list(Computation.objects.order_by("pk").values_list("state", flat=True)) == ["cancelled", "waiting"]


def test_other_words_with_the_same_values_are_not_counted_again(creator: Client, many: Campaign) -> None:
    get(creator, many, "reach")
    work()
    copy = many.message.copies.get(value="es")
    copy.pairs = [["title", "Buenos días, {{ profile.first_name }}"]]
    copy.save()

    assert "exact, " in get(creator, many, "reach")
    assert Computation.objects.count() == 1


def test_another_fallback_is_counted_again(creator: Client, many: Campaign) -> None:
    get(creator, many, "reach")
    work()
    copy = many.message.copies.get(value="es")
    copy.pairs = [["title", 'Hola {{ profile.first_name | default: "tú" }}']]
    copy.save()

    assert "≈ 21,060" in get(creator, many, "reach")


def test_what_takes_too_long_says_so_and_can_be_published_all_the_same(creator: Client, many: Campaign) -> None:
    get(creator, many, "review")
    Computation.objects.update(state="failed", sample=None, trouble="This took longer than 30 seconds.")
    failed = Computation.objects.get()

    assert "This took longer than 30 seconds." in get(creator, many, "reach", count=failed.pk)
    page = get(creator, many, "review", count=failed.pk)
    assert "This took longer than 30 seconds." in page
    assert "Publish it uncounted" in page


def test_a_page_that_was_overtaken_asks_anew(creator: Client, many: Campaign) -> None:
    get(creator, many, "reach")
    Computation.objects.update(state="cancelled")

    get(creator, many, "figures", count=Computation.objects.get().pk)
    assert Computation.objects.count() == 2


def test_the_number_of_another_question_is_not_shown_as_the_reach(creator: Client, many: Campaign) -> None:
    get(creator, many, "reach")
    work()
    Computation.objects.update(kind="segments.people", key=uuid.uuid4(), answer={"people": 1})

    assert "≈ 21,060" in get(creator, many, "reach", count=Computation.objects.get().pk)
