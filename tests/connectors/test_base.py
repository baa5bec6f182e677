"""When a failed request is tried again, and what its messages are told."""

from connectors.base import ConnectorError, Fault, Receipt, backoff, receipts_for


def test_the_first_retry_is_at_once_then_later_each_time_up_to_a_minute() -> None:
    assert backoff(0) == 0.0
    for attempt, least in enumerate((1.0, 2.0, 4.0, 8.0, 16.0, 32.0), 1):
        assert least <= backoff(attempt) <= least * 1.1
    assert [backoff(attempt) for attempt in (7, 8, 50, 10**6)] == [60.0] * 4


def test_waiting_as_told_or_for_a_person_uses_up_no_attempt() -> None:
    used = {fault: Receipt("1", "retry", fault=fault).uses_attempt for fault in (None, *Fault)}

    assert used == {
        None: True,
        Fault.UNAVAILABLE: True,
        Fault.BUSY: True,
        Fault.RATE_LIMITED: False,
        Fault.MISCONFIGURED: False,
    }


def test_every_message_of_a_failed_request_gets_its_receipt() -> None:
    passing = ConnectorError("down", fault=Fault.UNAVAILABLE, retry_after=2.0)
    final = ConnectorError("no", reason="rejected_by_provider")

    assert receipts_for(["1", "2"], passing) == [
        Receipt("1", "retry", "", "down", 2.0, Fault.UNAVAILABLE),
        Receipt("2", "retry", "", "down", 2.0, Fault.UNAVAILABLE),
    ]
    assert receipts_for(["1"], final) == [Receipt("1", "failed", "rejected_by_provider", "no")]
