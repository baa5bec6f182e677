"""The database goes away while messages are under way: what the other side answered is known all the same."""

from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import web
from django.db import OperationalError, connection

from campaigns.delivery.outlasting import surely
from connectors import http
from connectors.models import Connection
from tests import factories
from tests.campaigns.delivery import send, states
from tests.connectors.servers import Server
from tests.stack import maintenance

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    http.close()


async def cut(request: web.Request) -> web.StreamResponse:
    """A receiver that takes the message as the database cuts all connections."""
    with maintenance() as server:
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [connection.settings_dict["NAME"]],
        )
    return web.Response(status=204)


def test_answers_outlast_a_cut_connection(exports: Any) -> None:
    factories.people(12)
    with Server(default=cut) as server:
        over = Connection.objects.create(name="Hook", kind="webhook", config={"url": f"{server.url}/in"})
        run = send(factories.run(factories.campaign(over)))

    assert states(run) == {("accepted", ""): 12}


def test_it_is_not_tried_for_ever(settings: Any) -> None:
    settings.LEASE_SECONDS, tries = 2, []

    def write() -> None:
        tries.append(1)
        raise OperationalError("gone")

    with pytest.raises(OperationalError):
        surely(write)
    assert len(tries) > 1
