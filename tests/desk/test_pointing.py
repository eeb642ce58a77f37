"""The local socket of a server of several processes: names who answers, and waits for one that is being started."""

import asyncio
import json
from pathlib import Path

import pytest

from backend.desk.pointing import Pointing
from backend.desk.wire import desk_socket, socket_path
from backend.municipality.shares import Shares

SHARES = Shares(2, {"GM9901": 1, "GM9902": 2})


def told(folder: Path, line: bytes, *serving: int, later: int = 0) -> dict[str, object]:
    """What the socket tells while some processes answer, and one more a moment later."""

    async def ask() -> bytes:
        async def nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.close()

        servers = [await asyncio.start_unix_server(nothing, str(folder / desk_socket(number))) for number in serving]
        async with Pointing(folder, SHARES, away_s=5 if later else 0.1):
            reader, writer = await asyncio.open_unix_connection(str(socket_path(folder)))
            writer.write(line + b"\n")
            if later:
                await asyncio.sleep(0.1)
                servers.append(await asyncio.start_unix_server(nothing, str(folder / desk_socket(later))))
            found = await reader.readline()
            writer.close()
        for server in servers:
            server.close()
        return found

    answer: dict[str, object] = json.loads(asyncio.run(ask()))
    return answer


@pytest.mark.parametrize(
    ("ask", "names"),
    [
        ({"command": "status"}, ["desk-1.sock", "desk-2.sock"]),
        ({"command": "status", "municipality": "GM9902"}, ["desk-2.sock"]),
        ({"command": "backup", "municipality": "GM9901"}, ["desk-1.sock"]),
    ],
)
def test_a_command_is_sent_to_who_owns_its_municipality(tmp_path: Path, ask: dict[str, str], names: list[str]) -> None:
    assert {"kind": "elsewhere", "row": names} == told(tmp_path, json.dumps(ask).encode(), 1, 2)


def test_a_process_that_is_being_started_is_waited_for(tmp_path: Path) -> None:
    ask = json.dumps({"command": "status", "municipality": "GM9902"}).encode()
    assert {"kind": "elsewhere", "row": ["desk-2.sock"]} == told(tmp_path, ask, 1, later=2)


@pytest.mark.parametrize(
    ("line", "code"),
    [(b'{"command": "status", "language": "nl"}', "process-away"), (b"no json", "bad-command"), (b"", "bad-command")],
)
def test_a_process_that_does_not_come_and_a_line_that_is_none_are_refused(
    tmp_path: Path, line: bytes, code: str
) -> None:
    answer = told(tmp_path, line, 1)
    assert ("error", code) == (answer["kind"], answer["code"])
    assert code == "bad-command" or "opnieuw gestart" in str(answer["message"])
