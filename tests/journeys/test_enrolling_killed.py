"""A server that is killed after it certified a device and before it answered: the device goes on with its keys."""

import signal
from pathlib import Path

import msgspec
import pytest

from backend.cli import local
from backend.clock import WallClock
from backend.device.device import Device
from backend.device.syncing import Sync
from backend.device.transport import HttpTransport, Unreachable
from backend.enrolment import Invitation
from backend.settings import Settings
from tests.journeys.terminal import Terminal
from tests.processes import PATIENCE_S, start, wait_until

TOWN, STAFF = "GM9905", ("--staff", "beheer")
KILLED = """
import os, signal
from backend.municipality.enrolling import Enrolling
from backend.serve import run
from backend.settings import Settings

real = Enrolling.enrol

async def enrol_and_die(enrolling, raw):
    await real(enrolling, raw)
    os.kill(os.getpid(), signal.SIGKILL)

Enrolling.enrol = enrol_and_die
run(Settings.from_environment())
"""


def invited(terminal: Terminal, *replaces: str) -> Invitation:
    row = terminal.rows("invite", TOWN, "werker-een", *replaces, *STAFF)[0]
    invitation: Invitation = msgspec.msgpack.decode(bytes.fromhex(row["invitation"]), type=Invitation)
    return invitation


def enrolled(terminal: Terminal, road: HttpTransport, name: str, invitation: Invitation) -> Device:
    return Device.enrol(terminal.folder / f"{name}.db", None, invitation, road, WallClock())


def test_a_phone_that_takes_a_place_goes_on_with_a_server_that_was_killed_before_it_answered(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    local.set_up(Settings.from_environment(terminal.env), TOWN, "beheer", "een lange wachtzin", True, lambda _: True)
    road = HttpTransport(f"http://127.0.0.1:{terminal.env['VELDPOST_PORT']}")
    terminal.start("serve")
    terminal.seat(TOWN, "beheer", "een lange wachtzin")
    old = enrolled(terminal, road, "old", invited(terminal))
    record = old.create("huisbezoek", 1, {"/toegang": "binnen"})
    Sync(old, road).run()
    terminal.stop()

    deadly = start(KILLED, env=terminal.env)
    wait_until(lambda: "locked" in terminal.type("status").stdout, "the server does not answer")
    invitation = invited(terminal, "--replaces", old.id.hex())
    with pytest.raises(Unreachable):
        enrolled(terminal, road, "new", invitation)
    assert -signal.SIGKILL == deadly.wait(PATIENCE_S)

    terminal.start("serve")
    new = enrolled(terminal, road, "new", invitation)
    Sync(new, road).run()
    assert {"/toegang": "binnen"} == new.view(record).answers
    assert Sync(old, road).run().revoked
    assert 2 == len(terminal.rows("devices", TOWN, *STAFF))
    terminal.stop()
