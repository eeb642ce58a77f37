"""One connection within bounds: time, bytes and number of its headers, its body, its requests and unread answers.

Anybody may connect without a login. A server that waits for ever for a last byte, collects headers or requests without
end, or keeps answers for somebody who never reads them, is stopped by a laptop. The bounds are wide for a phone in a
valley and narrow for whoever holds hundreds of connections; the bytes of all bodies together are bounded in shell.py,
connections of one address in the proxy (docs/nginx.conf). Whoever is connected is served on while no place is left.
"""

import asyncio
from typing import Any, ClassVar, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from backend.web.memory import give_back

HEAD_BYTES_MAX: Final = 64 * 1024  # a signed request has 1 KiB; cookies of a whole domain may come along
HEADERS_MAX: Final = 100  # each costs the parser time; a browser sends twenty
PIPELINED_MAX: Final = 8  # requests sent before their turn: each takes a hundred times its bytes in memory
HEAD_S_MAX: Final = 20.0  # from the connection, or the first byte of a later request, to the end of the headers
SILENCE_S_MAX: Final = 30.0  # between two pieces of a body
BODY_S_MAX: Final = 600.0  # of one body: 12 MiB at 170 kbit/s
UNREAD_S_MAX: Final = 30.0  # in which `UNREAD_BYTES` of a waiting answer are read, or all of a shorter one
UNREAD_BYTES: Final = 16 * 1024
CONNECTIONS_MAX: Final = 2_000  # file descriptors and 20 KiB of memory each; the next one is answered 503
CROWD: Final = 256  # once so many have left, their memory goes back to the system
FULL: Final = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 60\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class TooMany(Exception):
    """More headers or requests on one connection than anybody needs; the parser stops at it."""


class Crowd:
    """The most connections that there were since memory was given back."""

    most = 0


class OneWrite:
    """Writes the head of an answer together with what follows it: uvicorn's two writes are two system calls each."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""

    def write(self, data: bytes) -> None:
        if self._head:
            head, self._head = self._head, b""
            self._transport.writelines((head, data))
        elif data.startswith(b"HTTP/1.1 ") and not data.startswith(b"HTTP/1.1 1"):  # a device waits for `100 Continue`
            self._head = data
        else:
            self._transport.write(data)

    def flush(self) -> None:
        """Write a head that nothing follows."""
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head)

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def close(self) -> None:
        self.flush()
        self._transport.close()


class BoundedProtocol(HttpToolsProtocol):
    """Uvicorn's HTTP, with what it lacks against a client that never finishes."""

    connections_max: ClassVar[int] = CONNECTIONS_MAX
    crowd: ClassVar[Crowd] = Crowd()

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._in_head = True
        self._head_bytes = 0
        self._ended = 0  # whole requests so far
        self._timer: asyncio.TimerHandle | None = None
        self._due: float | None = None
        self._ends_at = 0.0
        self._answers: Any = None
        self._unread = 0  # bytes of answers that waited at the last look

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._answers = OneWrite(transport)
        there = len(self.connections)
        self.crowd.most = max(self.crowd.most, there)
        if there > self.connections_max:
            transport.write(FULL)
            transport.close()
        else:
            self._cut_after(HEAD_S_MAX)

    def connection_lost(self, exc: Exception | None) -> None:
        self._rest()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        super().connection_lost(exc)
        if self.crowd.most - len(self.connections) >= CROWD:
            self.crowd.most = len(self.connections)
            give_back()

    def data_received(self, data: bytes) -> None:
        """Parse what came; a head that goes on beyond its bytes, or a body beyond its time, is the last."""
        ended = self._ended
        super().data_received(data)
        if self.transport.is_closing() or ended != self._ended:
            return  # a whole request came in one piece: none of it was a head without end
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES_MAX:
                self._cut()
        elif self._due is not None:
            self._cut_after(min(SILENCE_S_MAX, self._ends_at - self.loop.time()))

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= PIPELINED_MAX:
            raise TooMany
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0
        self._cut_after(HEAD_S_MAX)

    def on_header(self, name: bytes, value: bytes) -> None:
        if len(self.headers) >= HEADERS_MAX:
            raise TooMany
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._ends_at = self.loop.time() + BODY_S_MAX
        self._cut_after(SILENCE_S_MAX)
        super().on_headers_complete()
        if self.cycle is not None:
            self.cycle.transport = self._answers

    def on_message_complete(self) -> None:
        self._rest()
        self._ended += 1
        self._in_head, self._head_bytes = True, 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self._answers.flush()
        if not self.pipeline:
            self._await_reader()
        super().on_response_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._await_reader()

    def _await_reader(self) -> None:
        """From now on what is written must be read; a connection at rest is closed by uvicorn before that."""
        self._unread = self.transport.get_write_buffer_size()
        self._cut_after(UNREAD_S_MAX)

    def _cut_after(self, seconds: float) -> None:
        """Set the time at which the connection is cut. One timer serves many requests: it looks again when it fires."""
        self._due = self.loop.time() + max(0.0, seconds)
        if self._timer is None or self._timer.when() > self._due:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self.loop.call_at(self._due, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._due is None:
            return
        if self.loop.time() < self._due:
            self._timer = self.loop.call_at(self._due, self._look)
        elif 0 < self.transport.get_write_buffer_size() <= self._unread - UNREAD_BYTES:
            self._await_reader()
        else:
            self._cut()

    def _rest(self) -> None:
        self._due = None

    def _cut(self) -> None:
        self._rest()
        self.transport.abort()
