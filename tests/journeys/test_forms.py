"""A municipal admin brings a form, publishes it with a colleague, changes it and retires it. Bad input first."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from backend.clock import WallClock
from backend.device.device import Device
from backend.device.syncing import Sync
from backend.device.transport import HttpTransport
from backend.enrolment import Invitation
from backend.municipality import custody as custodies
from crypto.primitives import random_bytes
from forms.definition.library import shipped_raw
from tests.fleet.world import Server
from tests.forms.versions.forms_made import document
from tests.journeys.field.office import Office
from tests.journeys.seats import prepared

TOWN = "GM9901"
ANNA, BRAM = ("--staff", "beheerder"), ("--staff", "bram")
PHRASE = "paard batterij nietje proef"
OWN, HERS = "alleen bram weet dit", "alleen de beheerder weet dit"
KEYS = ("staff", "act", "detail")
REASON = "De proef rekent met hele datums."
FIRST = {"/naam": "text", "/soort": "choice a b", "/uren": "integer maximum 100"}


@pytest.fixture
def terminal(tmp_path: Path) -> Office:
    return Office(tmp_path)


def write(terminal: Office, name: str, content: bytes | dict[str, Any]) -> str:
    path = terminal.folder / name
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return str(path)


HOSTILE: list[tuple[str, bytes, str]] = [
    ("nothing", b"", "not-json"),
    ("no JSON", b"{\"form\": ", "not-json"),
    ("another encoding", json.dumps(document(FIRST)).encode("utf-16"), "not-utf8"),
    ("Latin-1", '{"form": "crèche"}'.encode("latin-1"), "not-utf8"),
    ("a list", b"[]", "wrong-member"),
    ("deep", b"[" * 100_000, "form-too-deep"),
    ("a remote reference", json.dumps(
        document(FIRST) | {"schema": {"type": "object", "properties": {"a": {"$ref": "https://example.org/x"}}}}
    ).encode(), "remote-ref"),
    ("a workbook", b"PK\x03\x04" + b"\0" * 100, "not-json"),
]  # fmt: skip


@pytest.mark.parametrize(("why", "content", "code"), HOSTILE, ids=[row[0] for row in HOSTILE])
@pytest.mark.parametrize("command", ["lint", "preview"])
def test_a_file_that_is_no_form_gets_a_finding_and_no_stack_trace(
    terminal: Office, why: str, content: bytes, code: str, command: str
) -> None:
    done = terminal.type("form", command, write(terminal, "draft.json", content))
    assert 1 == done.returncode
    assert code in done.stdout
    assert "Traceback" not in done.stderr


def test_files_and_answers_that_are_not_there_or_not_json_are_said(terminal: Office) -> None:
    form = write(terminal, "form.json", shipped_raw("dossier"))
    assert 2 == terminal.type("form", "lint", str(terminal.folder / "none.json")).returncode
    for content in (b"{", b"[1]", b"\xff\xfe"):
        done = terminal.type("form", "preview", form, "--answers", write(terminal, "answers.json", content))
        assert 1 == done.returncode and ("[not-json]" in done.stderr or "[not-an-object]" in done.stderr)
    assert 2 == terminal.type("form", "diff", form).returncode
    assert 2 == terminal.type("form", "publish", TOWN).returncode
    done = terminal.type("form", "list", TOWN)
    assert (1, True) == (done.returncode, "[server-not-running]" in done.stderr)


def test_a_form_is_linted_and_read_without_a_server(terminal: Office) -> None:
    form = write(terminal, "form.json", shipped_raw("huisbezoek"))
    done = terminal.type("form", "lint", form)
    assert 0 == done.returncode
    assert "reason:" in done.stdout and done.stdout.endswith("can be published.\n")
    rows = [json.loads(line) for line in terminal.type("form", "lint", form, "--json").stdout.splitlines()]
    assert rows and all(row["level"] == "warning" and row["reason"] and not row["stops"] for row in rows)
    asked = document({"/herkomst": "choice a b"})
    asked["fields"]["/herkomst"]["label"] = {"nl": "Land van herkomst", "en": "Country of origin"}
    done = terminal.type("form", "lint", write(terminal, "bad.json", asked), "--language", "nl")
    assert 1 == done.returncode and "P01 fout  /herkomst" in done.stdout
    read = terminal.type("form", "preview", form, "--language", "en").stdout
    assert read.startswith("Home visit (huisbezoek")
    acute = write(terminal, "answers.json", {"zorg": "acuut", "kind": [{"kind_dag": "thuis"}]})
    seen = terminal.type("form", "preview", form, "--answers", acute).stdout
    assert "112" in seen and "WORDT NU NIET GEVRAAGD" in seen


def test_a_workbook_becomes_a_draft_that_says_what_is_still_to_be_decided(terminal: Office) -> None:
    out = str(terminal.folder / "draft.json")
    table = "type,name,label\ninteger,uren,Hoeveel uren?\nselect_one geen,keuze,Welke?\ngeotrace,weg,Waar?\n"
    source = write(terminal, "survey.csv", table.encode())
    done = terminal.type("form", "import", source, "--out", out)
    assert 0 == done.returncode, done.stderr
    assert "not possible" in done.stdout and "[todo-purpose]" not in done.stdout and "todo-purpose" in done.stdout
    rows = [json.loads(line) for line in terminal.type("form", "import", source, "--json").stdout.splitlines()]
    assert {"survey!2": "carried"}.items() <= {
        one["row"]["source"]: one["row"]["outcome"] for one in rows if "row" in one
    }.items()
    assert 1 == terminal.type("form", "lint", out).returncode  # it is no form yet
    again = terminal.type("form", "import", source, "--out", out)  # an import never overwrites
    assert 1 == again.returncode and "[file-exists]" in again.stderr


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 no zip", b"\x00\xff" * 50, b"{", b'{"$ref": "https://example.org"}']
)
def test_a_file_from_elsewhere_that_cannot_be_read_is_said_to_be_so(terminal: Office, content: bytes) -> None:
    done = terminal.type(
        "form", "import", write(terminal, "bron.xlsx", content), "--out", str(terminal.folder / "d.json")
    )
    assert (1, False) == (done.returncode, (terminal.folder / "d.json").exists())
    assert "[not-imported]" in done.stderr and "Traceback" not in done.stderr and len(done.stdout) > 40


def enrolled(terminal: Office) -> tuple[Device, HttpTransport]:
    row = terminal.rows("invite", TOWN, "werker-vier", *ANNA)[0]
    invitation = msgspec.msgpack.decode(bytes.fromhex(row["invitation"]), type=Invitation)
    road = HttpTransport(f"http://127.0.0.1:{terminal.env['VELDPOST_PORT']}")
    return Device.enrol(terminal.folder / "vier.db", random_bytes(32), invitation, road, WallClock()), road


@pytest.fixture
def served(terminal: Office) -> Iterator[Office]:
    server = Server(terminal.folder / "d")
    server.clock.ms, town = WallClock().now_ms(), server.municipality
    server.run(town.submit(lambda: town.staff.add("beheerder", "admin", server.clock.ms, "set up")))
    for name in ("beheerder", "bram"):
        prepared(server, name)
    with custodies.changing(town.folder, town.custody.vault):
        town.custody.vault.set_passphrase(PHRASE)
    (terminal.folder / "k").mkdir()
    (terminal.folder / "k" / f"{TOWN}.key").write_bytes(server.key_file)
    server.stop()
    terminal.start("serve")
    terminal.seat(TOWN, "beheerder")
    yield terminal
    if terminal.server is not None and terminal.server.poll() is None:
        terminal.stop()


def test_from_draft_to_retirement(served: Office) -> None:
    town = served
    first = document(FIRST)
    refused = town.type("form", "publish", TOWN, write(town, "first.json", first), *ANNA)
    assert 1 == refused.returncode and "P10" in refused.stdout and "[form-refused]" in refused.stderr
    said = ("--controller", "College van Voorbeeldstad", "--register", "https://example.org/verwerkingen/12")
    assert "published" == town.rows("form", "publish", TOWN, str(town.folder / "first.json"), *said, *ANNA)[-1]["state"]
    device, road = enrolled(town)
    for number in range(3):
        device.create("proef", 1, {"/naam": f"Gezin {number}", "/soort": "b", "/uren": 30 * number})
    Sync(device, road).run()

    questions = {"/roepnaam": "text", "/soort": "choice a", "/uren": "integer maximum 40"}
    moves = {"renamed": {"/naam": "/roepnaam"}, "mapped": {"/soort": {"b": None}}}
    second = write(town, "second.json", document(questions, 2, moves))
    silent = write(town, "silent.json", document(questions, 2))
    for asking in (["--count"], []):
        lost = town.type("form", "diff", silent, "--municipality", TOWN, *asking, *ANNA)
        assert (1, True) == (lost.returncode, "vanished" in lost.stdout), lost.stderr
    counted = town.rows("form", "diff", second, "--municipality", TOWN, "--count", *ANNA)
    assert {("/soort", "unknown-choice", 0), ("/uren", "too-high", 0)} == {  # fewer than five are not told
        (row["path"], row["code"], row["records"]) for row in counted if "code" in row
    }
    same = town.type("form", "diff", second, "--before", str(town.folder / "first.json"))
    assert 0 == same.returncode and "NARROWS" in same.stdout
    warned = document({**questions, "/geboren": "date"}, 2, moves)
    warned["lint"] = [{"rule": "P15", "at": "/geboren", "reason": REASON}]
    publishing = ("form", "publish", TOWN, write(town, "warned.json", warned), *ANNA, "--json")
    chosen = town.type("own-secret", TOWN, *ANNA, "--passphrase", stdin=f"{PHRASE}\n{HERS}\n{HERS}\n")
    assert 0 == chosen.returncode, chosen.stderr
    waits = town.type(*publishing, stdin=f"{HERS}\n")
    assert "waiting" == json.loads(waits.stdout.splitlines()[-1])["state"], waits.stderr
    assert "[same-person]" in town.type("form", "approve", TOWN, "proef", *ANNA, stdin="y\n").stderr
    assert "[terminal-not-signed-in]" in town.type("form", "approve", TOWN, "proef", *BRAM).stderr
    added = town.type("add-staff", TOWN, "bram", *ANNA, stdin=f"{OWN}\n{OWN}\n")
    assert 0 == added.returncode and "let bram sit down" in added.stderr, added.stderr
    town.seat(TOWN, "bram")
    looked = town.type("form", "approve", TOWN, "proef", *BRAM, stdin="n\n")
    assert 1 == looked.returncode and all(one in looked.stdout for one in ("P15", REASON, "purpose: Families", "Wmo"))
    read = str(town.folder / "read.json")
    assert "--digest" in town.type("form", "approve", TOWN, "proef", "--look", read, *BRAM).stdout
    assert 0 == town.type("form", "preview", read).returncode
    assert "[draft-changed]" in town.type("form", "approve", TOWN, "proef", "--digest", "00" * 32, *BRAM).stderr
    assert "[wrong-own-secret]" in town.type("form", "approve", TOWN, "proef", *BRAM, stdin="y\ngeraden\n").stderr
    agreed = town.type("form", "approve", TOWN, "proef", *BRAM, stdin=f"y\n{OWN}\n")
    assert agreed.stdout.endswith("proef 2: published\n"), agreed.stderr
    _goes_on_and_ends(town, device, road)


def _goes_on_and_ends(town: Office, device: Device, road: HttpTransport) -> None:
    """A device that knows nothing of the new version works on; then the form is retired, and everything was noted."""
    listed = {(row["form"], row["version"]): row for row in town.rows("form", "list", TOWN, *ANNA)}
    assert ("superseded", "published") == (listed["proef", 1]["state"], listed["proef", 2]["state"])
    assert ("beheerder", "bram") == (listed["proef", 2]["published_by"], listed["proef", 2]["seconded_by"])
    device.create("proef", 1, {"/naam": "Laat gezin", "/soort": "b"})  # the device works on with what it has
    Sync(device, road).run()
    names = {row["roepnaam"] for row in town.rows("records", TOWN, "proef", *ANNA)}
    assert {"Gezin 0", "Gezin 1", "Gezin 2", "Laat gezin"} == names
    assert "retired" == town.rows("form", "retire", TOWN, "proef", *ANNA)[0]["state"]
    assert "[form-not-published]" in town.type("form", "retire", TOWN, "geen", *ANNA).stderr
    assert [0] == [row["faults"] for row in town.rows("verify", TOWN, *ANNA)]
    told = [(row["staff"], row["act"], row["detail"]) for row in town.rows("audit", TOWN, *ANNA)]
    assert {("bram", "publish-form", "proef 2"), ("beheerder", "propose-form", "proef 2")} <= set(told)
    assert {("beheerder", "retire-form", "proef 2"), ("beheerder", "add-staff", "bram")} <= set(told)
    assert ("beheerder", "audit", "") == tuple(town.rows("audit", TOWN, "--limit", "1", *ANNA)[0][k] for k in KEYS)
