"""Makes anonymous people one with the known people they turned out to be, with everything that hangs on them."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from psycopg.sql import SQL, Identifier

from people import profiles, registry
from people.events import Summary
from people.profiles import State

Merges = Sequence[tuple[int, int]]

PAIRS = SQL("unnest(%s::bigint[], %s::bigint[]) AS merge (gone, stays)")


def merge(merges: Merges, *, now: datetime) -> dict[tuple[int, int], Summary]:
    """Move everything of each (anonymous, known) pair to the known one, whose own values, bucket and consent stay;
    an unsubscribe always wins. Returns the summary rows to add to the known ones, by (profile, event name).

    The caller holds the lock of the anonymous ids, so nothing new arrives for those who go.
    """
    if not merges:
        return {}
    summaries = taken_summaries(merges)
    move_events(merges, list(summaries.values()))
    move("people_identifier", merges)
    move("people_device", merges)
    move("people_lifting", merges)
    merge_subscriptions(merges)
    merge_properties(merges, now)
    for follow in registry.MERGE_FOLLOWERS:
        follow(merges)
    delete_gone(merges)
    return added_up(summaries, dict(merges))


def taken_summaries(merges: Merges) -> dict[tuple[int, int], Summary]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM people_profileevent WHERE profile_id = ANY(%s)
            RETURNING profile_id, name_id, count, first_at, last_at
            """,
            [[gone for gone, _ in merges]],
        )
        return {(profile, name): Summary(*rest) for profile, name, *rest in cursor.fetchall()}


def added_up(summaries: dict[tuple[int, int], Summary], stays: dict[int, int]) -> dict[tuple[int, int], Summary]:
    total: dict[tuple[int, int], Summary] = {}
    for (gone, name), summary in summaries.items():
        key = (stays[gone], name)
        total[key] = total[key].plus(summary) if key in total else summary
    return total


def move_events(merges: Merges, summaries: Sequence[Summary]) -> None:
    """Events lie between the first and the last that the summary knows: only those partitions are touched."""
    if not summaries:
        return
    first: datetime = min(summary.first_at for summary in summaries)
    last: datetime = max(summary.last_at for summary in summaries)
    with connection.cursor() as cursor:
        cursor.execute(
            SQL(
                "UPDATE people_event e SET profile_id = stays FROM {}"
                " WHERE e.profile_id = gone AND e.at BETWEEN %s AND %s"
            ).format(PAIRS),
            [*columns(merges), first, last],
        )


def move(table: str, merges: Merges) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            SQL("UPDATE {} SET profile_id = stays FROM {} WHERE profile_id = gone").format(Identifier(table), PAIRS),
            columns(merges),
        )


def merge_subscriptions(merges: Merges) -> None:
    """A no of either wins, and so it does once a suppression of the known person is lifted."""
    note_no_of_gone(merges)
    with connection.cursor() as cursor:
        cursor.execute(
            SQL(
                """
                WITH taken AS (DELETE FROM people_subscription s USING {} WHERE s.profile_id = gone
                               RETURNING stays, channel, state, cause, code, words, campaign, before, updated_at)
                INSERT INTO people_subscription AS present
                    (profile_id, channel, state, cause, code, words, campaign, before, updated_at)
                SELECT DISTINCT ON (stays, channel)
                    stays, channel, state, cause, code, words, campaign, before, updated_at FROM taken
                ORDER BY stays, channel, state = 'subscribed', updated_at DESC
                ON CONFLICT (profile_id, channel) DO UPDATE
                SET state = EXCLUDED.state, cause = EXCLUDED.cause, code = EXCLUDED.code, words = EXCLUDED.words,
                    campaign = EXCLUDED.campaign,
                    before = CASE WHEN EXCLUDED.before = '' THEN present.state ELSE EXCLUDED.before END
                WHERE present.state = 'subscribed' AND EXCLUDED.state <> 'subscribed'
                """
            ).format(PAIRS),
            columns(merges),
        )


def note_no_of_gone(merges: Merges) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            SQL(
                """
                UPDATE people_subscription AS present SET before = 'unsubscribed'
                FROM people_subscription s JOIN {} ON s.profile_id = gone
                WHERE present.profile_id = stays AND present.channel = s.channel AND present.state = 'suppressed'
                  AND (s.state = 'unsubscribed' OR s.before = 'unsubscribed' AND s.state = 'suppressed')
                """
            ).format(PAIRS),
            columns(merges),
        )


def merge_properties(merges: Merges, now: datetime) -> None:
    """The known person keeps every value; the anonymous one's fill what is missing."""
    states = profiles.locked({profile for pair in merges for profile in pair})
    before = {stays: states[stays] for _, stays in merges}
    after = dict(before)
    for gone, stays in merges:
        after[stays] = filled(after[stays], states[gone])
    changed = [(profile, state) for profile, state in after.items() if state != before[profile]]
    if changed:
        profiles.update(changed, now)


def filled(state: State, spare: State) -> State:
    given = {name: value for name, value in state.columns.items() if value is not None}
    return State({**spare.columns, **given}, {**spare.properties, **state.properties})


def delete_gone(merges: Merges) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM people_profile WHERE id = ANY(%s)", [[gone for gone, _ in merges]])


def columns(merges: Merges) -> list[list[int]]:
    return [[gone for gone, _ in merges], [stays for _, stays in merges]]
