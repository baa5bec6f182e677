"""Campaigns, what they say, when they run, and the ledger: the models of `campaigns`, one topic a file."""

from campaigns.models.campaign import Campaign
from campaigns.models.ledger import Batch, Counter, Delivery
from campaigns.models.message import Copy, Message
from campaigns.models.run import Run
from campaigns.models.testing import Tester, TestMessage, TestPress, TestSend

__all__ = [
    "Batch",
    "Campaign",
    "Copy",
    "Counter",
    "Delivery",
    "Message",
    "Run",
    "TestMessage",
    "TestPress",
    "TestSend",
    "Tester",
]
