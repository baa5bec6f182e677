"""Who was chosen for a message in the place of people who share their address: said wherever a page says why not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import connection
from psycopg.sql import SQL, Identifier, Literal

from campaigns.delivery import reasons
from campaigns.delivery.sharing import DUPLICATE, LOST, MOST, address_sql
from campaigns.models import Delivery
from campaigns.models.ledger import State
from people.models import Profile
from segments.operands import fold_sql

# An address is looked up once for each run, whoever shares it.
CHOSEN = SQL("""
    WITH lost AS (
        SELECT l.*, {folded} AS address
        FROM unnest({deliveries}::bigint[], {people}::bigint[], {messages}::bigint[], {occurrences}::timestamptz[])
             AS l (delivery_id, profile_id, message_id, occurrence)
        JOIN people_profile p ON p.id = l.profile_id
        WHERE p.email <> ''
    ),
    chosen AS (
        SELECT places.*, found.profile_id AS chosen_id, found.state, found.reason
        FROM (SELECT address, message_id, occurrence, max(profile_id) AS last FROM lost GROUP BY 1, 2, 3) places,
             LATERAL (
                 SELECT d.profile_id, d.state, d.reason
                 FROM (SELECT y.id FROM people_profile y WHERE {their_folded} = places.address AND y.id < places.last
                       ORDER BY y.id LIMIT {most}) sharing
                 JOIN campaigns_delivery d ON d.profile_id = sharing.id AND d.message_id = places.message_id
                                          AND d.occurrence = places.occurrence AND d.key = ''
                 WHERE NOT (d.state = 'excluded' AND d.reason = ANY({never}))
                 ORDER BY d.profile_id LIMIT 1
             ) found
    )
    SELECT lost.delivery_id, chosen.chosen_id, chosen.state, chosen.reason
    FROM lost JOIN chosen USING (address, message_id, occurrence) WHERE chosen.chosen_id < lost.profile_id
""")
GETS = {State.ACCEPTED: "", State.QUEUED: "", State.UNKNOWN: ", who may have got it"}


@dataclass(frozen=True, slots=True)
class Instead:
    """`words` follow the name where the person did not get it either, or may not have."""

    person: Profile
    words: str

    @property
    def name(self) -> str:
        """With the company's own id: people who share an address often share a name."""
        identity = self.person.identity
        return f"{self.person} ({identity})" if identity and identity != str(self.person) else str(self.person)

    def __str__(self) -> str:
        return f"That is {self.name}{self.words}."


def instead(deliveries: Iterable[Delivery]) -> Mapping[int, Instead]:
    """By the delivery's id, for those that went to somebody else at the same address; as the addresses are now. Two
    queries, and none where there is no such delivery."""
    lost = [row for row in deliveries if row.reason == DUPLICATE]
    found = chosen(lost) if lost else []
    people = Profile.objects.in_bulk({person for _, person, _, _ in found})
    return {pk: Instead(people[person], words(state, reason)) for pk, person, state, reason in found}


def chosen(lost: list[Delivery]) -> list[tuple[int, int, str, str]]:
    """(delivery, the person who was chosen, their state and reason)."""
    query = CHOSEN.format(
        folded=address_sql(),
        their_folded=fold_sql(Identifier("y", "email")),
        deliveries=Literal([row.pk for row in lost]),
        people=Literal([row.profile_id for row in lost]),
        messages=Literal([row.message_id for row in lost]),
        occurrences=Literal([row.occurrence for row in lost]),
        never=Literal(LOST),
        most=Literal(MOST),
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def words(state: str, reason: str) -> str:
    said = GETS.get(State(state))
    return f", who did not get it either. {reasons.sentence(reason)}".rstrip(".") if said is None else said
