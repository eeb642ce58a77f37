"""The first weeks of a real municipality, as the operators' guide tells them: every command of docs/operators.md."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from backend.clock import WallClock
from backend.device.device import Device
from backend.device.syncing import Sync
from backend.device.transport import HttpTransport, ServerRefused
from backend.enrolment import Invitation
from crypto.primitives import random_bytes
from tests.forked import ROOT
from tests.journeys.terminal import Terminal
from tests.processes import COMMAND_LINE, PATIENCE_S

TOWN = "GM9903"
PHRASE = "paard batterij nietje proef"
OTHER = "een heel ander zinnetje"
SAID = ("--controller", "College van Proefdam", "--register", "https://example.org/register/3")
STAFF = ("--staff", "beheer")
CHEAP = "from tests.strength import harden_less; harden_less(); "


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    made = Terminal(tmp_path)
    yield made
    if made.server is not None and made.server.poll() is None:
        made.stop()


def set_up(terminal: Terminal, typed_code: str | None = None) -> tuple[int, str]:
    """`veldpost init`, answering its questions; gives the recovery code that it showed. Unlocking is cheap after it."""
    words = [sys.executable, "-c", CHEAP + COMMAND_LINE, "init", TOWN, "--admin", "beheer", *SAID]
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(
        words, cwd=ROOT, env=terminal.env, stdin=pipe, stdout=pipe, stderr=nothing, text=True, start_new_session=True
    ) as started:
        assert started.stdin is not None and started.stdout is not None
        started.stdin.write(f"{PHRASE}\n{PHRASE}\n")
        started.stdin.flush()
        code = ""
        for line in started.stdout:
            if line.startswith("    "):
                code = line.strip()
                break
        started.stdin.write((typed_code or code.lower()) + "\n")
        started.stdin.close()
        started.stdout.read()
        return started.wait(PATIENCE_S), code


def enrolled(terminal: Terminal, worker: str) -> tuple[Device, HttpTransport]:
    row = terminal.rows("invite", TOWN, worker, *STAFF)[0]
    invitation = msgspec.msgpack.decode(bytes.fromhex(row["invitation"]), type=Invitation)
    road = HttpTransport(f"http://127.0.0.1:{terminal.env['VELDPOST_PORT']}")
    return Device.enrol(terminal.folder / f"{worker}.db", random_bytes(32), invitation, road, WallClock()), road


def records(terminal: Terminal, *slot: str) -> int:
    return len(terminal.rows("records", TOWN, "huisbezoek", *STAFF, *slot))


def test_a_recovery_code_that_is_not_typed_back_sets_nothing_up(terminal: Terminal) -> None:
    status, code = set_up(terminal, typed_code="AAAA-BBBB")
    assert 1 == status and code
    assert not (terminal.folder / "d" / TOWN).exists()
    status, again = set_up(terminal)
    assert 0 == status and again != code
    assert code not in "".join(path.read_text("latin-1") for path in terminal.folder.rglob("*") if path.is_file())


def test_from_init_to_restore(terminal: Terminal) -> None:
    _, code = set_up(terminal)
    terminal.start("serve")
    terminal.seat(TOWN, "beheer", PHRASE)
    assert terminal.rows("status")[0]["locked"]
    wrong = terminal.type("unlock", TOWN, "--passphrase", *STAFF, stdin=OTHER + "\n")
    assert 1 == wrong.returncode and "[wrong-passphrase]" in wrong.stderr and OTHER not in wrong.stderr
    assert 0 == terminal.type("unlock", TOWN, "--passphrase", *STAFF, stdin=PHRASE + "\n").returncode
    device, road = enrolled(terminal, "werker-een")
    device.create("huisbezoek", 1, {"/toegang": "binnen"})
    assert 0 == Sync(device, road).run().unsent

    # a key file: made while it runs, used at the next start
    made = terminal.type("key-file", TOWN, "--passphrase", *STAFF, stdin=PHRASE + "\n")
    key = terminal.folder / "k" / f"{TOWN}.key"
    assert 0 == made.returncode and 0o600 == key.stat().st_mode & 0o777
    assert key.read_bytes().hex() not in made.stdout + made.stderr
    assert 1 == records(terminal)
    terminal.stop()
    terminal.start("serve")
    assert not terminal.rows("status")[0]["locked"]

    # the passphrase changes, the data does not
    new = terminal.type("passphrase", TOWN, "--passphrase", *STAFF, stdin=f"{PHRASE}\n{OTHER}\n{OTHER}\n")
    assert 0 == new.returncode, new.stderr
    assert "[wrong-passphrase]" in terminal.type("unlock", TOWN, "--passphrase", *STAFF, stdin=PHRASE + "\n").stderr
    assert 0 == terminal.type("unlock", TOWN, "--passphrase", *STAFF, stdin=OTHER + "\n").returncode
    assert 0 == terminal.type("unlock", TOWN, "--recovery-code", *STAFF, stdin=code + "\n").returncode

    # what came after the backup comes back from the device
    assert terminal.rows("backup", TOWN, str(terminal.folder / "b"), *STAFF)
    device.create("huisbezoek", 1, {"/toegang": "geweigerd"})
    Sync(device, road).run()
    assert 2 == records(terminal)
    assert "[server-running]" in terminal.type("restore", TOWN, str(terminal.folder / "b")).stderr
    terminal.stop()
    back = terminal.type("restore", TOWN, str(terminal.folder / "b"))
    assert 0 == back.returncode, back.stderr
    terminal.start("serve")
    assert 1 == records(terminal)
    Sync(device, road).run()
    assert 2 == records(terminal)
    assert 0 == terminal.rows("verify", TOWN, *STAFF)[-1]["faults"]


def test_a_colleague_is_let_in_and_a_device_is_ended(terminal: Terminal) -> None:
    set_up(terminal)
    terminal.start("serve")
    terminal.seat(TOWN, "beheer", PHRASE)
    assert 0 == terminal.type("unlock", TOWN, "--passphrase", *STAFF, stdin=PHRASE + "\n").returncode
    assert 0 == terminal.type("key-file", TOWN, "--passphrase", *STAFF, stdin=PHRASE + "\n").returncode
    device, road = enrolled(terminal, "werker-een")
    first = device.create("huisbezoek", 1, {"/toegang": "binnen"})
    Sync(device, road).run()
    colleague, other_road = enrolled(terminal, "werker-twee")
    assert terminal.rows("grant", TOWN, first.hex(), "werker-twee", *STAFF)
    Sync(colleague, other_road).run()
    assert "binnen" == colleague.view(first).answers["/toegang"]
    colleague.save(colleague.open(first), "huisbezoek", 1, {"/toegang": "geweigerd"})
    Sync(colleague, other_road).run()
    assert terminal.rows("revoke", TOWN, colleague.id.hex(), "--last-seq", "0", *STAFF)
    with suppress(ServerRefused):
        Sync(colleague, other_road).run()
    assert "binnen" == terminal.rows("show", TOWN, first.hex(), *STAFF)[0]["shown"]["/toegang"]["value"]
    listed = [row["record"] for row in terminal.rows("attention", TOWN, *STAFF) if row["kind"] == "held-revoked"]
    assert [first.hex()] == listed
    assert [{"locked": True}] == terminal.rows("lock", TOWN, *STAFF)
