"""The head of an answer goes out with what follows it, and is never held back where nothing follows."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from backend.web.connection import OneWrite
from tests.fleet.world import Server
from tests.web.test_bounds import connected, serving

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"


class Line(asyncio.Transport):
    """A transport that keeps what is written, write by write."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []

    def write(self, data: Any) -> None:
        self.writes.append(bytes(data))

    def writelines(self, list_of_data: Any) -> None:
        pieces: Sequence[bytes] = list(list_of_data)
        self.writes.append(b"".join(pieces))

    def close(self) -> None:
        self.writes.append(b"closed")


def test_a_head_and_its_body_are_one_write_and_all_else_goes_as_it_comes() -> None:
    line = Line()
    answers = OneWrite(line)
    answers.write(HEAD)
    answers.write(b"ja")
    answers.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    answers.write(b"meer")
    assert [HEAD + b"ja", b"HTTP/1.1 100 Continue\r\n\r\n", b"meer"] == line.writes


def test_a_head_that_nothing_follows_is_written_at_the_end_of_the_answer_and_before_a_close() -> None:
    line = Line()
    answers = OneWrite(line)
    answers.write(HEAD)
    answers.flush()
    answers.flush()
    answers.write(HEAD)
    answers.close()
    assert [HEAD, HEAD, b"closed"] == line.writes


@pytest.fixture
def port(server: Server, tmp_path: Path) -> Iterator[int]:
    with serving(server, tmp_path) as made:
        yield made


def test_a_device_that_waits_for_leave_to_send_its_body_is_told_to_go_on(port: int) -> None:
    with connected(port) as line:
        line.sendall(
            b"POST /api/v1/GM9901/enrolments HTTP/1.1\r\nHost: a\r\nContent-Type: application/msgpack\r\n"
            b"Expect: 100-continue\r\nContent-Length: 1\r\n\r\n"
        )
        assert line.recv(65_536).startswith(b"HTTP/1.1 100")
        line.sendall(b"\x80")
        assert line.recv(65_536).startswith(b"HTTP/1.1 4")


def test_an_answer_without_a_body_arrives_at_once(port: int) -> None:
    with connected(port) as line:
        line.sendall(b"HEAD /health/ready HTTP/1.1\r\nHost: a\r\n\r\n")
        assert line.recv(65_536).startswith(b"HTTP/1.1 ")
