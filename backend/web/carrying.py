"""Carries a request to another process of this server over its local socket, or to another server, and the answer back,
piece by piece.

Nothing is held but the piece on its way: bodies and answers wait for whoever reads slower. A connection is used again
for the next request. What was sent to a process that ended before it answered is refused with `process-away`: nobody
knows whether it was done, and every request of a device is safe to repeat (sync/SPEC.md 6).
"""

import asyncio
from collections.abc import Awaitable, Iterable
from pathlib import Path
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

from litestar.types import HTTPScope, Receive, Send

from backend.municipality.shares import ProcessAway
from backend.web.address import address_of

HELD_MAX: Final = 256 * 1024  # bytes of an answer that wait for who asked
HEAD_MAX: Final = 64 * 1024
IDLE_S: Final = 10.0  # a connection at rest is closed by the process after `PROCESS_KEEPS_S`, and never used so late
PROCESS_KEEPS_S: Final = 25
NODE_IDLE_S: Final = 3.0  # another server closes one after five: what is sent at that moment is answered by nobody
ANSWER_S_MAX: Final = 60.0  # from the end of the request to the head of the answer, as the proxy in front (nginx.conf)
CONNECT_S: Final = 2.0  # to another server of the same network
CARRIED: Final = b"x-veldpost-carried"  # of a request that another server carried here: it is carried no further
NO_BODY: Final = (204, 304)
OF_THE_WAY: Final = frozenset(  # what one connection says to its other end, or what is written anew
    (b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade", b"expect")
)


class Line(asyncio.Protocol):
    """One connection to a process: bytes there, and a buffer of those that came back.

    The loop calls `pause_writing` while the process reads slower than we write, and `resume_writing` after.
    """

    def __init__(self) -> None:
        self.transport: Any = None
        self.lost = False
        self.since = 0.0  # when it was last used
        self._buffer = bytearray()
        self._woken: asyncio.Future[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if len(self._buffer) > HELD_MAX:
            self.transport.pause_reading()
        self._wake()

    def connection_lost(self, _exc: Exception | None) -> None:
        self.lost = True
        self._writable.set()
        self._wake()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def _wake(self) -> None:
        if self._woken is not None and not self._woken.done():
            self._woken.set_result(None)

    async def _more(self) -> None:
        """Wait until more came; raises `ProcessAway` where the other end is gone, or stopped."""
        if self.lost:
            raise ProcessAway
        self._woken = asyncio.get_running_loop().create_future()
        await _in_time(self._woken)

    @property
    def has_answer(self) -> bool:
        """True if something came back, or nothing will."""
        return bool(self._buffer) or self.lost

    async def write(self, data: bytes) -> None:
        """Write, and wait until there is room for more; raises `ProcessAway` where the other end takes nothing."""
        if not self.lost:
            self.transport.write(data)
        if not self._writable.is_set():
            await _in_time(self._writable.wait())

    async def until(self, end: bytes, most: int = HEAD_MAX) -> bytes:
        """The bytes up to a mark, without it."""
        while (at := self._buffer.find(end)) < 0:
            if len(self._buffer) > most:
                raise ProcessAway
            await self._more()
        return self._taken(at, len(end))

    async def some(self, most: int) -> bytes:
        """The bytes that came, at most so many; it waits for the first."""
        while not self._buffer:
            await self._more()
        return self._taken(min(most, len(self._buffer)))

    def _taken(self, count: int, behind: int = 0) -> bytes:
        found = bytes(self._buffer[:count])
        del self._buffer[: count + behind]
        if not self.lost and len(self._buffer) <= HELD_MAX:
            self.transport.resume_reading()
        return found


async def _in_time(awaited: Awaitable[Any]) -> None:
    """Wait as long as for an answer: who stops in the middle keeps no request, and none of its bytes, for ever."""
    try:
        async with asyncio.timeout(ANSWER_S_MAX):
            await awaited
    except TimeoutError:
        raise ProcessAway from None


class Road:
    """The way to one process of this server."""

    _mark: ClassVar[tuple[bytes, ...]] = ()  # what the head of each request says beside what its client said
    _idle_s: ClassVar[float] = IDLE_S

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[Line] = []

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        """Carry one request. Raises `ProcessAway` where its answer did not begin; a later end breaks the answer off."""
        line = await self._line()
        whole = False
        try:
            await line.write(head_of(scope, self._mark))
            sent = await _bring(scope, receive, line)
            whole = await _answer(scope["method"], line, send) and sent
        finally:
            if whole and not line.lost:
                line.since = asyncio.get_running_loop().time()
                self._idle.append(line)
            else:
                line.transport.abort()

    async def _line(self) -> Line:
        now = asyncio.get_running_loop().time()
        while self._idle:
            line = self._idle.pop()
            if not line.lost and now - line.since < self._idle_s:
                return line
            line.transport.abort()
        try:
            return await self._connected()
        except (OSError, TimeoutError):
            raise ProcessAway from None

    async def _connected(self) -> Line:
        _, line = await asyncio.get_running_loop().create_unix_connection(Line, str(self._path))
        return line

    async def get(self, path: str) -> bytes:
        """The body of an answer to the server's own question."""
        line = await self._line()
        body: list[bytes] = []
        asked: dict[str, Any] = {
            "method": "GET", "raw_path": path.encode(), "query_string": b"", "headers": [], "scheme": "http",
            "client": None,
        }  # fmt: skip

        async def keep(message: Any) -> None:
            if message["type"] == "http.response.body":
                body.append(message["body"])

        try:
            await line.write(head_of(asked))
            await _answer("GET", line, keep)
        finally:
            line.transport.abort()
        return b"".join(body)

    def close(self) -> None:
        """Close the connections at rest."""
        for line in self._idle:
            line.transport.abort()
        self._idle.clear()


class RoadToNode(Road):
    """The way to another server over the same database, at its address."""

    _mark = (CARRIED + b": 1",)
    _idle_s = NODE_IDLE_S

    def __init__(self, address: str) -> None:
        super().__init__(Path())
        parted = urlsplit(address)
        self._to = str(parted.hostname), parted.port or 443
        self._ssl = parted.scheme == "https" or None

    async def _connected(self) -> Line:
        async with asyncio.timeout(CONNECT_S):
            loop = asyncio.get_running_loop()
            _, line = await loop.create_connection(Line, *self._to, ssl=self._ssl)
        return line


def head_of(scope: Any, mark: tuple[bytes, ...] = ()) -> bytes:
    """The head of a request for the next process: whom it comes from is said by this server, never by the client."""
    target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
    named = {name for name, _ in scope["headers"]}
    lines = [scope["method"].encode() + b" " + target + b" HTTP/1.1"]
    for name, value in scope["headers"]:
        written_anew = name in OF_THE_WAY or name.startswith(b"x-forwarded-") or (name == CARRIED and mark)
        if not written_anew and not (name == b"content-length" and b"transfer-encoding" in named):
            lines.append(name + b": " + value)
    if b"host" not in named:
        lines.append(b"host: local")  # a client of HTTP/1.0 need not say it
    if b"transfer-encoding" in named:
        lines.append(b"transfer-encoding: chunked")
    lines.append(b"x-forwarded-for: " + address_of(scope).encode())
    lines.append(b"x-forwarded-proto: " + scope["scheme"].encode())
    return b"\r\n".join((*lines, *mark, b"", b""))


async def _bring(scope: Any, receive: Receive, line: Line) -> bool:
    """Carry the body; False where the answer came before its end, as a refusal does."""
    named = {name for name, _ in scope["headers"]}
    chunked = b"transfer-encoding" in named
    more = chunked or b"content-length" in named
    while more:
        if line.has_answer:
            return False
        message: Any = await receive()
        if message["type"] != "http.request":
            line.transport.abort()  # who asked went away: the process is told so
            raise ProcessAway
        piece, more = message.get("body", b""), bool(message.get("more_body"))
        if chunked and piece:
            piece = b"%x\r\n%b\r\n" % (len(piece), piece)
        await line.write(piece + (b"0\r\n\r\n" if chunked and not more else b""))
    return True


async def _answer(method: str, line: Line, send: Send) -> bool:
    """Carry an answer back; True if another request may follow on the connection."""
    try:
        async with asyncio.timeout(ANSWER_S_MAX):
            status, headers = _head(await line.until(b"\r\n\r\n"))
            while status < 200:  # "go on", which the client was told by this process
                status, headers = _head(await line.until(b"\r\n\r\n"))
    except TimeoutError:
        raise ProcessAway from None
    said = dict(headers)
    kept = [(name, value) for name, value in headers if name not in OF_THE_WAY]
    start: Any = {"type": "http.response.start", "status": status, "headers": kept}
    await send(start)
    try:
        if method == "HEAD" or status in NO_BODY:
            await _piece(send, b"", more=False)
        elif b"transfer-encoding" in said:
            await _chunks(line, send)
        else:
            await _counted(line, send, int(said.get(b"content-length", b"0")))
    except ProcessAway:
        return False  # the answer has no end: the connection is closed in the middle, as the process would
    return said.get(b"connection", b"") != b"close"


def _head(raw: bytes) -> tuple[int, list[tuple[bytes, bytes]]]:
    first, *lines = raw.split(b"\r\n")
    parted: Iterable[tuple[bytes, bytes, bytes]] = (line.partition(b":") for line in lines)
    return int(first.split(b" ", 2)[1]), [(name.lower(), value.strip()) for name, _, value in parted]


async def _counted(line: Line, send: Send, left: int) -> None:
    while left:
        piece = await line.some(left)
        left -= len(piece)
        await _piece(send, piece, more=left > 0)
        if not left:
            return
    await _piece(send, b"", more=False)


async def _chunks(line: Line, send: Send) -> None:
    while size := int((await line.until(b"\r\n")).split(b";")[0], 16):
        while size:
            piece = await line.some(size)
            size -= len(piece)
            await _piece(send, piece, more=True)
        await line.until(b"\r\n")
    await line.until(b"\r\n")
    await _piece(send, b"", more=False)


async def _piece(send: Send, body: bytes, *, more: bool) -> None:
    message: Any = {"type": "http.response.body", "body": body, "more_body": more}
    await send(message)
