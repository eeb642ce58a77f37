"""The README's story, from `make run`'s own command to every command of the second terminal."""

import json
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from backend import demo, demo_desk
from backend.desk.rights import Role
from backend.sentences import library
from backend.settings import Settings
from tests.journeys.terminal import VELDPOST, Terminal
from tests.processes import PATIENCE_S

VECTORS = Path(__file__).parents[1] / "vectors"


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    made = Terminal(tmp_path_factory.mktemp("v"))
    made.said = made.start("demo")  # type: ignore[attr-defined]
    for person in demo_desk.kept(made.folder / "d" / "demo-devices"):
        if person.role == Role.LEAD:
            made.seat_told(person)
    yield made
    made.stop()


def test_the_story_ends_with_equal_devices_and_nothing_missing(terminal: Terminal) -> None:
    said = terminal.said  # type: ignore[attr-defined]
    assert 2 == said.count("devices show the same.")
    assert 2 == said.count(" 0 entries without a receipt")
    assert "Voorbeeldstad" in said and "Proefdam" in said
    assert {"GM9901", "GM9902"} == {row["code"] for row in terminal.rows("status")}


def test_the_log_of_the_server_stands_in_a_file_and_not_in_the_story(terminal: Terminal) -> None:
    assert [] == [line for line in terminal.said.splitlines() if line.startswith("{")]  # type: ignore[attr-defined]
    logged = [json.loads(line) for line in (terminal.folder / "d" / "demo.log").read_text().splitlines()]
    assert {"GM9901", "GM9902"} <= {line["code"] for line in logged if line["event"] == "municipality"}


def test_a_conflict_is_listed_shown_and_resolved(terminal: Terminal) -> None:
    before = terminal.rows("conflicts", "GM9901")
    first = before[0]
    kept = first["survivors"][1]["value"]
    assert 2 <= len(first["survivors"])
    assert first["path"] in terminal.type("show", "GM9901", first["record"], "--codes").stdout
    answer = terminal.rows("resolve", "GM9901", first["conflict"], "--keep", "2")
    assert [
        {"record": first["record"], "path": first["path"], "value": kept, "open": False, "proposed": False}
    ] == answer
    shown = terminal.rows("show", "GM9901", first["record"])[0]["shown"][first["path"]]
    assert (kept, "desk:kantoor.team") == (shown["value"], shown["author"])
    assert len(before) - 1 == len(terminal.rows("conflicts", "GM9901"))
    again = terminal.type("resolve", "GM9901", first["conflict"], "--keep", "1")
    assert 1 == again.returncode and "conflict-unknown" in again.stderr


def test_the_store_is_sound_and_the_projection_equals_a_rebuild(terminal: Terminal) -> None:
    for code in ("GM9901", "GM9902"):
        assert 0 == terminal.rows("verify", code)[-1]["faults"]


def test_every_kind_of_export_has_every_record(terminal: Terminal, tmp_path: Path) -> None:
    count = len(terminal.rows("records", "GM9901", "huisbezoek"))
    for kind, target in (("csv", tmp_path / "c"), ("jsonl", tmp_path / "e.jsonl"), ("sqlite", tmp_path / "e.db")):
        words = ("export", "GM9901", "huisbezoek", str(target), "--format", kind)
        refused = terminal.type(*words)
        assert 1 == refused.returncode and "[export-reason-needed]" in refused.stderr  # answers of class S4 go along
        assert 0 == terminal.type(*words, "--column", "toegang").returncode
    assert count == len((tmp_path / "c" / "huisbezoek.csv").read_text("utf-8-sig").splitlines()) - 1
    lines = [json.loads(line) for line in (tmp_path / "e.jsonl").read_text().splitlines()]
    assert count == len([line for line in lines if line["_table"] == "huisbezoek"])
    assert count == sqlite3.connect(tmp_path / "e.db").execute("select count(*) from huisbezoek").fetchone()[0]
    again = terminal.type("export", "GM9901", "huisbezoek", str(tmp_path / "e.db"), "--format", "sqlite")
    assert "[file-exists]" in again.stderr


def test_answers_need_a_person_who_signed_in(terminal: Terminal, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.key"
    wrong.write_bytes(bytes(32))
    for words, code in (
        (("unlock", "GM9901", "--key-file", str(wrong)), "wrong-key-file"),
        (("records", "GM9901", "huisbezoek", "--staff", "onbekend"), "terminal-not-signed-in"),
        (("name", "GM9901", "Elders"), "not-your-command"),
        (("records", "GM9901", "geen"), "form-not-published"),
        (("show", "GM9901", "ffffffff"), "no-such-record"),
        (("show", "GM9901", "zz"), "bad-record-id"),
        (("lock", "GM0001"), "municipality-unknown"),
        (("resolve", "GM9901", "ff", "--keep", "1"), "conflict-unknown"),
        (("revoke", "GM9901", "zz"), "bad-device-id"),
    ):
        done = terminal.type(*words)
        assert 1 == done.returncode and f"[{code}]" in done.stderr, (words, done.stderr)
    bare = {**terminal.env, "VELDPOST_KEYS": str(tmp_path), "VELDPOST_TOKENS": str(tmp_path / "tokens")}
    for word, code in (("verify", "keyslot-needed"), ("conflicts", "terminal-not-signed-in")):
        done = subprocess.run([*VELDPOST, word, "GM9901"], env=bare, input="", capture_output=True, text=True)
        assert f"[{code}]" in done.stderr


def test_a_locked_municipality_shows_nothing_and_unlocks_again(terminal: Terminal) -> None:
    assert [{"locked": True}] == terminal.rows("lock", "GM9902")
    assert "municipality-locked" in terminal.type("records", "GM9902", "dossier").stderr
    assert [{"locked": False}] == terminal.rows("unlock", "GM9902")
    assert terminal.rows("records", "GM9902", "dossier")


def test_vector_files_are_checked_and_the_first_difference_is_named(terminal: Terminal, tmp_path: Path) -> None:
    for kind in ("merge", "entry"):
        assert "no difference" in terminal.type("check-vectors", kind, str(VECTORS / f"{kind}.json")).stdout
    for kind in ("facts", "grants", "delivery"):
        assert "no difference" in terminal.type("check-vectors", kind, str(VECTORS / "sync" / f"{kind}.json")).stdout
    changed = json.loads((VECTORS / "merge.json").read_bytes())
    changed[3]["state"]["admitted"] = changed[3]["state"]["admitted"][1:]
    (tmp_path / "m.json").write_text(json.dumps(changed))
    done = terminal.type("check-vectors", "merge", str(tmp_path / "m.json"))
    assert 1 == done.returncode and "vector 3" in done.stderr


def test_a_backup_is_restored_as_a_new_life_with_every_record(tmp_path: Path) -> None:
    town = Terminal(tmp_path)
    prepare = (
        "from backend.demo import prepare; from backend.settings import Settings; prepare(Settings.from_environment())"
    )
    subprocess.run([sys.executable, "-c", prepare], env=town.env, check=True)
    town.start("serve")
    town.rows("backup", "GM9901", str(tmp_path / "b"))
    assert "server-running" in town.type("restore", "GM9901", str(tmp_path / "b")).stderr
    town.stop()
    shutil.rmtree(tmp_path / "d" / "GM9901")
    done = town.type("restore", "GM9901", str(tmp_path / "b"))
    assert 0 == done.returncode and "new life" in done.stdout, done.stderr
    town.start("serve")
    assert 0 == town.rows("verify", "GM9901")[-1]["faults"]
    town.stop()


def test_init_shows_a_recovery_code_once_and_wants_it_back(tmp_path: Path) -> None:
    town = Terminal(tmp_path)
    words = "een lange wachtzin\neen lange wachtzin\n"
    refused = town.type("init", "GM0228", "--admin", "beheerder", stdin=words + "FOUT\n")
    assert 1 == refused.returncode and "look at group 1" in refused.stdout  # asked again; then nothing more was typed
    assert not (tmp_path / "d" / "GM0228").exists()
    with subprocess.Popen(
        [*VELDPOST, "init", "GM0228", "--admin", "beheerder"],
        env=town.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(words)
        process.stdin.flush()
        code = ""
        while "-" not in code:
            code = process.stdout.readline().strip().rsplit(" ", 1)[-1]
            code = code if code.count("-") == 8 else ""
        process.stdin.write(code + "\n")
        process.stdin.flush()
        process.stdin.close()
        assert 0 == process.wait(PATIENCE_S)
    assert (tmp_path / "d" / "GM0228" / "journal.db").exists()


def test_every_worker_has_a_link_that_opens_the_app_and_one_more_takes_two_people(terminal: Terminal) -> None:
    said = terminal.said  # type: ignore[attr-defined]
    front = f"http://127.0.0.1:{terminal.env['VELDPOST_PORT']}/field/"
    links = [line.split()[-1] for line in said.splitlines() if f"{front}#" in line]
    if "not built" in said:
        pytest.skip("THE FIELD APP IS NOT BUILT: nothing invites to it")
    assert 6 == len(set(links)) and f"Field app:   {front}" in said
    assert "One more: the team lead asks for it" in said
    row = terminal.rows("invite", "GM9901", "werker-een")[0]  # as agreed, until one of the two is taken up
    assert f"{front}#{row['invitation']}" == row["link"] and row["link"] not in links


def test_the_people_of_the_desk_sign_in_with_what_is_told(terminal: Terminal) -> None:
    said = terminal.said  # type: ignore[attr-defined]
    towns = re.split(r"\n  (http://\S+)/m/(GM\d+)\n", said)[1:]
    told = [
        (url, code, *person) for url, code, text in zip(towns[::3], towns[1::3], towns[2::3], strict=True)
        for person in re.findall(r"(kantoor\.\S+) \((.+?)\): password (\S+), recovery codes ([^,]+),", text)
    ]  # fmt: skip
    few = ["admin", "team lead", "signals officer"]
    assert few == [role for _, code, _, role, _, _ in told if code == "GM9902"]
    every = [role for _, code, _, role, _, _ in told if code == "GM9901"]
    assert few == every[:3] and {library().phrase(f"role-{role}", "en") for role in Role} == {*every}
    assert 2 == every.count("admin")  # who can agree with each other
    assert len(told) == len({password for *_, password, _ in told}) == 12
    days = []
    for url, code, name, _, password, typed in told:
        shown = {"name": name, "password": password, "code": typed}
        answer = httpx.post(f"{url}/m/{code}/sign-in", data=shown, headers={"sec-fetch-site": "same-origin"})
        assert (303, f"/m/{code}/today") == (answer.status_code, answer.headers["location"])
        cookie = answer.headers["set-cookie"].partition(";")[0]
        days.append(httpx.get(f"{url}/m/{code}/today", headers={"cookie": cookie, "accept-language": "en"}).text)
    unlocked = re.findall(r"unlock (GM\d+) with its recovery code: ([0-9A-Z-]+)", said)
    assert ["GM9901", "GM9902"] == [code for code, _ in unlocked] and 2 == len({recovery for _, recovery in unlocked})
    assert "without a second person" not in days[0]  # nothing passed before anybody could agree
    (file,) = (terminal.folder / "d").rglob("desk.json")
    assert 0o600 == file.stat().st_mode & 0o777


def test_a_token_that_was_copied_is_void_once_its_person_signed_out(terminal: Terminal) -> None:
    (kept,) = (terminal.folder / "tokens" / "kantoor.team").glob("*GM9902.token")
    copied = kept.read_bytes()
    assert 0o600 == kept.stat().st_mode & 0o777 and terminal.rows("records", "GM9902", "dossier")
    assert [True] == [row["signed_out"] for row in terminal.rows("sign-out", "GM9902")]
    assert not kept.exists()
    assert "[terminal-not-signed-in]" in terminal.type("records", "GM9902", "dossier").stderr
    kept.write_bytes(copied)
    kept.chmod(0o644)
    assert "[token-file-open]" in terminal.type("records", "GM9902", "dossier").stderr
    kept.chmod(0o600)
    assert "[terminal-over]" in terminal.type("records", "GM9902", "dossier").stderr


def test_a_story_that_fails_ends_the_server_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A demonstration that stands still for ever, with its error among lines that nobody reads, tells nobody why."""
    ended = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: ended.set())
    settings = Settings.from_environment({"VELDPOST_DATA": str(tmp_path), "VELDPOST_KEYS": str(tmp_path / "k")})
    monkeypatch.setattr(demo, "prepare", lambda _settings: {})
    monkeypatch.setattr(demo, "tell", lambda *_: (_ for _ in ()).throw(TimeoutError("the server did not start")))
    try:
        with pytest.raises(TimeoutError, match="did not start"):
            demo.start(settings, lambda _settings, _logs: None if ended.wait(PATIENCE_S) else pytest.fail(), lambda: 0)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert ended.is_set()
