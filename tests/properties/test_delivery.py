"""What the pipeline computes in Python and in SQL is the same: outgoing ids, control groups, the choice of a copy."""

import uuid
from datetime import UTC, datetime

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.sql import SQL, Composable, Literal

from campaigns.delivery import choice, control, ids
from campaigns.delivery.snapshot import FrozenCampaign, FrozenCopy, Snapshot

pytestmark = pytest.mark.django_db
fast = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

profile_ids = st.integers(1, 2**62)
moments = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 the zone is given beside
words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
tags = st.one_of(words, st.from_regex(r"[a-zA-Z]{2}([-_][a-zA-Z]{2,4}){0,2}", fullmatch=True))


def answer(query: Composable) -> object:
    with connection.cursor() as cursor:
        cursor.execute(SQL("SELECT {}").format(query))
        return cursor.fetchone()[0]


@fast
@given(st.uuids(), st.integers(1, 2**31), profile_ids, moments, words)
def test_outgoing_id_is_the_same_in_sql(
    installation: uuid.UUID, message: int, profile: int, occurrence: datetime, key: str
) -> None:
    given_parts = Literal(str(installation)), Literal(message), Literal(profile), Literal(occurrence), Literal(key)

    found = answer(ids.outgoing_id_sql(*given_parts))

    assert str(found) == ids.outgoing_id(str(installation), message, profile, occurrence, key)


@fast
@given(st.uuids(), profile_ids, st.integers(0, 100))
def test_control_group_is_the_same_in_sql(salt: uuid.UUID, profile: int, percent: int) -> None:
    found = answer(control.is_withheld_sql(str(salt), SQL("{}::bigint").format(profile), percent))

    assert found == control.is_withheld(str(salt), profile, percent)


@fast
@given(st.sampled_from(["language", "plan"]), st.lists(tags, max_size=6, unique=True), st.none() | tags, st.data())
def test_choice_of_the_copy_is_the_same_in_sql(
    name: str, values: list[str], value: str | None, data: st.DataObject
) -> None:
    snapshot = snapshot_with(name, [each for each in values if each])
    asked = data.draw(st.sampled_from([value, *values]))

    found = answer(choice.copy_for_sql(snapshot, SQL("{}::text").format(asked)))

    assert found == choice.copy_for(snapshot, asked)


def snapshot_with(name: str, values: list[str]) -> Snapshot:
    copies = [FrozenCopy(number, value, []) for number, value in enumerate(["", *values], start=1)]
    return Snapshot(
        tree=None, kind="by_property", property=name, missing="exclude", event_name="Sent", include=[], copies=copies,
        control_percent=0, control_salt="", connection=1, campaign=FrozenCampaign(1, "", []), zone="UTC",
        installation="",
    )  # fmt: skip
