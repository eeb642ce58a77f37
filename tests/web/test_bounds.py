"""Whoever connects without a login cannot stop a real server: time, bytes and connections are bounded."""

import asyncio
import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import pytest
import uvicorn

from backend import serve
from backend.municipality.registry import Municipalities
from backend.web import connection, shell
from backend.web.app import create_app
from backend.web.connection import BoundedProtocol
from tests.fleet.world import Server

LAST = b"GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
DESCRIPTION = b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: a\r\n\r\n"
HAND_IN = b"POST /api/v1/GM9901/hand-ins HTTP/1.1\r\nHost: a\r\nContent-Type: application/msgpack\r\nContent-Length: "
NGINX = (Path(__file__).parents[2] / "docs" / "nginx.conf").read_text()


ROOM_BELOW = 16 * 1024  # more than finds room between a narrow connection's two ends
PATIENT_S = 600.0  # the bounds for whoever is honest: no machine is as slow


class Clock:
    """Time as the event loop of a server has it: a test turns it on, instead of waiting or hoping not to wait."""

    def __init__(self) -> None:
        clock, self._ahead_s = self, 0.0

        class Turned(asyncio.SelectorEventLoop):
            def time(self) -> float:
                return super().time() + clock._ahead_s

        self.loop = Turned()

    def turn(self, seconds: float) -> None:
        """Turn it on; what was due by then has been done when this returns."""
        self._ahead_s += seconds
        done = Event()
        self.loop.call_soon_threadsafe(lambda: self.loop.call_soon(done.set))
        assert done.wait(PATIENT_S)


@pytest.fixture(autouse=True)
def nobody_honest_is_cut_off_by_a_slow_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for bound in ("HEAD_S_MAX", "SILENCE_S_MAX", "BODY_S_MAX", "UNREAD_S_MAX"):
        monkeypatch.setattr(connection, bound, PATIENT_S)


@contextmanager
def serving(
    server: Server, folder: Path, http: type[BoundedProtocol] = BoundedProtocol, clock: Clock | None = None
) -> Iterator[int]:
    """A real server on loopback; yields its port."""
    clock = clock or Clock()
    towns = Municipalities(folder / "data", folder / "keys", server.clock)
    towns.add(server.municipality)
    app = create_app(towns, server.clock)
    config = uvicorn.Config(app, "127.0.0.1", 0, http=http, access_log=False, log_level="error",
                            timeout_keep_alive=100_000)  # fmt: skip
    running = uvicorn.Server(config)

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: clock.loop) as runner:
            runner.run(running.serve())

    thread = Thread(target=run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    try:
        yield running.servers[0].sockets[0].getsockname()[1]
    finally:
        running.should_exit = True
        thread.join(10)


def rest(line: socket.socket) -> bytes:
    """Everything until the server ends the connection."""
    got = b""
    try:
        while piece := line.recv(65_536):
            got += piece
    except ConnectionError:
        pass
    return got


@pytest.fixture
def port(server: Server, tmp_path: Path) -> Iterator[int]:
    with serving(server, tmp_path) as made:
        yield made


@pytest.fixture
def hasty(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server that waits for nobody long, for those who must be cut off."""
    monkeypatch.setattr(connection, "HEAD_S_MAX", 1.0)
    monkeypatch.setattr(connection, "SILENCE_S_MAX", 1.0)
    monkeypatch.setattr(connection, "BODY_S_MAX", 2.0)
    with serving(server, tmp_path) as made:
        yield made


def connected(port: int) -> socket.socket:
    """A connection on which waiting for an end that never comes fails with TimeoutError, long after the bounds."""
    return socket.create_connection(("127.0.0.1", port), timeout=60)


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nHost: a\r\nX: "])
def test_headers_that_never_end_are_cut_off(hasty: int, begun: bytes) -> None:
    with connected(hasty) as line:
        with suppress(ConnectionError):
            line.sendall(begun)
        assert b"" == rest(line)


def test_a_body_whose_last_byte_is_held_back_is_cut_off(hasty: int) -> None:
    with connected(hasty) as line:
        with suppress(ConnectionError):
            line.sendall(b"POST /api/v1/GM9901/hand-ins HTTP/1.1\r\nHost: a\r\nContent-Type: application/msgpack\r\n")
            line.sendall(b"Content-Length: 100\r\n\r\n" + b"x" * 99)
        assert b" 200 " not in rest(line)


def test_a_body_that_drips_is_cut_off_in_the_end(hasty: int) -> None:
    with connected(hasty) as line, pytest.raises(ConnectionError):
        line.sendall(b"POST /api/v1/GM9901/hand-ins HTTP/1.1\r\nHost: a\r\nContent-Type: application/msgpack\r\n")
        line.sendall(b"Content-Length: 1000\r\n\r\n")
        for _ in range(300):  # a minute, with bytes to spare
            line.sendall(b"x")
            time.sleep(0.2)


def test_headers_without_end_are_refused(port: int) -> None:
    with connected(port) as line, pytest.raises(ConnectionError):
        line.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n")
        for _ in range(1_000):
            line.sendall(b"X-Much: " + b"y" * 8_000 + b"\r\n")


def test_an_honest_client_is_answered_again_and_again_on_one_connection(server: Server, tmp_path: Path) -> None:
    """All of its requests together take longer than any one of them may."""
    clock = Clock()
    with serving(server, tmp_path, clock=clock) as port, connected(port) as line:
        for _ in range(4):
            line.sendall(b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n")
            got = line.recv(65_536)
            while b'"live"' not in got:
                got += line.recv(65_536)
            clock.turn(PATIENT_S / 2)


def test_a_large_request_that_comes_in_one_piece_is_answered(port: int) -> None:
    """A push of 100 entries came whole in one piece, was counted as a head without end, and was cut off."""
    body = b"x" * 200_000
    head = b"POST /api/v1/GM9901/enrolments HTTP/1.1\r\nHost: a\r\nContent-Type: application/msgpack\r\n"
    with connected(port) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        time.sleep(0.1)
        line.sendall(head + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)
        assert rest(line).startswith(b"HTTP/1.1 400")


def test_requests_sent_before_their_turn_are_few(port: int) -> None:
    """Fifty connections with 200,000 requests each took three gigabytes and stopped the server."""
    with connected(port) as line:
        with suppress(ConnectionError):
            for _ in range(100):
                line.sendall(b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n" * 1_000)
        assert rest(line).count(b"HTTP/1.1 200") <= connection.PIPELINED_MAX + 1


def test_requests_of_a_client_that_waits_for_none_are_answered_in_order(port: int) -> None:
    with connected(port) as line:
        line.sendall(b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n" * 4 + LAST)
        assert 5 == rest(line).count(b"HTTP/1.1 200")


@pytest.mark.parametrize("count", [connection.HEADERS_MAX - 2, connection.HEADERS_MAX])
def test_headers_are_few(port: int, count: int) -> None:
    with connected(port) as line:
        line.sendall(LAST.replace(b"\r\n\r\n", b"\r\n" + b"a:b\r\n" * count + b"\r\n"))
        assert rest(line).startswith(b"HTTP/1.1 200" if count < connection.HEADERS_MAX - 1 else b"HTTP/1.1 400")


class Narrow(BoundedProtocol):
    """A connection whose answers find little room below the server, so that they wait in it."""

    lost = Event()
    last: "Narrow"

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
        super().connection_made(transport)
        Narrow.last = self

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.lost.set()


@contextmanager
def narrow(server: Server, folder: Path, clock: Clock | None = None) -> Iterator[socket.socket]:
    """A client with little room for what it does not read, at the other end of a narrow connection."""
    Narrow.lost.clear()
    with serving(server, folder, Narrow, clock) as port, socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        line.settimeout(60)
        line.connect(("127.0.0.1", port))
        yield line


def test_an_answer_that_nobody_reads_is_not_kept_for_long(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "UNREAD_S_MAX", 1.0)
    with narrow(server, tmp_path) as line:
        line.sendall(DESCRIPTION * 8)
        assert Narrow.lost.wait(60)
        assert rest(line).count(b"HTTP/1.1 200") < 8


def test_who_reads_slowly_gets_all_of_a_long_answer(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each part of it in less than its time, and all of it in much more."""
    monkeypatch.setattr(connection, "UNREAD_BYTES", 1_024)
    clock, turned_s, unread, got = Clock(), 0.0, 0, b""
    with narrow(server, tmp_path, clock) as line:
        line.sendall(DESCRIPTION * 3 + DESCRIPTION.replace(b"Host: a", b"Host: a\r\nConnection: close"))
        while piece := line.recv(1_024):
            got += piece
            waits = Narrow.last.transport.get_write_buffer_size()
            if ROOM_BELOW < waits <= unread - connection.UNREAD_BYTES:
                clock.turn(PATIENT_S * 0.6)
                turned_s += PATIENT_S * 0.6
                waits = unread = Narrow.last.transport.get_write_buffer_size()
            unread = max(unread, waits)
        assert 4 == got.count(b"HTTP/1.1 200") and turned_s > 2 * PATIENT_S


def test_no_crowd_takes_the_place_of_who_is_connected(server: Server, tmp_path: Path) -> None:
    few: type[BoundedProtocol] = type("Few", (BoundedProtocol,), {"connections_max": 5})
    with serving(server, tmp_path, few) as port, connected(port) as first:
        first.sendall(LAST.replace(b"Connection: close\r\n", b""))
        assert b" 200 " in first.recv(65_536)
        crowd = [connected(port) for _ in range(12)]
        refused = [line for line in crowd[6:] if rest(line).startswith(b"HTTP/1.1 503")]
        assert len(refused) >= 4
        first.sendall(LAST)
        assert b" 200 " in rest(first)
        for line in crowd:
            line.close()


def test_connections_leave_file_handles_for_the_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    """With 1,024 handles and 1,500 idle strangers, no command and no store could open a file."""
    monkeypatch.setattr(serve.resource, "getrlimit", lambda _: (1_024, 1_024))
    assert 100 < serve.connections_allowed() <= 512
    monkeypatch.setattr(serve.resource, "getrlimit", lambda _: (1 << 20, 1 << 20))
    assert connection.CONNECTIONS_MAX == serve.connections_allowed()
    assert 77 == serve.bounded_by(77).connections_max


def answered_but(count: int, lines: list[socket.socket]) -> list[socket.socket]:
    """Wait until all connections but so many were answered; returns those that were."""
    waiting = list(lines)
    while len(waiting) > count:
        answered, _, _ = select.select(waiting, [], [], 60)
        assert answered, "more bodies than the bound, and nobody is refused"
        waiting = [line for line in waiting if line not in answered]
    return [line for line in lines if line not in waiting]


def test_all_bodies_of_an_address_leave_room_for_another(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixteen connections of one laptop held all that the server holds, and every device was answered 503."""
    monkeypatch.setattr(shell, "HELD_BYTES_MAX", 150_000)
    monkeypatch.setattr(shell, "REQUEST_BYTES_MAX", 60_001)
    hogs = [connected(port) for _ in range(8)]
    for line in hogs:
        line.sendall(HAND_IN + b"60001\r\n\r\n" + b"x" * 60_000)
    answered_but(2, hogs)  # when so many were refused, the server has read what it holds
    with socket.create_connection(("127.0.0.1", port), 60, ("127.0.0.2", 0)) as line:
        line.sendall(HAND_IN + b"60000\r\nConnection: close\r\n\r\n" + b"x" * 60_000)
        assert b" 400 " in rest(line)
    for line in hogs:
        line.close()


def test_all_bodies_together_are_bounded(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "HELD_BYTES_MAX", 150_000)
    lines = [socket.create_connection(("127.0.0.1", port), 60, (f"127.0.0.{n}", 0)) for n in range(2, 6)]
    head = HAND_IN.replace(b"Content-Length", b"Connection: close\r\nContent-Length")
    for line in lines:
        line.sendall(head + b"60001\r\n\r\n" + b"x" * 60_000)
    refused = answered_but(2, lines)
    for line in lines:
        if line not in refused:
            line.sendall(b"x")
    assert [b"400", b"400", b"503", b"503"] == sorted(rest(line).split(b" ")[1] for line in lines)
    with connected(port) as line:  # what was held is let go
        line.sendall(head + b"60000\r\n\r\n" + b"x" * 60_000)
        assert b" 400 " in rest(line)
    for line in lines:
        line.close()


def test_the_proxy_example_lets_through_what_the_server_takes_and_closes_what_is_for_the_machine() -> None:
    assert f"client_max_body_size {shell.REQUEST_BYTES_MAX // 1024 // 1024}m;" in NGINX
    for word in ("client_header_timeout", "client_body_timeout", "limit_conn ", "location = /metrics { deny all; }"):
        assert word in NGINX
    assert "location = / { deny all; }" in NGINX
