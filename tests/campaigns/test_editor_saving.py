"""Saving in the editor: nothing typed is lost, nobody overwrites another unknowingly, every change is in the trail."""

from typing import Any

import pytest

from accounts.models import AuditEntry, User
from campaigns import copies, editor, saving
from campaigns.models import Campaign, Copy
from campaigns.saving import Basis, Conflict, Edit, NotEditable
from tests import factories
from tests.factories import HELLO, NOW

pytestmark = pytest.mark.django_db

TWO = {"": HELLO, "es": (("title", "Hola"),)}


@pytest.fixture
def alice() -> User:
    return factories.user("alice")


@pytest.fixture
def campaign() -> Campaign:
    return factories.campaign(state="draft", copies=TWO)


def known(campaign: Campaign, step: str) -> Basis:
    return saving.basis(editor.load(campaign.pk), step)


def copy_of(campaign: Campaign, value: str) -> Copy:
    return campaign.message.copies.get(value=value)


def audited() -> list[tuple[str, Any]]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", "changes"))


def test_save_writes_the_step_and_raises_the_revision(campaign: Campaign, alice: User) -> None:
    edit = Edit("start", campaign={"name": "Autumn", "labels": ["x"], "connection": campaign.connection})

    saving.save(campaign.pk, edit, known(campaign, "start"), by=alice, now=NOW)

    campaign.refresh_from_db()
    assert (campaign.name, campaign.labels, campaign.revision, campaign.updated_at) == ("Autumn", ["x"], 2, NOW)
    assert audited() == [("changed", {"name": ["Win back", "Autumn"], "labels": [["winback"], ["x"]]})]


def test_saving_the_same_again_changes_nothing(campaign: Campaign, alice: User) -> None:
    edit = Edit("start", campaign={"name": campaign.name, "labels": ["winback"], "connection": campaign.connection})

    saving.save(campaign.pk, edit, known(campaign, "start"), by=alice, now=NOW)

    campaign.refresh_from_db()
    assert campaign.revision == 1
    assert audited() == []


def test_an_older_revision_of_the_same_step_is_a_conflict_and_changes_nothing(campaign: Campaign, alice: User) -> None:
    before = known(campaign, "start")
    saving.save(campaign.pk, Edit("start", campaign={"name": "Bob's"}), before, by=alice, now=NOW)

    with pytest.raises(Conflict) as conflict:
        saving.save(campaign.pk, Edit("start", campaign={"name": "Alice's"}), before, by=alice, now=NOW)

    campaign.refresh_from_db()
    assert conflict.value.theirs.campaign.name == campaign.name == "Bob's"


def test_an_older_revision_is_no_conflict_where_only_another_step_was_changed(campaign: Campaign, alice: User) -> None:
    before = known(campaign, "start")
    edit = Edit("when", campaign={"schedule": {"kind": "now", "version": 1}})
    saving.save(campaign.pk, edit, known(campaign, "when"), by=alice, now=NOW)

    saving.save(campaign.pk, Edit("start", campaign={"name": "Alice's"}), before, by=alice, now=NOW)

    campaign.refresh_from_db()
    assert (campaign.name, campaign.revision) == ("Alice's", 3)


def test_wording_is_saved_with_a_new_version_of_the_message(campaign: Campaign, alice: User) -> None:
    spanish = copy_of(campaign, "es")
    edit = Edit("what", pairs={spanish.pk: [["title", "Hola {{ profile.first_name }}"]]})

    saving.save(campaign.pk, edit, known(campaign, "what"), by=alice, now=NOW)

    spanish.refresh_from_db()
    campaign.message.refresh_from_db()
    assert spanish.pairs == [["title", "Hola {{ profile.first_name }}"]]
    assert campaign.message.version == 2
    assert audited() == [("changed", {"copy es": [[["title", "Hola"]], [["title", "Hola {{ profile.first_name }}"]]]})]


def test_wording_of_a_copy_that_was_removed_is_refused_and_not_dropped(campaign: Campaign, alice: User) -> None:
    spanish = copy_of(campaign, "es")
    copies.remove_copy(campaign.pk, spanish.pk, by=alice, now=NOW)
    edit = Edit("what", pairs={spanish.pk: [["title", "Adiós"]]})

    with pytest.raises(NotEditable):
        saving.save(campaign.pk, edit, known(campaign, "what"), by=alice, now=NOW)


@pytest.mark.parametrize("state", ["completed", "stopped", "archived"])
def test_a_campaign_that_has_ended_is_not_changed(state: str, alice: User) -> None:
    campaign = factories.campaign(state=state)

    with pytest.raises(NotEditable):
        saving.save(campaign.pk, Edit("start", campaign={"name": "New"}), known(campaign, "start"), by=alice, now=NOW)

    campaign.refresh_from_db()
    assert campaign.name == "Win back"


def test_a_new_schedule_of_a_published_campaign_moves_its_next_run(alice: User) -> None:
    campaign = factories.campaign(state="scheduled")
    factories.run(campaign, due_at=NOW)
    at = {"version": 1, "kind": "at", "times": ["2026-12-01T09:00"], "zone": "UTC"}

    saving.save(campaign.pk, Edit("when", campaign={"schedule": at}), known(campaign, "when"), by=alice, now=NOW)

    assert [str(run.occurrence) for run in campaign.runs.all()] == ["2026-12-01 09:00:00+00:00"]


def test_a_new_campaign_is_an_empty_draft_over_the_only_connection(alice: User) -> None:
    connection = factories.file_connection()

    campaign = saving.create(by=alice, now=NOW)

    assert (campaign.state, campaign.name, campaign.connection, campaign.owner) == ("draft", "", connection, alice)
    assert [(copy.value, copy.pairs) for copy in campaign.message.copies.all()] == [("", [["message", ""]])]


def test_an_added_copy_starts_with_the_wording_of_the_default_one(campaign: Campaign, alice: User) -> None:
    added = copies.add_copy(campaign.pk, "fr", by=alice, now=NOW)

    assert (added.value, added.pairs) == ("fr", [list(pair) for pair in HELLO])
    assert [copy.value for copy in campaign.message.copies.all()] == ["", "es", "fr"]


def test_adding_a_copy_that_is_there_opens_it(campaign: Campaign, alice: User) -> None:
    assert copies.add_copy(campaign.pk, "es", by=alice, now=NOW) == copy_of(campaign, "es")
    assert campaign.message.copies.count() == 2


def test_there_are_at_most_fifty_copies_beside_the_default_one(alice: User) -> None:
    campaign = factories.campaign(state="draft", copies={"": HELLO, **{f"l{n}": HELLO for n in range(50)}})

    with pytest.raises(NotEditable):
        copies.add_copy(campaign.pk, "one more", by=alice, now=NOW)

    assert campaign.message.copies.count() == 51


def test_the_default_copy_stays(campaign: Campaign, alice: User) -> None:
    copies.remove_copy(campaign.pk, copy_of(campaign, "").pk, by=alice, now=NOW)

    assert [copy.value for copy in campaign.message.copies.all()] == ["", "es"]


def test_a_copy_is_renamed_unless_its_new_value_has_one(campaign: Campaign, alice: User) -> None:
    spanish = copy_of(campaign, "es")
    copies.add_copy(campaign.pk, "fr", by=alice, now=NOW)

    copies.rename_copy(campaign.pk, spanish.pk, "es-MX", by=alice, now=NOW)
    with pytest.raises(NotEditable):
        copies.rename_copy(campaign.pk, spanish.pk, "fr", by=alice, now=NOW)

    assert sorted(copy.value for copy in campaign.message.copies.all()) == ["", "es-MX", "fr"]


def test_a_copy_is_worded_like_the_default_one(campaign: Campaign, alice: User) -> None:
    copies.word_like_default(campaign.pk, copy_of(campaign, "es").pk, by=alice, now=NOW)

    assert copy_of(campaign, "es").pairs == [list(pair) for pair in HELLO]


def test_a_rule_made_here_becomes_a_segment_that_the_campaign_uses(campaign: Campaign, alice: User) -> None:
    segment = saving.save_as_segment(campaign.pk, " Everybody ", by=alice, now=NOW)

    campaign.refresh_from_db()
    assert (segment.name, segment.tree) == ("Everybody", factories.EVERYONE)
    assert (campaign.segment, campaign.tree) == (segment, None)


@pytest.mark.parametrize("name", ["", "  ", "Taken"])
def test_a_segment_needs_a_name_of_its_own(campaign: Campaign, alice: User, name: str) -> None:
    other = factories.campaign(state="draft")
    saving.save_as_segment(other.pk, "Taken", by=alice, now=NOW)

    with pytest.raises(NotEditable):
        saving.save_as_segment(campaign.pk, name, by=alice, now=NOW)

    campaign.refresh_from_db()
    assert (campaign.segment, campaign.tree) == (None, factories.EVERYONE)
