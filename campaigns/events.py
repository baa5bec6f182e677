"""What became of messages, as events: people who got one, to whom it failed, from whom it was withheld.

They are read from the ledger, never stored twice. What a campaign is called is what it is called today. A message
that the provider may have taken, nobody knows (`unknown`), is neither sent nor failed.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from functools import partial

from django.db import connection
from psycopg.sql import SQL, Composable, Identifier, Literal

from campaigns.delivery.reasons import CONTROL_GROUPS, SENTENCES
from campaigns.models import Campaign, Delivery
from connectors import registry
from people.properties import Type
from people.registry import Column, EventRelation, Lookup

OFFERED = 50
SUFFIX = "_control_group"

# DISTINCT ON says in each lookup that its keys are unique: a join with it that nobody reads is left out of the plan.
CAMPAIGN = Lookup(
    "message_id",
    SQL("""
    (SELECT DISTINCT ON (m.id) m.id AS message_id,
            jsonb_build_object('Campaign Id', c.id, 'Campaign name', c.name, 'Campaign type', m.kind,
                               'Campaign labels', to_jsonb(c.labels)) AS properties
     FROM campaigns_message m JOIN campaigns_campaign c ON c.id = m.campaign_id ORDER BY m.id)
    """),
)
RUN = Lookup(
    "run_id",
    SQL("""
    (SELECT DISTINCT ON (r.id) r.id AS run_id, jsonb_build_object(
                'Run', r.number, 'Channel', COALESCE({channels}::jsonb ->> n.kind, {usual})) AS properties
     FROM campaigns_run r LEFT JOIN connectors_connection n ON n.id = r.connection_id ORDER BY r.id)
    """).format(channels=Literal(json.dumps(registry.channels())), usual=Literal(registry.USUAL_CHANNEL)),
)
# Runs of one version of a message have the same copies; later versions may lack some that were sent.
COPY = Lookup(
    "copy_id",
    SQL("""
    (SELECT DISTINCT ON (copy_id) copy_id, properties
     FROM (SELECT DISTINCT ON (message_id, message_version) message_version, snapshot FROM campaigns_run
           WHERE snapshot IS NOT NULL ORDER BY message_id, message_version) versions,
          LATERAL jsonb_array_elements(snapshot -> 'copies') copy,
          LATERAL (SELECT (copy ->> 'id')::bigint AS copy_id, jsonb_build_object(
                              'Copy', COALESCE(NULLIF(copy ->> 'value', ''), 'Default')) AS properties) named
     ORDER BY copy_id, message_version DESC)
    """),
)
VARIANT = Lookup(
    "variant",
    SQL("""
    (SELECT DISTINCT ON (variant) variant, jsonb_build_object('Variant', variant) AS properties
     FROM unnest('{A,B,C}'::text[]) variant)
    """),
)
COMMON: tuple[tuple[str, Type, Lookup], ...] = (
    ("Campaign name", "text", CAMPAIGN),
    ("Campaign labels", "list", CAMPAIGN),
    ("Campaign Id", "number", CAMPAIGN),
    ("Campaign type", "text", CAMPAIGN),
    ("Channel", "text", RUN),
    ("Run", "number", RUN),
    ("Copy", "text", COPY),
    ("Variant", "text", VARIANT),
)


def relations() -> Sequence[EventRelation]:
    """One for each system event that the ledger knows; asks the database nothing."""
    state, groups = SQL("d.state = {}"), sorted(CONTROL_GROUPS)
    withheld = SQL("d.state = {} AND d.reason = ANY ({})").format(
        Literal(str(Delivery.State.EXCLUDED)), Literal(groups)
    )
    why = {reason: reason.replace("_", " ") for reason in SENTENCES if reason not in CONTROL_GROUPS}
    of_group = {reason: reason.removesuffix(SUFFIX) for reason in groups}
    return (
        ledger("Notification Sent", state.format(Literal(str(Delivery.State.ACCEPTED)))),
        ledger("Notification Failed", state.format(Literal(str(Delivery.State.FAILED))), reasons("Reason", why)),
        ledger("Control Group", withheld, reasons("Control group", of_group)),
    )


def facts(campaigns: Collection[int]) -> Mapping[int, Mapping[str, object]]:
    """What an event says of the campaign whose message it came of, such as a click. One query."""
    found = Campaign.objects.filter(pk__in=campaigns).values_list("pk", "name", "message__kind", "labels")
    return {
        pk: {"Campaign name": name, "Campaign type": kind, "Campaign labels": labels}
        for pk, name, kind, labels in found
    }


def reasons(name: str, words: Mapping[str, str]) -> tuple[str, Type, Lookup]:
    """The property `name`, which says the ledger's reasons in words."""
    relation = SQL("""
    (SELECT DISTINCT ON (reason) reason, jsonb_build_object({}::text, word) AS properties
     FROM unnest({}::text[], {}::text[]) AS named (reason, word))
    """)
    return name, "text", Lookup("reason", relation.format(Literal(name), Literal([*words]), Literal([*words.values()])))


def ledger(name: str, condition: Composable, *more: tuple[str, Type, Lookup]) -> EventRelation:
    """The rows of the ledger `d` of which `condition` is true.

    A person's are found by index delivery_of_profile, a campaign's by delivery_once (message_id, …), the sample's by
    delivery_sample. No index has a state or the time it was recorded: recording must not touch one.
    """
    columns = {of: Column(kind, lookup, partial(values, of, kind, lookup)) for of, kind, lookup in (*more, *COMMON)}
    lookups = {lookup.key: lookup for _, _, lookup in (*COMMON, *more)}
    return EventRelation(name, rows(condition, lookups), columns)


def rows(condition: Composable, lookups: Mapping[str, Lookup]) -> Composable:
    keys = {key: Identifier("d", key) for key in lookups}
    joins = SQL(" ").join(
        SQL("LEFT JOIN {} {} ON {} = {}").format(
            lookup.relation, Identifier(f"of_{key}"), Identifier(f"of_{key}", key), keys[key]
        )
        for key, lookup in lookups.items()
    )
    parts = [SQL("COALESCE({}, '{{}}')").format(Identifier(f"of_{key}", "properties")) for key in lookups]
    return SQL(
        "(SELECT d.profile_id, d.recorded_at AS at, {keys}, {properties} AS properties"
        " FROM campaigns_delivery d {joins} WHERE {condition})"
    ).format(keys=SQL(", ").join(keys.values()), properties=SQL(" || ").join(parts), joins=joins, condition=condition)


def values(name: str, kind: Type, lookup: Lookup) -> list[str]:
    """What the property can be, the newest first."""
    value = SQL("(properties ->> {})") if kind != "list" else SQL("jsonb_array_elements_text(properties -> {})")
    question = SQL(
        "SELECT value FROM (SELECT {key} AS key, {value} AS value FROM {relation} l) named WHERE value <> ''"
        " GROUP BY value ORDER BY max(key) DESC, value LIMIT {limit}"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            question.format(
                key=Identifier("l", lookup.key),
                value=value.format(Literal(name)),
                relation=lookup.relation,
                limit=Literal(OFFERED),
            )
        )
        return [each for (each,) in cursor.fetchall()]
