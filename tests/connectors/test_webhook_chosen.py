"""What a copy chose of a webhook's request, and the receiver does not take, is no trouble of the connection."""

import pytest

from connectors.base import Fault
from connectors.http import Client
from tests.connectors.factories import outgoing
from tests.connectors.servers import Server, says
from tests.connectors.test_webhook import fields, sent

CHOSEN = {
    "GET": {"method": "GET"},
    "POST /people/1": {"path": "/people/1"},
    "the header X-Team": {"headers": "X-Team: growth"},
    "PUT ?a=1 with the headers X-Team, X-Id": {"method": "put", "path": "?a=1", "headers": "X-Team: a\nX-Id: 1"},
}


@pytest.mark.parametrize("chosen", CHOSEN)
@pytest.mark.parametrize("status", [301, 302, 401, 403, 404, 405, 410])
def test_what_a_copy_chose_and_the_receiver_does_not_take_is_the_copys_fault(
    server: Server, wire: Client, status: int, chosen: str
) -> None:
    server.default = says(status, "No.")

    (receipt,) = sent(server, wire, outgoing(**fields(**CHOSEN[chosen])))

    assert (receipt.state, receipt.reason, receipt.fault) == ("failed", "rejected_by_provider", None)
    assert receipt.answer == (
        f"The receiver answered {status}: No. The copy itself chose how the receiver is asked: {chosen}. "
        "Correct that at the step What."
    )


@pytest.mark.parametrize("own", [{}, {"headers": "Belfry-Test: true"}, {"body": "{}"}, {"method": "POST"}])
@pytest.mark.parametrize("status", [302, 401, 403, 404, 405, 410])
def test_where_the_copy_chose_nothing_it_is_the_connections_fault(
    server: Server, wire: Client, status: int, own: dict[str, str]
) -> None:
    server.default = says(status)

    (receipt,) = sent(server, wire, outgoing(**fields(**own)))

    assert (receipt.state, receipt.fault) == ("retry", Fault.MISCONFIGURED)
