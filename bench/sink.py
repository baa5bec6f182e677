"""A receiver as cheap as can be: counts requests and bytes, parses nothing, answers at once.

Run as a process of its own: `python -m bench.sink`; it prints its port. To PutEvents it answers as EventBridge does, an
entry for each `Detail` in the body. `python -m bench.sink smtp` takes mails.
"""

import asyncio
import socket
import sys
from typing import cast

import orjson
import uvloop

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n" + b'{"success":true}'
LENGTH = b"content-length:"
ENTRY = b'{"EventId":"1"}'
END = b"\r\n.\r\n"


class Sink(asyncio.Protocol):
    """One connection. GET answers with the counts, everything else is counted."""

    requests = 0
    taken = 0  # bytes of bodies

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.missing = -1
        self.entries = -1  # of a PutEvents call; -1 where it is none

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self.missing < 0:
            self.buffer += data
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head, body = bytes(self.buffer[:end]), bytes(self.buffer[end + 4 :])
            self.entries = 0 if b"AWSEvents.PutEvents" in head else -1
            self.begin(head, len(body))
            self.count(body)
        else:
            self.missing -= len(data)
            self.count(data)
        if self.missing == 0:
            self.answer()

    def count(self, body: bytes) -> None:
        """A key cut in two by the network would be missed; the bodies of the benchmark arrive whole."""
        if self.entries >= 0:
            self.entries += body.count(b'"Detail":')

    def begin(self, head: bytes, body: int) -> None:
        self.buffer.clear()
        if head.startswith(b"GET"):
            counts = orjson.dumps({"requests": Sink.requests, "bytes": Sink.taken})
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(counts), counts))
            return
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(LENGTH))
        size = int(length.removeprefix(LENGTH))
        Sink.taken += size
        self.missing = size - body

    def answer(self) -> None:
        Sink.requests += 1
        self.missing = -1
        self.transport.write(ANSWER if self.entries < 0 else put_events_answer(self.entries))


def put_events_answer(entries: int) -> bytes:
    body = b'{"FailedEntryCount":0,"Entries":[%b]}' % b",".join([ENTRY] * entries)
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: %d\r\n\r\n%b" % (
        len(body),
        body,
    )


class MailSink(asyncio.Protocol):
    """A mail server's connection: every line is answered with yes, nothing is kept."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.in_mail = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while self.taken():
            pass

    def taken(self) -> bool:
        """The next line, or the mail, is answered; False while it has not come whole."""
        end = END if self.in_mail else b"\r\n"
        position = self.buffer.find(end)
        if position < 0:
            return False
        line = bytes(self.buffer[:4]).upper()
        del self.buffer[: position + len(end)]
        self.in_mail = not self.in_mail and line == b"DATA"
        self.transport.write(b"354 go on\r\n" if self.in_mail else b"250 yes\r\n")
        return True


async def serve(made: type[asyncio.Protocol]) -> None:
    server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", 0, family=socket.AF_INET)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(MailSink if "smtp" in sys.argv else Sink))
