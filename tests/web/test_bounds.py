"""Whoever connects without a login cannot stop a real server: time, bytes and connections are bounded."""

import asyncio
import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
import uvicorn

from backend.municipality.registry import Municipalities
from backend.web import connection, shell
from backend.web.app import create_app
from backend.web.connection import BoundedProtocol
from tests.fleet.world import Server

NGINX = (Path(__file__).parents[2] / "docs" / "nginx.conf").read_text()


@contextmanager
def serving(server: Server, folder: Path) -> Iterator[int]:
    """A real server on loopback; yields its port."""
    towns = Municipalities(folder / "data", folder / "keys", server.clock)
    towns.add(server.municipality)
    app = create_app(towns, server.clock)
    config = uvicorn.Config(app, "127.0.0.1", 0, http=BoundedProtocol, access_log=False, log_level="error")
    running = uvicorn.Server(config)
    thread = Thread(target=lambda: asyncio.run(running.serve()), daemon=True)
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
def port(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(connection, "HEAD_S_MAX", 1.0)
    monkeypatch.setattr(connection, "SILENCE_S_MAX", 1.0)
    monkeypatch.setattr(connection, "BODY_S_MAX", 2.0)
    with serving(server, tmp_path) as made:
        yield made


def connected(port: int) -> socket.socket:
    """A connection on which waiting for an end that never comes fails with TimeoutError, long after the bounds."""
    return socket.create_connection(("127.0.0.1", port), timeout=60)


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nHost: a\r\nX: "])
def test_headers_that_never_end_are_cut_off(port: int, begun: bytes) -> None:
    with connected(port) as line:
        line.sendall(begun)
        assert b"" == rest(line)


def test_a_body_whose_last_byte_is_held_back_is_cut_off(port: int) -> None:
    with connected(port) as line:
        line.sendall(b"POST /api/v1/GM9901/hand-ins HTTP/1.1\r\nHost: a\r\nContent-Type: application/msgpack\r\n")
        line.sendall(b"Content-Length: 100\r\n\r\n" + b"x" * 99)
        assert b" 200 " not in rest(line)


def test_a_body_that_drips_is_cut_off_in_the_end(port: int) -> None:
    with connected(port) as line:
        line.sendall(b"POST /api/v1/GM9901/hand-ins HTTP/1.1\r\nHost: a\r\nContent-Type: application/msgpack\r\n")
        line.sendall(b"Content-Length: 1000\r\n\r\n")
        with pytest.raises(ConnectionError):
            for _ in range(300):  # a minute, with bytes to spare
                line.sendall(b"x")
                time.sleep(0.2)


def test_headers_without_end_are_refused(port: int) -> None:
    with connected(port) as line, pytest.raises(ConnectionError):
        line.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n")
        for _ in range(1_000):
            line.sendall(b"X-Much: " + b"y" * 8_000 + b"\r\n")


def test_an_honest_client_is_answered_again_and_again_on_one_connection(port: int) -> None:
    with connected(port) as line:
        for _ in range(4):
            line.sendall(b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n")
            got = line.recv(65_536)
            while b'"live"' not in got:
                got += line.recv(65_536)
            time.sleep(0.5)  # all of them together take longer than any one of them may


def test_a_large_request_that_comes_in_one_piece_is_answered(port: int) -> None:
    """A push of 100 entries came whole in one piece, was counted as a head without end, and was cut off."""
    body = b"x" * 200_000
    head = b"POST /api/v1/GM9901/enrolments HTTP/1.1\r\nHost: a\r\nContent-Type: application/msgpack\r\n"
    with connected(port) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        time.sleep(0.1)
        line.sendall(head + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)
        assert rest(line).startswith(b"HTTP/1.1 400")


def test_all_bodies_together_are_bounded(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "HELD_BYTES_MAX", 150_000)
    monkeypatch.setattr(connection, "SILENCE_S_MAX", 60.0)  # none is cut off while the others are on their way
    lines = [connected(port) for _ in range(4)]
    head = b"POST /api/v1/GM9901/hand-ins HTTP/1.1\r\nHost: a\r\nContent-Type: application/msgpack\r\n"
    head += b"Connection: close\r\nContent-Length: "
    for line in lines:
        line.sendall(head + b"60001\r\n\r\n" + b"x" * 60_000)
    waiting = list(lines)
    while len(waiting) > 2:
        answered, _, _ = select.select(waiting, [], [], 60)
        assert answered, "two bodies more than the bound, and nobody is refused"
        waiting = [line for line in waiting if line not in answered]
    for line in waiting:
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
