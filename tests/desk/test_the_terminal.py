"""What a terminal is given: whole answers or an error, and never a sign that it would obey."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner

from backend.cli.main import main
from backend.desk.wire import ELSEWHERE, SOCKET_FILE, desk_socket, socket_path
from forms.definition.library import first_raw

CLI = Path(__file__).parents[2] / "backend" / "cli"


@contextmanager
def a_server_that_says(
    folder: Path, *told: dict[str, object], hangs_up: bool = False, name: str = SOCKET_FILE
) -> Iterator[dict[str, str]]:
    """A server on the local socket of a data folder that says some lines and ends; yields the environment."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(socket_path(folder, name)))
        listening.listen()
        listening.settimeout(10)

        def answer() -> None:
            line, _ = listening.accept()
            with line:
                if not hangs_up:
                    line.recv(65_536)
                    line.sendall(b"".join(json.dumps(one).encode() + b"\n" for one in told))

        speaking = Thread(target=answer)
        speaking.start()
        yield {"VELDPOST_DATA": str(folder), "VELDPOST_KEYS": str(folder)}
        speaking.join(10)


@pytest.mark.parametrize("command", ["status", "verify", "records", "invite"])
@pytest.mark.parametrize("hangs_up", [False, True])
def test_an_answer_without_its_end_is_an_error(tmp_path: Path, command: str, hangs_up: bool) -> None:
    """A server out of file handles hangs up: the commands ended without a word, some of them as if all were well."""
    words = {"status": [], "verify": ["GM9901"], "records": ["GM9901", "huisbezoek"], "invite": ["GM9901", "anna"]}
    with a_server_that_says(tmp_path, hangs_up=hangs_up) as env:
        done = CliRunner().invoke(main, [command, *words[command]], env=env)
    assert 1 == done.exit_code and "answer-broken-off" in done.output


@pytest.mark.parametrize(("ends", "status"), [([{"kind": "done"}], 0), ([], 1)])
def test_an_answer_of_several_processes_is_whole_where_each_came_to_its_end(
    tmp_path: Path, ends: list[dict[str, object]], status: int
) -> None:
    rows: list[dict[str, object]] = [
        {"kind": "row", "row": {"code": code, "broken": "x", "what": "", "remedy": ""}} for code in ("GM1", "GM2")
    ]
    names = [desk_socket(number) for number in (1, 2)]
    with (
        a_server_that_says(tmp_path, {"kind": ELSEWHERE, "row": names}),
        a_server_that_says(tmp_path, rows[0], *ends, name=names[0]),
        a_server_that_says(tmp_path, rows[1], {"kind": "done"}, name=names[1]) as env,
    ):
        done = CliRunner().invoke(main, ["status", "--json"], env=env)
        if status:  # the second was not asked: somebody has to, or its server waits
            with socket.socket(socket.AF_UNIX) as asking:
                asking.connect(str(socket_path(tmp_path, names[1])))
                asking.sendall(b"{}\n")
                asking.recv(65_536)
    assert status == done.exit_code
    assert ("GM1" in done.output, "GM2" in done.output) == (True, not status)
    assert bool(status) == ("answer-broken-off" in done.output)


def test_a_form_that_somebody_sent_gives_the_terminal_no_orders(tmp_path: Path) -> None:
    document = json.loads(first_raw("signaal"))
    for words in (document["title"], document["fields"]["/acuut"]["label"]):
        words["nl"] = words["en"] = "rustig\x1b]0;weg\x07\x9b2J\u202e"
    document["purpose"] = "\x1b[2J"
    (tmp_path / "form.json").write_text(json.dumps(document))
    file = str(tmp_path / "form.json")
    for words in (["preview"], ["preview", "--json"], ["lint"], ["lint", "--json"], ["diff", file]):
        said = CliRunner().invoke(main, ["form", words[0], file, *words[1:]]).output
        assert said and not {"\x1b", "\x9b", "\x07", "\u202e"} & {*said}, words


def test_an_error_gives_the_terminal_no_orders(tmp_path: Path) -> None:
    told: dict[str, object] = {
        "kind": "error",
        "code": "staff-unknown",
        "message": "no \x1b[2J\u202e",
        "remedy": "\x9b",
    }
    with a_server_that_says(tmp_path, told) as env:
        done = CliRunner().invoke(main, ["invite", "GM9901", "anna"], env=env)
    assert 1 == done.exit_code and not {"\x1b", "\x9b", "\u202e"} & {*done.output}


def test_whatever_a_command_prints_goes_one_way() -> None:
    for path in CLI.glob("*.py"):
        assert path.name == "output.py" or "click.echo" not in path.read_text(), path.name
    assert 1 == (CLI / "output.py").read_text().count("click.echo")


def test_a_command_that_only_asks_the_server_starts_without_the_server() -> None:
    """It starts in a fifth of the time: most of what `veldpost` imports is for other commands."""
    told = "import sys; from backend.cli import main; print(*sorted(sys.modules))"
    modules = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout.split()
    rooms = (
        "backend.municipality",
        "backend.projection",
        "backend.device",
        "backend.check_vectors",
        "forms.definition.inspection",
    )
    assert "backend.cli.main" in modules
    assert [] == [name for name in modules if name.startswith((*rooms, "litestar", "uvicorn", "segno", "pyxform"))]
