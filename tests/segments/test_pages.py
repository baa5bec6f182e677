"""The pages of saved segments: the list, making, editing, copying, deleting."""

import json
from collections.abc import Iterator

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from accounts.models import AuditEntry
from people.models import Subscription
from segments import keeping
from segments.models import Segment
from segments.parse import TreeError
from segments.registry import USERS, User
from tests import factories
from tests.segments.making import SPANISH, person, rule, segment

pytestmark = pytest.mark.django_db

TYPED = {
    "tree.kind": "all",
    "tree.0.family": "property",
    "tree.0.property": "language",
    "tree.0.typed": "language",
    "tree.0.type": "text",
    "tree.0.operator": "equals",
    "tree.0.value": ["es", ""],
}


@pytest.fixture
def used() -> Iterator[list[User]]:
    """Whoever is put into the list uses every segment; nobody else does."""
    users: list[User] = []
    registered = USERS[:]
    USERS[:] = [lambda segments: dict.fromkeys(segments, users)]
    yield users
    USERS[:] = registered


def told(answer: object) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]  # type: ignore[attr-defined]  # a test response


@pytest.mark.usefixtures("used")
@pytest.mark.parametrize("size", [1, 3])
def test_the_list_asks_the_same_queries_for_one_and_three(
    member: Client, size: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(size):
        segment(f"Segment {number}", people=number, created_at="2026-01-01T00:00Z")
    member.get("/segments/")

    with django_assert_num_queries(QUERIES):
        answer = member.get("/segments/")

    assert answer.content.decode().count("data-row") == size
    assert answer.content.decode().count("People whose language is “Spanish (es)”.") == size


QUERIES = 6  # session, user, account's settings, number of segments, segments, who made them


def test_an_empty_list_says_what_a_segment_is_and_offers_one(creator: Client, member: Client) -> None:
    assert 'href="/segments/new"' in creator.get("/segments/").content.decode()
    assert 'href="/segments/new"' not in member.get("/segments/").content.decode()


def test_the_list_is_searched_and_sorted_and_answers_htmx_with_the_table(member: Client) -> None:
    segment("Spanish", people=5)
    segment("Portuguese", people=7)
    segment("Coats", people=1)

    answer = member.get("/segments/", {"search": "u", "sort": "-people"}, headers={"HX-Request": "true"})

    page = answer.content.decode()
    assert "<html" not in page
    assert page.index("Portuguese") < page.index("No segment") if "No segment" in page else "Coats" not in page
    assert [row.segment.name for row in answer.context["page"].rows] == ["Portuguese"]


LIVE = {"version": 1, "live": {"trigger": {"action": [{"event": "Charged", "where": []}]}, "first_time_only": False}}


def names(client: Client, **query: str) -> list[str]:
    return [row.segment.name for row in client.get("/segments/", query).context["page"].rows]


def test_the_list_is_filtered_by_kind_use_and_maker_and_sorted_by_use(creator: Client, member: Client) -> None:
    maker = creator.user  # type: ignore[attr-defined]  # the fixture's
    inner = segment("Inner", people=3, created_by=maker)
    segment("Outer", {"segment": inner.pk, "is": "in"}, created_by=member.user)  # type: ignore[attr-defined]  # the same
    Segment.objects.create(name="Live", kind=Segment.Kind.LIVE, tree=LIVE)

    assert names(member) == ["Inner", "Live", "Outer"]
    assert names(member, kind="live") == ["Live"]
    assert names(member, use="used") == ["Inner"]
    assert names(member, use="unused", sort="-name") == ["Outer", "Live"]
    assert names(member, by=str(maker.pk)) == ["Inner"]
    assert names(member, sort="-users") == ["Inner", "Live", "Outer"]
    assert names(member, sort="users") == ["Live", "Outer", "Inner"]
    assert names(member, sort="-people")[0] == names(member, sort="people")[0] == "Inner"
    assert "Nothing" not in names(member, kind="x", use="x", by="x", sort="x")


def test_a_live_segment_has_a_sentence_and_no_size(creator: Client) -> None:
    live = Segment.objects.create(name="Live", kind=Segment.Kind.LIVE, tree=LIVE)

    listed, page = (creator.get(address).content.decode() for address in ("/segments/", f"/segments/{live.pk}"))

    assert ("as it happens" in listed, "Charged" in listed, "not counted" in listed) == (True, True, False)
    assert (f'href="/segments/live/{live.pk}/edit"' in page, "/export" in page, "Size per day" in page) == (
        True,
        False,
        False,
    )
    assert creator.get(f"/segments/{live.pk}/edit").headers["location"] == f"/segments/live/{live.pk}/edit"
    for part in ("people", "reach", "export"):
        assert creator.get(f"/segments/{live.pk}/{part}").status_code == 404


def test_a_segment_that_would_contain_itself_is_not_kept(creator: Client) -> None:
    inner = segment("Inner")
    outer = segment("Outer", {"segment": inner.pk, "is": "in"})
    typed = {"name": "Inner", "version": "1", "tree": json.dumps(rule({"segment": outer.pk, "is": "in"}))}

    answer = creator.post(f"/segments/{inner.pk}/edit", typed)

    inner.refresh_from_db()
    assert (answer.status_code, inner.version) == (422, 1)
    assert "A segment cannot contain itself: Inner → Outer → Inner." in answer.content.decode()


def test_two_savers_cannot_close_a_circle_together(creator: Client) -> None:
    """The form was right when it was checked; the other one was saved meanwhile."""
    inner = segment("Inner")
    outer = segment("Outer", {"segment": inner.pk, "is": "in"})
    inner.tree = rule({"segment": outer.pk, "is": "in"})

    with pytest.raises(TreeError, match="a segment cannot contain itself"):
        keeping.change(inner, version=1, by=factories.user(), now=timezone.now())


def test_a_long_list_goes_on_on_the_next_page(member: Client) -> None:
    for number in range(51):
        segment(f"Segment {number:02}")

    first = member.get("/segments/", {"sort": "-name"}).content.decode()
    second = member.get("/segments/", {"sort": "-name", "page": "2"}).content.decode()

    assert "1–50 of 51" in first
    assert 'href="?sort=-name&amp;page=2"' in first
    assert (second.count("data-row"), "Segment 00" in second, "51–51 of 51" in second) == (1, True, True)


def test_a_segment_of_a_rule_that_cannot_be_read_is_shown_with_its_problem(member: Client) -> None:
    broken = Segment.objects.create(name="Old", tree={"version": 9, "rule": {}})

    for address in ("/segments/", f"/segments/{broken.pk}"):
        assert "This segment is of another version" in member.get(address).content.decode()
    assert member.get(f"/segments/{broken.pk}/people").status_code == 422


def test_a_new_segment_is_kept_with_its_maker_and_in_the_audit_trail(creator: Client) -> None:
    answer = creator.post("/segments/new", {"name": "Spanish", "version": "1", **TYPED})

    made = Segment.objects.get()
    assert answer.headers["location"] == f"/segments/{made.pk}"
    assert (made.name, made.tree, made.version, made.created_by) == ("Spanish", rule(SPANISH), 1, creator.user)  # type: ignore[attr-defined]  # the fixture's
    assert list(AuditEntry.objects.values_list("action", "object_name")) == [("created", "Spanish")]


def test_an_incomplete_rule_is_not_kept_and_nothing_typed_is_lost(creator: Client) -> None:
    answer = creator.post(
        "/segments/new", {"name": "Spanish", "version": "1", **TYPED, "tree.1.family": "bucket", "tree.1.low": "7"}
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Type a whole number from 0 to 10,000." in page
    assert 'value="es"' in page
    assert 'name="tree.1.low" id="tree-1-low" value="7"' in page
    assert Segment.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "words"), [("", "Give the segment a name."), ("Spanish", "Another segment has this name already.")]
)
def test_a_segment_needs_a_name_of_its_own(creator: Client, name: str, words: str) -> None:
    segment("Spanish")

    answer = creator.post("/segments/new", {"name": name, "version": "1", **TYPED})

    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_a_rule_with_a_name_that_was_never_seen_is_not_kept(creator: Client) -> None:
    typed = {**TYPED, "tree.0.property": "shoe", "tree.0.typed": "shoe"}

    answer = creator.post("/segments/new", {"name": "Shoes", "version": "1", **typed})

    assert answer.status_code == 422
    assert "No person has a property “shoe”." in answer.content.decode()


def test_an_edit_raises_the_version_forgets_the_size_and_is_in_the_audit_trail(creator: Client) -> None:
    kept = segment("Iberian", people=5, counted_at="2026-01-01T00:00Z")

    creator.post(
        f"/segments/{kept.pk}/edit", {"name": "Iberian", "version": "1", **TYPED, "tree.0.value": ["es", "pt"]}
    )

    kept.refresh_from_db()
    assert (kept.version, kept.people, kept.tree) == (2, None, rule({**SPANISH, "value": ["es", "pt"]}))
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.changes) == ("changed", {"tree": [rule(SPANISH), kept.tree]})


def test_an_edit_of_the_name_keeps_the_size(creator: Client) -> None:
    kept = segment("Iberian", people=5)

    creator.post(f"/segments/{kept.pk}/edit", {"name": "Spanish", "version": "1", **TYPED})

    kept.refresh_from_db()
    assert (kept.name, kept.version, kept.people) == ("Spanish", 2, 5)


def test_a_conflict_shows_both_and_keeps_mine_when_saved_again(creator: Client) -> None:
    kept = segment("Theirs", {**SPANISH, "value": ["pt"]}, version=2)
    mine = {"name": "Mine", "version": "1", **TYPED}

    answer = creator.post(f"/segments/{kept.pk}/edit", mine)

    page = answer.content.decode()
    kept.refresh_from_db()
    assert (answer.status_code, kept.name) == (409, "Theirs")
    assert "People whose language is “Portuguese (pt)”." in page
    assert 'value="Mine"' in page
    assert 'name="version" value="2"' in page

    creator.post(f"/segments/{kept.pk}/edit", {**mine, "version": "2"})
    kept.refresh_from_db()
    assert (kept.name, kept.version, kept.tree) == ("Mine", 3, rule(SPANISH))


def test_the_edit_page_names_who_uses_the_segment(creator: Client, used: list[User]) -> None:
    kept = segment()
    used.append(User("campaign", "Autumn offer", "/campaigns/1"))

    page = creator.get(f"/segments/{kept.pk}/edit").content.decode()

    assert '<a href="/campaigns/1">Autumn offer</a>' in page
    assert 'value="es"' in page


def test_the_page_of_a_segment_says_who_and_who_uses_it(member: Client, used: list[User]) -> None:
    kept = segment()
    used.append(User("campaign", "Autumn offer", "/campaigns/1"))

    page = member.get(f"/segments/{kept.pk}").content.decode()

    assert '<a href="/campaigns/1">Autumn offer</a>' in page
    assert "&quot;language&quot;" in page
    assert "Delete" not in page


def test_the_people_of_a_segment_are_listed_page_by_page(member: Client) -> None:
    kept = segment()
    people = [person(f"person-{number}", language="es") for number in range(51)]
    person("other", language="pt")

    first = member.get(f"/segments/{kept.pk}/people")
    second = member.get(f"/segments/{kept.pk}/people", {"after": str(first.context["page"].after)})

    assert first.context["page"].people == people[:50]
    assert f"?after={people[49].pk}" in first.content.decode()
    assert (second.context["page"].people, second.context["page"].after) == (people[50:], None)


def test_every_number_of_a_segments_channels_and_languages_leads_to_those_people(member: Client) -> None:
    kept = Segment.objects.create(name="Everyone", tree=rule())
    for number, language in enumerate(["es", "es", "pt", None, ""]):
        who = person(f"person-{number}", language=language, email=f"p{number}@x.org" if number else None)
        state = ("subscribed", "subscribed", "unsubscribed", "suppressed", None)[number]
        if state:
            Subscription.objects.create(profile=who, channel="email", state=state)

    split = member.get(f"/segments/{kept.pk}/reach").context["split"]

    counts = [number for channel in split.channels for number in channel.numbers]
    counts += [(row.count, row.url) for row in split.languages]
    found = {url: [str(each) for each in member.get(url).context["page"].people] for _, url in counts}
    assert [count for count, _ in counts] == [len(found[url]) for _, url in counts]
    email = [found[url] for _, url in split.channels[0].numbers]
    assert email == [[f"person-{n}" for n in numbers] for numbers in ((1, 2, 3, 4), (2,), (3,), (1, 4))]
    assert {row.label: row.count for row in split.languages} == {
        "Spanish (es)": 2, "Portuguese (pt)": 1, "no language": 2,
    }  # fmt: skip


@pytest.mark.parametrize("query", ["?channel=fax&standing=reachable", "?channel=email&standing=x", "?language=%00"])
def test_a_part_that_is_none_is_everybody(member: Client, query: str) -> None:
    kept = segment()
    ana = person("ana", language="es")

    assert member.get(f"/segments/{kept.pk}/people{query}").context["page"].people == [ana]


def test_a_copy_has_a_name_of_its_own(creator: Client) -> None:
    kept = segment("Coats")

    for _ in range(3):
        creator.post(f"/segments/{kept.pk}/clone")

    assert list(Segment.objects.values_list("name", flat=True)) == [
        "Coats",
        "Coats (copy 2)",
        "Coats (copy 3)",
        "Coats (copy)",
    ]
    assert set(AuditEntry.objects.values_list("action", flat=True)) == {"created", "cloned"}


def test_a_segment_that_nothing_uses_is_deleted(creator: Client) -> None:
    kept = segment()

    answer = creator.post(f"/segments/{kept.pk}/delete")

    assert (answer.headers["location"], Segment.objects.count()) == ("/segments/", 0)
    assert AuditEntry.objects.get().action == "deleted"


def test_a_segment_in_use_is_not_deleted_and_its_users_are_named(creator: Client, used: list[User]) -> None:
    kept = segment()
    used.append(User("campaign", "Autumn offer", "/campaigns/1"))

    answer = creator.post(f"/segments/{kept.pk}/delete")

    assert told(answer) == ["Spanish is still used by the campaign Autumn offer, so it cannot be deleted."]
    assert (Segment.objects.count(), AuditEntry.objects.count()) == (1, 0)


@pytest.mark.usefixtures("used")
def test_a_foreign_key_protects_a_segment_too(creator: Client) -> None:
    kept = segment()
    user = factories.campaign()
    user.segment, user.tree = kept, None
    user.save()

    answer = creator.post(f"/segments/{kept.pk}/delete")

    assert told(answer) == [f"Spanish is still used by the campaign {user}, so it cannot be deleted."]
    assert Segment.objects.get() == kept
    assert not AuditEntry.objects.filter(action="deleted").exists()


@pytest.mark.parametrize("address", ["new", "{pk}/edit", "{pk}/clone", "{pk}/delete"])
def test_who_may_only_look_cannot_change_segments(member: Client, address: str) -> None:
    kept = segment()

    answer = member.post(f"/segments/{address.format(pk=kept.pk)}", {"name": "Mine", "version": "1", **TYPED})

    assert answer.status_code == 403
    assert list(Segment.objects.values_list("name", "version")) == [("Spanish", 1)]


def test_operators_see_segments_and_cannot_change_them_unchecked(admin: Client) -> None:
    kept = segment()

    assert "People whose language is “Spanish (es)”." in admin.get("/admin/segments/segment/").content.decode()
    assert admin.get(f"/admin/segments/segment/{kept.pk}/change/").status_code == 200
    assert admin.get("/admin/segments/segment/add/").status_code == 403
    assert admin.post(f"/admin/segments/segment/{kept.pk}/delete/", {"post": "yes"}).status_code == 403
