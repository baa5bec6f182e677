"""The panel of test sends: what is typed is saved first, answers are words, and only who edits campaigns may."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from django.test import Client

from campaigns import editor, saving, testing
from campaigns.delivery import testing as delivery
from campaigns.models import Campaign, Tester, TestSend
from people.models import Profile
from tests import factories
from tests.conftest import ClientAs

pytestmark = pytest.mark.django_db

NOW = factories.NOW


@pytest.fixture
def ana() -> Profile:
    person = factories.person(identity="ana", first_name="Ana", name="Ana A", email="ana@example.com")
    testing.add(person, by=factories.user(), now=NOW)
    return person


@pytest.fixture
def campaign(exports: Path, ana: Profile) -> Campaign:
    return factories.campaign(state="draft")


def typed(campaign: Campaign, title: str, **more: Any) -> dict[str, Any]:
    """The step What of the page, with the panel's own fields."""
    draft = editor.load(campaign.pk)
    basis = saving.basis(draft, "what")
    return {
        "test_step": "what", "revision": basis.revision, "print": basis.print, "copy": draft.default.pk,
        "kind": "single", "property": "language", "missing": "exclude", "event_name": "Campaign Sent",
        "key": ["title"], "template": [title], **more,
    }  # fmt: skip


def sent_titles(exports: Path) -> list[str]:
    parts = sorted(exports.glob("tests/*/*.ndjson"))
    return [orjson.loads(line)["properties"]["title"] for part in parts for line in part.read_bytes().splitlines()]


def press(admin: Client, campaign: Campaign, *people: Profile, **posted: Any) -> Any:
    asked = {"tester": [str(each.pk) for each in people], **posted}
    return admin.post(f"/campaigns/{campaign.pk}/test", asked)


def test_what_is_typed_is_saved_and_then_sent(admin: Client, campaign: Campaign, ana: Profile, exports: Path) -> None:
    answer = press(admin, campaign, ana, **typed(campaign, "Just typed"))

    assert sent_titles(exports) == ["Just typed"]
    assert campaign.message.copies.get().pairs == [["title", "Just typed"]]
    assert "1 of 1 accepted" in answer.text
    assert f'name="revision" value="{campaign.revision + 1}"' in answer.text
    assert "campaign-saved" in answer.headers["HX-Trigger"]


def test_of_a_published_campaign_the_typed_is_tried_and_not_saved(admin: Client, ana: Profile, exports: Path) -> None:
    published = factories.campaign()

    press(admin, published, ana, **typed(published, "Just typed"))

    assert sent_titles(exports) == ["Just typed"]
    assert published.message.copies.get().pairs == [list(pair) for pair in factories.HELLO]


def test_what_somebody_else_changed_meanwhile_is_settled_first(admin: Client, campaign: Campaign, ana: Profile) -> None:
    mine = typed(campaign, "Mine")
    press(admin, campaign, ana, **typed(campaign, "Theirs"))

    answer = press(admin, campaign, ana, **mine)

    assert "Somebody else changed this step too" in answer.text
    assert TestSend.objects.count() == 1


def test_nothing_is_sent_without_people_or_an_unfinished_copy(admin: Client, campaign: Campaign, ana: Profile) -> None:
    assert "Choose at least one test person." in press(admin, campaign).text
    assert "This is blank" in press(admin, campaign, ana, **typed(campaign, "")).text
    assert TestSend.objects.count() == 0


def test_the_panel_remembers_whom_i_tested_with(admin: Client, campaign: Campaign, ana: Profile) -> None:
    bob = factories.person(identity="bob", name="Bob")
    testing.add(bob, by=factories.user(), now=NOW)
    page = f"/campaigns/{campaign.pk}/test?step=what"
    first = admin.get(page).text
    press(admin, campaign, bob)

    then = admin.get(page).text

    boxes = [f'name="tester" value="{each.pk}" checked' for each in (ana, bob)]
    assert [box in first for box in boxes] == [True, True]
    assert [box in then for box in boxes] == [False, True]
    assert "Bob" in then.split('id="test-answers"')[1]


def test_people_are_found_added_and_taken_off(admin: Client, campaign: Campaign, ana: Profile) -> None:
    bob = factories.person(identity="bob", name="Bob & Co")
    address = f"/campaigns/{campaign.pk}/test/people"

    found = admin.get(f"/campaigns/{campaign.pk}/test/find?find=co").text
    added = admin.post(address, {"add": bob.pk, "tester": []}).text
    removed = admin.post(address, {"remove": ana.pk, "tester": [bob.pk]}).text

    assert "Bob &amp; Co" in found
    assert f'value="{bob.pk}" checked' in added
    assert f'value="{ana.pk}" checked' not in added
    assert "Ana A" not in removed
    assert list(Tester.objects.values_list("profile__identity", flat=True)) == ["bob"]


def test_the_page_looks_again_until_all_is_known(admin: Client, campaign: Campaign) -> None:
    people = [factories.person(identity=f"t{n}", first_name=f"T{n}") for n in range(testing.FEW + 1)]
    for each in people:
        testing.add(each, by=factories.user(), now=NOW)

    waiting = press(admin, campaign, *people).text
    test = TestSend.objects.get()
    delivery.send(test.pk, now=test.at)
    done = admin.get(f"/campaigns/tests/{test.pk}").text

    assert 'hx-trigger="load delay:700ms"' in waiting
    assert "hx-trigger" not in done
    assert "6 of 6 accepted" in done


def test_a_member_sends_no_test(client_as: ClientAs, campaign: Campaign, ana: Profile) -> None:
    assert press(client_as("member"), campaign, ana).status_code == 403
    assert TestSend.objects.count() == 0


def test_the_button_to_send_again_is_for_who_sent_it(client_as: ClientAs, campaign: Campaign, ana: Profile) -> None:
    mine, theirs = client_as("creator"), client_as("approver")
    press(mine, campaign, ana)
    test = TestSend.objects.get()
    test.messages.update(state="failed", reason="rejected_by_provider")
    page, again = f"/campaigns/tests/{test.pk}", f"/campaigns/tests/{test.pk}/again"

    seen, other = mine.get(page).text, theirs.get(page).text
    refused = theirs.post(again).text
    done = mine.post(again).text

    assert [again in each for each in (seen, other, refused, done)] == [True, False, False, False]
    assert f"Only {test.by} can send this again." in other
    assert f"{test.by} sent this test, and only they can send it again." in refused
    assert "0 of 1 accepted" in refused
    assert "1 of 1 accepted" in done
