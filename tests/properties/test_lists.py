"""For any people and any file: a custom list holds whom a dictionary would find, however the file is cut."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from people import csv_files
from people.models import Identifier, Profile
from segments.models import ListMember
from tests.segments.lists import make, newest, run, unmatched

pytestmark = pytest.mark.django_db

IDENTITIES = ["ann", "Ann", "zoë", "50%", "\\N", "a\\b", "'", "a,b", 'say "x"', "7"]
EMAILS = ["a@b.co", "c@d.co", "e@f.co"]
PHONES = ["+5511987654321", "+442079460000"]
WORDS = {
    "identity": ["i", "identity", " Identity ", "Customer ID"], "anonymous_id": ["g", "Anonymous id"],
    "email": ["email", "E-Mail"], "phone": ["phone", "Mobile"], "": ["", "name", "cookie"],
}  # fmt: skip
GIVEN = [*IDENTITIES, "ann ", "A@B.co", *EMAILS, "+55 (11) 98765-4321", *PHONES, "null", "", "x\x00y", "nobody"]


@pytest.fixture(autouse=True)
def uploaded(tmp_path: Path, settings) -> None:
    settings.MEDIA_ROOT = tmp_path


@dataclass(frozen=True)
class Person:
    identity: str | None
    anonymous: tuple[str, ...]
    email: str | None
    phone: str | None


def distinct(people: list[Person]) -> list[Person]:
    """No identifier belongs to two."""
    seen: set[tuple[str, str]] = set()
    kept = []
    for person in people:
        own = {("i", person.identity or "")} - {("i", "")} | {("g", value) for value in person.anonymous}
        if not own & seen:
            kept.append(person)
            seen |= own
    return kept


PEOPLE = st.lists(
    st.builds(
        Person,
        identity=st.none() | st.sampled_from(IDENTITIES),
        anonymous=st.lists(st.sampled_from(IDENTITIES), max_size=2, unique=True).map(tuple),
        email=st.none() | st.sampled_from(EMAILS),
        phone=st.none() | st.sampled_from(PHONES),
    ),
    max_size=6,
).map(distinct)
LINES = st.lists(
    st.tuples(
        st.sampled_from([(kind, word) for kind, words in WORDS.items() for word in words]), st.sampled_from(GIVEN)
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=PEOPLE, lines=LINES, delimiter=st.sampled_from(csv_files.DELIMITERS), size=st.integers(1, 13))
def test_list_holds_whom_a_dictionary_finds(
    people: list[Person],
    lines: list[tuple[tuple[str, str], str]],
    delimiter: str,
    size: int,
) -> None:
    with transaction.atomic():
        known = stored(people)
        upload = run(newest(make(written([(word, given) for (_, word), given in lines], delimiter))), size)

        is_empty = [word == given == "" for (_, word), given in lines]
        found = [known.get((kind, normal(kind, given)), set()) for (kind, _), given in lines]
        everybody = set().union(*found)
        assert set(ListMember.objects.filter(upload=upload).values_list("profile_id", flat=True)) == everybody
        assert (upload.people, upload.matched) == (len(everybody), len([each for each in found if each]))
        assert upload.duplicates == len([each for place, each in enumerate(found) if adds_nobody(each, found[:place])])
        missed = [line for line, each in enumerate(found, 2) if not each and not is_empty[line - 2]]
        assert [line for line, *_ in unmatched(upload)] == missed
        transaction.set_rollback(True)


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=6)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.lists(TEXT | st.sampled_from([",", '"', "\n", "\n\n", "a,b", '"a"', "\t"]), max_size=12).map("".join))
def test_records_are_those_of_the_csv_module(tmp_path: Path, text: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(text.encode())

    records = list(csv_files.records(path, ",", 0, 1))

    expected = [row for row in csv.reader(io.StringIO(text, newline="")) if any(row)]
    assert [each.values for each in records] == expected
    for each in records:
        again = next(csv_files.records(path, ",", each.end, each.end_line), None)
        following = records[records.index(each) + 1 :]
        assert again == (following[0] if following else None)


def stored(people: Sequence[Person]) -> Mapping[tuple[str, str], set[int]]:
    """(kind, value) → the people it means."""
    known: dict[tuple[str, str], set[int]] = {}
    for person in people:
        profile = Profile.objects.create(identity=person.identity, email=person.email, phone=person.phone)
        Identifier.objects.bulk_create(Identifier(value=value, profile=profile) for value in person.anonymous)
        keys = [("identity", person.identity), ("email", person.email), ("phone", person.phone)]
        for kind, value in [*keys, *[("anonymous_id", value) for value in person.anonymous]]:
            if value is not None:
                known.setdefault((kind, value), set()).add(profile.pk)
    return known


def written(rows: Sequence[tuple[str, str]], delimiter: str) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows([("Type", "Identity"), *rows])
    return text.getvalue()


def normal(kind: str, given: str) -> str:
    value = given.strip()
    if kind == "phone":
        return "".join(each for each in value if each not in " ()-")
    return value.lower() if kind == "email" else value


def adds_nobody(people: set[int], before: Sequence[set[int]]) -> bool:
    return bool(people) and people <= set().union(*before)
