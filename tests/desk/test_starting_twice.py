"""A second server never disturbs the first: not its local socket, not its port."""

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from backend.desk.desk import Desk
from backend.desk.server import DeskSocket
from backend.desk.wire import ServedAlready, is_served
from backend.municipality.registry import Municipalities
from tests.desk.office import Office
from tests.processes import COMMAND_LINE, PATIENCE_S, free_port


def test_a_second_server_took_the_local_socket_and_then_nobody_answered(office: Office, tmp_path: Path) -> None:
    async def twice() -> bool:
        async with DeskSocket(tmp_path, office.desk):
            with pytest.raises(ServedAlready):
                async with DeskSocket(tmp_path, Desk(Municipalities(tmp_path, tmp_path, office.server.clock))):
                    raise AssertionError("two servers on one folder")
            return await asyncio.to_thread(is_served, tmp_path)

    assert office.server.run(twice())
    assert not is_served(tmp_path)


def test_a_socket_that_a_killed_server_left_is_taken_over(office: Office, tmp_path: Path) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(tmp_path / "desk.sock"))
    left.close()

    async def served() -> bool:
        async with DeskSocket(tmp_path, office.desk):
            return await asyncio.to_thread(is_served, tmp_path)

    assert office.server.run(served())


@pytest.mark.parametrize(
    ("language", "words"), [("nl", "een ander programma gebruikt die poort"), ("en", "another program")]
)
def test_a_port_in_use_is_said_in_our_words_before_a_store_is_opened(tmp_path: Path, language: str, words: str) -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        env = {**os.environ, "VELDPOST_DATA": str(tmp_path), "VELDPOST_PORT": str(port), "VELDPOST_LANG": language}
        command = [sys.executable, "-c", COMMAND_LINE, "serve"]
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=PATIENCE_S)
    assert (1, "") == (done.returncode, done.stdout)
    assert "cannot-listen" in done.stderr and words in done.stderr and str(port) in done.stderr
    assert "Traceback" not in done.stderr
