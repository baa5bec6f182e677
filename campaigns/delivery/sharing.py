"""People who share an e-mail address: of those who would get the message, the one with the lowest id gets it.

That is the profile that was there first, the same one in every run whatever the chunks, the workers and the order. It
is settled before control groups are drawn: where the first one is in one, nobody at that address gets the message.
"""

from collections.abc import Mapping

from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from campaigns.models import Run
from people.models import Subscription
from segments.context import Everyone, Ids, People, among
from segments.operands import fold_sql

DUPLICATE = "duplicate_address"
LOST = ["no_address", Subscription.State.UNSUBSCRIBED.value, Subscription.State.SUPPRESSED.value, DUPLICATE]
NOBODY = SQL("SELECT NULL::text, NULL::bigint WHERE FALSE")

# `sharing` keeps those out whose address nobody else has: a look into profile_email_folded each. OFFSET 0 keeps it one.
FIRST_ONLY = SQL("""
    WITH qualified AS MATERIALIZED ({qualified}),
    sharing AS (SELECT address, profile_id FROM qualified q WHERE early = '' AND address <> '' AND {is_shared}),
    firsts AS (
        SELECT address, min(profile_id) AS profile_id
        FROM (SELECT address, profile_id FROM sharing UNION ALL {earlier}) found
        GROUP BY address HAVING count(*) > 1
    )
    SELECT q.profile_id, q.copy_id,
           CASE WHEN early <> '' THEN early WHEN f.profile_id < q.profile_id THEN {duplicate} ELSE late END AS reason
           {also}
    FROM qualified q LEFT JOIN firsts f ON f.address = q.address
""")
SOMEBODY_ELSE = SQL(
    "EXISTS (SELECT FROM people_profile y WHERE {} = q.address AND y.id <> q.profile_id OFFSET 0)"
).format(fold_sql(Identifier("y", "email")))

# Whoever of the run's earlier chunks has the address now and was not left out before it came to addresses.
PLANNED = SQL("""
    SELECT address, 0::bigint FROM (SELECT DISTINCT address FROM sharing) a WHERE EXISTS (
        SELECT FROM people_profile y WHERE {folded} = a.address AND y.id <= {after} AND EXISTS (
            SELECT FROM campaigns_delivery d
            WHERE d.message_id = {message} AND d.profile_id = y.id AND d.occurrence = {occurrence} AND d.key = ''
              AND NOT (d.state = 'excluded' AND d.reason = ANY({lost}))
            OFFSET 0
        ) OFFSET 0
    )
""")

OTHERS = SQL("""
    SELECT x.address, y.id
    FROM (SELECT {folded} AS address, max(p.id) AS last FROM people_profile p
          WHERE {within} AND p.email <> '' GROUP BY 1) x,
         LATERAL (SELECT id FROM (SELECT o.id FROM people_profile o WHERE {their_folded} = x.address
                                  AND o.id < x.last AND NOT ({theirs_within}) OFFSET 0) found
                  ORDER BY id LIMIT {most}) y
""")
MOST = 1000  # of an address that is nobody's, such as test@example.com, an estimate and a preview look at no more


def address_sql() -> Composable:
    """The address of `p` as addresses are compared."""
    return fold_sql(Identifier("p", "email"))


def first_only(
    qualified: Composable, people: People, *, earlier: Composable = NOBODY, also: Mapping[str, Composable] = {}
) -> Composable:
    """SELECT (profile_id, copy_id, reason, …) of `qualified`, which has the columns profile_id, copy_id, `address`,
    the reason that stands before addresses (`early`) and the one that stands after them (`late`).

    `earlier`: SELECT (address, profile_id) of those who get the message besides the `people` that are looked at.
    """
    return FIRST_ONLY.format(
        qualified=qualified,
        is_shared=SQL("TRUE") if isinstance(people, Everyone) else SOMEBODY_ELSE,
        earlier=earlier,
        duplicate=Literal(DUPLICATE),
        also=Composed([SQL(", q.{}").format(Identifier(name)) for name in also]),
    )


def planned(run: Run, ids: Ids) -> Composable:
    """`earlier` for a chunk of the run: what its ledger says."""
    return PLANNED.format(
        folded=fold_sql(Identifier("y", "email")),
        after=Literal(ids.after),
        message=Literal(run.message_id),
        occurrence=Literal(run.occurrence),
        lost=Literal(LOST),
    )


def others(people: People) -> Composable:
    """SELECT (address, profile_id) of people beyond `people` who share an address with one of them and come before."""
    return OTHERS.format(
        folded=address_sql(),
        within=SQL(" AND ").join(among(people, SQL("p.id"))),
        their_folded=fold_sql(Identifier("o", "email")),
        theirs_within=SQL(" AND ").join(among(people, SQL("o.id"))),
        most=Literal(MOST),
    )


def these(found: Mapping[str, int]) -> Composable:
    """`earlier` for addresses whose first profile is known."""
    return SQL('SELECT a COLLATE "C", i FROM unnest({}::text[], {}::bigint[]) AS these (a, i)').format(
        Literal(list(found)), Literal(list(found.values()))
    )
