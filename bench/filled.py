"""What `generate` leaves out and segments ask for: a saved segment, a custom list, campaigns with a full ledger."""

import uuid
from datetime import datetime, timedelta

from django.db import connection as database
from psycopg.sql import SQL, Literal

from accounts.models import User
from bench.basket import CAMPAIGN, LIST, SEGMENT
from campaigns.apps import FILL
from campaigns.models import Campaign, Message, Run
from people import partitions
from segments.models import CustomList, ListUpload, Segment

SPANISH = {"property": "language", "type": "text", "operator": "equals", "value": ["es", "pt"]}
CAMPAIGNS = 4
LISTED = 3  # tenths of all people
# A prime number of shares, so that who gets it has nothing to do with who is in the sample.
SENT = SQL("""
    INSERT INTO campaigns_delivery (message_id, run_id, profile_id, occurrence, key, copy_id, variant, state, reason,
                                    attempts, answer, recorded_at)
    SELECT {message}, {run}, id, {at}, '', 0, '', outcome.state, outcome.reason, 1, '',
           {at} + interval '1 second' * (id % 600)
    FROM people_profile,
         LATERAL (SELECT CASE WHEN id * 7541 % 1009 < 100 THEN 'excluded' WHEN id * 7541 % 1009 < 120 THEN 'failed'
                         ELSE 'accepted' END,
                         CASE WHEN id * 7541 % 1009 < 100 THEN 'campaign_control_group'
                         WHEN id * 7541 % 1009 < 120 THEN 'rejected_by_provider' ELSE '' END) outcome (state, reason)
    WHERE id * {mix} % 1009 < {share}
""")
MEMBERS = SQL("""
    INSERT INTO segments_listmember (upload_id, profile_id)
    SELECT {upload}, id FROM people_profile WHERE id * 6133 % 1009 < {share}
""")


def fill(now: datetime) -> None:
    """Each person gets about one message. Safe to repeat."""
    if Campaign.objects.filter(name__startswith=CAMPAIGN[:-1]).count() == CAMPAIGNS:
        return
    owner = User.objects.earliest("pk")
    Segment.objects.get_or_create(name=SEGMENT, defaults={"tree": {"version": 1, "rule": {"all": [SPANISH]}}})
    make_list(owner)
    partitions.ensure("campaigns_delivery", now=now, since=now - timedelta(days=400), fill=FILL)
    for number in range(1, CAMPAIGNS + 1):
        send(number, owner, now - timedelta(days=5 * number))
    with database.cursor() as cursor:
        for table in ("campaigns_delivery", "segments_listmember", "campaigns_campaign", "campaigns_message"):
            cursor.execute(SQL("VACUUM (ANALYZE) {}").format(SQL(table)))


def make_list(owner: User) -> None:
    made = CustomList.objects.create(name=LIST, created_by=owner)
    upload = ListUpload.objects.create(list=made, file_name="bench.csv", path="", size=0, created_by=owner)
    with database.cursor() as cursor:
        cursor.execute(MEMBERS.format(upload=Literal(upload.pk), share=Literal(1009 * LISTED // 10)))
    made.current = upload
    made.save()


def send(number: int, owner: User, at: datetime) -> None:
    """The first to half of all people, the others to fewer."""
    campaign = Campaign.objects.create(
        name=f"{CAMPAIGN[:-1]}{number}", owner=owner, control_salt=uuid.uuid4(), labels=["bench"],
        state=Campaign.State.COMPLETED,
    )  # fmt: skip
    message = Message.objects.create(campaign=campaign)
    run = Run.objects.create(
        campaign=campaign, message=message, number=1, occurrence=at, due_at=at, state=Run.State.COMPLETED
    )
    with database.cursor() as cursor:
        cursor.execute(
            SENT.format(
                message=Literal(message.pk), run=Literal(run.pk), at=Literal(at), mix=Literal(7919 + 2 * number),
                share=Literal(1009 // (number + 1)),
            )
        )  # fmt: skip
