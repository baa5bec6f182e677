"""render: people's rows become outgoing messages, or the reason why one gets none. One query for all of a claim."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Any

import msgspec
import orjson
from django.db import connection
from psycopg.sql import SQL, Composable, Identifier, Literal

from campaigns.delivery import ids
from campaigns.delivery.choice import copy_for_sql
from campaigns.delivery.job import OUR_ID, Job, Wording
from campaigns.delivery.ledger import Change, Claim, Slip
from campaigns.models import Delivery
from campaigns.personalization import Rendered, Unrendered
from campaigns.wording import SIGN
from connectors.base import Outgoing
from people import tracking, unsubscribing
from people.links import Origin
from people.properties import COLUMNS, text_sql

TOKENS = SQL(
    "(SELECT jsonb_agg(jsonb_build_object('platform', d.platform, 'token', d.token) ORDER BY d.last_seen_at DESC, d.id)"
    "::text FROM people_device d WHERE d.profile_id = p.id)"
)
ANONYMOUS_ID = SQL("(SELECT i.value FROM people_identifier i WHERE i.profile_id = p.id ORDER BY i.id LIMIT 1)")

# Whoever unsubscribed since the run was planned, or whose address bounced, gets no mail any more; the reason.
WITHDRAWN = SQL(
    "(SELECT s.state FROM people_subscription s WHERE s.profile_id = d.profile_id AND s.channel = 'email'"
    " AND s.state IN ('unsubscribed', 'suppressed'))"
)


@dataclass(frozen=True, slots=True)
class Letters:
    """What is to be sent of one batch: `deliveries[n]` is the ledger row of `outgoing[n]`; and who gets nothing."""

    slip: Slip
    deliveries: list[int] = field(default_factory=list)
    outgoing: list[Outgoing] = field(default_factory=list)
    excluded: list[Change] = field(default_factory=list)


def batches(claim: Claim) -> list[Letters]:
    """The claimed batches' queued deliveries, rendered, in the order of the batches."""
    job = claim.job
    letters = {slip.id: Letters(slip) for slip in claim.slips}
    for delivery_id, batch_id, withdrawn, *row in rows(job, of_batches(claim)):
        into = letters[batch_id]
        if withdrawn:
            into.excluded.append(Change(delivery_id, Delivery.State.EXCLUDED, withdrawn, ""))
            continue
        found = outgoing(job, row)
        if isinstance(found, Unrendered):
            into.excluded.append(exclusion(delivery_id, found))
        else:
            into.deliveries.append(delivery_id)
            into.outgoing.append(found)
    return list(letters.values())


def people(job: Job, profile_ids: Sequence[int]) -> list[Outgoing | Unrendered]:
    """What these people would get, in their order: previews and test sends render exactly as the real send does."""
    found = {row[2]: outgoing(job, row[2:]) for row in rows(job, of_profiles(job, profile_ids))}
    return [found[profile_id] for profile_id in profile_ids if profile_id in found]


def outgoing(job: Job, row: Sequence[Any]) -> Outgoing | Unrendered:
    """One person's message. `row`: profile id, copy id, whether the profile is there, identity, anonymous id, custom
    properties, push tokens, then the job's columns."""
    profile_id, copy_id, is_there, user_id, anonymous_id, custom, tokens, *values = row
    if not is_there:
        return Unrendered("render_error", "The person is no longer there.")
    profile: dict[str, Any] = orjson.loads(custom) if custom else {}
    profile.update(zip(job.columns, values, strict=True))
    wording, id = job.wordings[copy_id], ids.written_as_uuid(job.id_before, profile_id, job.id_after)
    context, unsubscribe = {"profile": profile, "campaign": job.campaign}, ""
    if job.mails:
        unsubscribe = unsubscribing.link(origin(job, wording.campaign["Copy"], id, profile_id, anonymous_id))
        context["links"] = {"unsubscribe": unsubscribe}
    rendered = wording.compiled.render(context)
    if isinstance(rendered, Unrendered):
        return rendered
    return Outgoing(
        id=id,
        profile_id=profile_id,
        user_id=user_id,
        anonymous_id=anonymous_id,
        event=job.snapshot.event_name,
        at=job.at,
        content=dict(zip(wording.compiled.keys[wording.fields :], rendered.values[wording.fields :], strict=True)),
        campaign=wording.campaign,
        fields=field_texts(wording, rendered) if wording.fields else {},
        traits=traits(job, profile_id, profile),
        tokens=tuple(orjson.loads(tokens)) if tokens else (),
        address=profile.get("email") or "" if job.mails else "",
        unsubscribe=unsubscribe,
    )


def origin(job: Job, copy: object, id: str, profile_id: int, anonymous_id: str | None) -> Origin:
    """What a link in the message says of where it came from; of a preview or a test that it came of no run."""
    run = job.number if job.run_id else 0
    return Origin(profile_id, anonymous_id or "", "email", id, job.snapshot.campaign.id, run, str(copy))


def tracked(job: Job, letters: Sequence[Letters], *, now: datetime) -> list[Letters]:
    """Only what is really sent tells of opens and clicks: a preview's would be the marketer's own."""
    if not (job.mails and job.snapshot.tracks):
        return list(letters)
    return [
        replace(each, outgoing=[with_tracking(job, message, now=now) for message in each.outgoing]) for each in letters
    ]


def with_tracking(job: Job, message: Outgoing, *, now: datetime) -> Outgoing:
    anonymous_id = None if message.user_id else message.anonymous_id
    come_from = origin(job, message.campaign["Copy"], message.id, message.profile_id, anonymous_id)
    html = tracking.tracked(message.fields.get("html", ""), come_from, now=now)
    return msgspec.structs.replace(message, fields={**message.fields, "html": html})


def traits(job: Job, profile_id: int, profile: dict[str, Any]) -> dict[str, object]:
    """What was chosen for the payload, in the marketer's order, as far as the person has it."""
    chosen: dict[str, object] = {
        name: value for name in job.snapshot.include if (value := profile.get(name)) is not None
    }
    if OUR_ID in job.snapshot.include:
        chosen[OUR_ID] = profile_id
    return chosen


def field_texts(wording: Wording, rendered: Rendered) -> dict[str, str]:
    texts = zip(wording.compiled.keys, rendered.values, strict=True)
    return {key.removeprefix(SIGN): text for key, text in islice(texts, wording.fields)}


def exclusion(delivery_id: int, unrendered: Unrendered) -> Change:
    return Change(delivery_id, Delivery.State.EXCLUDED, unrendered.reason, unrendered.detail)


def rows(job: Job, source: Composable) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(source)
        return list(cursor.fetchall())


def of_batches(claim: Claim) -> Composable:
    """Reads by delivery_of_batch, in one partition. LEFT JOIN: whoever was erased meanwhile must still get a state."""
    return SQL(
        "SELECT d.id, d.batch_id, {withdrawn}, d.profile_id, d.copy_id, {person} FROM campaigns_delivery d"
        " LEFT JOIN people_profile p ON p.id = d.profile_id"
        " WHERE d.batch_id = ANY({batches}) AND d.occurrence = {occurrence} AND d.state = 'queued'"
    ).format(
        withdrawn=WITHDRAWN if claim.job.mails else SQL("NULL"),
        person=person_columns(claim.job),
        batches=Literal([slip.id for slip in claim.slips]),
        occurrence=Literal(claim.job.occurrence),
    )


def of_profiles(job: Job, profile_ids: Sequence[int]) -> Composable:
    return SQL("SELECT 0, 0, p.id, {copy}, {person} FROM people_profile p WHERE p.id = ANY({profiles})").format(
        copy=copy_for_sql(job.snapshot, text_sql(job.snapshot.property)),
        person=person_columns(job),
        profiles=Literal(list(profile_ids)),
    )


def person_columns(job: Job) -> Composable:
    """As `outgoing` reads them; only what the texts and the payload need is fetched."""
    return SQL(", ").join(
        [
            SQL("p.id IS NOT NULL, p.identity"),
            SQL("CASE WHEN p.identity IS NULL THEN {} END").format(ANONYMOUS_ID),
            SQL("p.properties::text") if job.whole else SQL("NULL"),
            TOKENS if job.tokens else SQL("NULL"),
            *(column_sql(name) for name in job.columns),
        ]
    )


def column_sql(name: str) -> Composable:
    """Texts and numbers as they are; dates in the form that JSON has them."""
    column = Identifier("p", name)
    return SQL("to_jsonb({}) #>> '{{}}'").format(column) if COLUMNS[name] == "date" else column
