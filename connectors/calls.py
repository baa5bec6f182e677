"""The last requests of a connection and their answers, as its page shows them: secrets masked, a sample."""

from collections.abc import Collection, Sequence

from connectors import headers
from connectors.http import Exchange
from connectors.models import Call, Connection
from connectors.secrets import masked

KEPT = 50
KEPT_AT_ONCE = 5
SHOWN_CHARACTERS = 4_000


def keep(connection: Connection, exchanges: Sequence[Exchange], hidden: Collection[str], *, is_test: bool) -> None:
    """Keep the failed ones, or one that went well, and the newest 50 of the connection.

    `hidden`: the spellings of its secrets.
    """
    chosen = [exchange for exchange in exchanges if not exchange.is_ok][:KEPT_AT_ONCE] or exchanges[:1]
    if not chosen:
        return
    Call.objects.bulk_create(call(connection, exchange, hidden, is_test=is_test) for exchange in chosen)
    oldest = Call.objects.filter(connection=connection).order_by("-pk").values_list("pk", flat=True)[KEPT - 1 : KEPT]
    Call.objects.filter(connection=connection, pk__lt=oldest.first() or 0).delete()


def call(connection: Connection, exchange: Exchange, hidden: Collection[str], *, is_test: bool) -> Call:
    hidden = [*hidden, *exchange.unshown]
    request = f"{exchange.method} {exchange.url}\n{exchange.request.decode(errors='replace')}".strip()
    return Call(
        connection=connection,
        messages=exchange.messages,
        status=exchange.status,
        milliseconds=exchange.milliseconds,
        request=shown(request, hidden),
        request_headers=shown(headers.of_request(exchange.asked, hidden), hidden),
        answer=shown(exchange.answer, hidden),
        answer_headers=shown(headers.of_answer(exchange.answered, hidden), hidden),
        is_test=is_test,
    )


def shown(text: str, hidden: Collection[str]) -> str:
    """Masked first, then cut: half a secret is a secret too."""
    text = masked(text, hidden).replace("\0", "\N{REPLACEMENT CHARACTER}")
    if len(text) <= SHOWN_CHARACTERS:
        return text
    return f"{text[:SHOWN_CHARACTERS]}… ({len(text):,} characters in all)"
