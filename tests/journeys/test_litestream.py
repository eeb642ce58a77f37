"""The example of docs/operators.md with Litestream: a copy that follows, a machine that goes, and what came of it.

Slow. Litestream comes with `make readers`; where it is not, this is skipped, and said. Its configuration is the page's,
with folders in the place of other machines.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import sqlcipher3

from backend.device.syncing import Sync
from backend.device.transport import HttpTransport, Unreachable
from tests.journeys.terminal import Terminal
from tests.journeys.test_first_run import PHRASE, STAFF, TOWN, enrolled, set_up
from tests.processes import PATIENCE_S, wait_until

PAGE: Final = (Path(__file__).parents[2] / "docs" / "operators.md").read_text()
LITESTREAM: Final = shutil.which("litestream", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
STORES: Final = {"journal": "entry", "keys": "wrap"}  # and the table by which a copy is known to be up to date
PASS: Final = ("--passphrase", *STAFF)

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(LITESTREAM is None, reason="NO COPY FOLLOWS: Litestream is not installed here (`make readers`)"),
]


class Following:
    """The two processes of the page, and where their copies lie."""

    def __init__(self, folder: Path, data: Path) -> None:
        self._folder, self._data = folder, data
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.sockets = folder / "run"
        self.sockets.mkdir()
        for store in STORES:
            [found] = re.findall(rf"^    # /etc/litestream/{store}\.yml.*\n((?:    .*\n)+)", PAGE, re.MULTILINE)
            mine = found.replace("/var/lib/veldpost/data/GM0228", str(data))
            mine = re.sub(r"\{type: sftp.*\}", f"{{type: file, path: {folder}/copies/{store}}}", mine)
            mine = mine.replace("/run/veldpost-copy", str(self.sockets))
            assert str(data) in mine and "type: file" in mine and "retention" in mine and str(self.sockets) in mine
            (folder / f"{store}.yml").write_text(mine)

    def start(self) -> None:
        for store in STORES:
            self._running[store] = subprocess.Popen(
                [str(LITESTREAM), "replicate", "-config", str(self._folder / f"{store}.yml")],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, umask=0o077,
            )  # fmt: skip

    def end(self, number: int = signal.SIGTERM) -> None:
        for one in self._running.values():
            one.send_signal(number)
            one.wait(PATIENCE_S)
        self._running = {}

    def reset(self) -> None:
        for store in STORES:
            self._do("reset", "-config", str(self._folder / f"{store}.yml"), str(self._data / f"{store}.db"))

    def restore(self, store: str, to: Path) -> Path:
        to.unlink(missing_ok=True)
        self._do("restore", "-o", str(to), f"file://{self._folder}/copies/{store}")
        return to

    def holds(self, device: bytes) -> int:
        """The last entry of a device that the copies have, with its key."""
        journal = self.restore("journal", self._folder / "look-journal.db")
        keys = self.restore("keys", self._folder / "look-keys.db")
        with closing(sqlcipher3.connect(str(journal))) as db:
            rows = db.execute("select seq, record from entry where device = ? order by seq", (device,)).fetchall()
        with closing(sqlcipher3.connect(str(keys))) as db:
            known = {row[0] for row in db.execute("select record from wrap")}
        lacking = [seq for seq, record in rows if record not in known]
        return int(lacking[0] - 1 if lacking else rows[-1][0] if rows else 0)

    def _do(self, *words: str) -> None:
        done = subprocess.run([str(LITESTREAM), *words], capture_output=True, text=True, check=False)
        assert 0 == done.returncode, done.stderr

    def is_up_to_date(self) -> bool:
        for store, table in STORES.items():
            try:
                copied = self.restore(store, self._folder / f"look-{store}.db")
            except AssertionError:
                return False  # there is none yet
            if counted(copied, table) != counted(self._data / f"{store}.db", table):
                return False
        return True


def counted(path: Path, table: str) -> int:
    with closing(sqlcipher3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        return int(db.execute(f"select count(*) from {table}").fetchone()[0])


@pytest.fixture
def terminals(tmp_path: Path) -> Iterator[tuple[Terminal, Terminal, Following]]:
    made = []
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        made.append(Terminal(tmp_path / name))
    follows = Following(tmp_path, tmp_path / "here" / "d" / TOWN)
    yield made[0], made[1], follows
    follows.end(signal.SIGKILL)
    for terminal in made:
        if terminal.server is not None and terminal.server.poll() is None:
            terminal.stop()


def opened(terminal: Terminal) -> None:
    set_up(terminal)
    terminal.start("serve")
    terminal.seat(TOWN, "beheer", PHRASE)
    for words in (("unlock", TOWN, *PASS), ("key-file", TOWN, *PASS)):
        assert 0 == terminal.type(*words, stdin=PHRASE + "\n").returncode


def test_what_follows_is_put_back_on_an_empty_machine(
    terminals: tuple[Terminal, Terminal, Following], tmp_path: Path
) -> None:
    here, there, follows = terminals
    opened(here)
    device, road = enrolled(here, "werker-een")
    follows.start()
    made = [device.create("huisbezoek", 1, {"/toegang": "binnen"}) for _ in range(3)]
    assert 0 == Sync(device, road).run().unsent
    wait_until(follows.is_up_to_date, "the copies follow")
    assert 0 == here.rows("verify", TOWN, *STAFF)[-1]["faults"], "what Litestream put into the stores is no fault"

    # an erasure is done at once, names what Litestream holds, and is finished when it was reset
    [row] = here.rows("erase", TOWN, made[0].hex(), "--reason", "request")
    assert not row["finished"]
    for place in ("keys.db-wal", ".keys.db-litestream", ".journal.db-litestream"):
        assert any(place in left for left in row["left"]), row
    assert "litestream reset" in str(here.rows("erasures", TOWN)[0]["left"])
    follows.end()
    follows.reset()
    wait_until(lambda: bool(here.rows("erasures", TOWN)[0]["finished"]), "the erasure is finished")
    follows.start()
    made.append(device.create("huisbezoek", 1, {"/toegang": "geweigerd"}))
    assert 0 == Sync(device, road).run().unsent
    wait_until(follows.is_up_to_date, "the copies follow again")

    # the copies end; what comes then has a receipt, and is in none of them
    follows.end(signal.SIGKILL)
    made.append(device.create("huisbezoek", 1, {"/toegang": "binnen"}))
    assert 0 == Sync(device, road).run().unsent
    held = here.rows("status")[0]["entries"]
    here.kill()

    back(here, there, follows, tmp_path)
    assert held - 1 == there.rows("status")[0]["entries"], "a receipt does not say that it is in a copy"
    Sync(device, HttpTransport(f"http://127.0.0.1:{there.env['VELDPOST_PORT']}")).run()
    assert held == there.rows("status")[0]["entries"], "a new life: the device hands in what the copy lacks"
    there.seat(TOWN, "dora", PHRASE)
    shown = {row["_record"] for row in there.rows("records", TOWN, "huisbezoek", "--staff", "dora")}
    assert {record.hex() for record in made[1:]} == shown, "what was erased stays away"
    assert 0 == there.rows("verify", TOWN)[-1]["faults"]


def test_what_is_called_durable_is_in_both_copies_and_a_lost_machine_takes_nothing_along(
    terminals: tuple[Terminal, Terminal, Following], tmp_path: Path
) -> None:
    """Both are killed while four phones write; each forgets all that was called durable, and nothing is missing."""
    here, there, follows = terminals
    here.env["VELDPOST_COPY"] = str(follows.sockets)
    opened(here)
    phones = [enrolled(here, f"werker-{number}") for number in range(4)]
    follows.start()
    over, seen = threading.Event(), threading.Lock()
    ahead: list[str] = []
    answered = dict.fromkeys(range(4), 0)

    def writes(number: int) -> None:
        device, road = phones[number]
        while not over.is_set():
            device.create("huisbezoek", 1, {"/toegang": "binnen"})
            with suppress(Unreachable, httpx.HTTPError):
                Sync(device, road).run()
                answered[number] += 1
            durable = device.memory.durable
            with seen:  # one restore at a time: after an answer the copy may have more, and never less
                held = follows.holds(device.id) if durable else 0
            if held < durable:
                ahead.append(f"{durable} called durable, {held} in the copy")

    threads = [threading.Thread(target=writes, args=(number,)) for number in answered]
    for thread in threads:
        thread.start()
    wait_until(lambda: all(device.memory.durable >= 3 for device, _ in phones), "something of each is durable")
    assert here.server is not None
    here.server.kill()
    follows.end(signal.SIGKILL)
    over.set()
    for thread in threads:
        thread.join()
    here.server.wait(PATIENCE_S)
    assert [] == ahead and min(answered.values()) > 3
    for device, _ in phones:
        device.store.remove_own(device.id, 1, device.memory.durable)
    back(here, there, follows, tmp_path)
    road = HttpTransport(f"http://127.0.0.1:{there.env['VELDPOST_PORT']}")
    for device, _ in phones:
        for _ in range(2):
            Sync(device, road).run()
    written = sum(device.pen.head.seq for device, _ in phones)
    assert written == there.rows("status")[0]["entries"]
    there.seat(TOWN, "dora", PHRASE)
    assert 0 == there.rows("verify", TOWN)[-1]["faults"]


def back(here: Terminal, there: Terminal, follows: Following, tmp_path: Path) -> None:
    """Put the copies back where nothing is, with the vault and the list, and start."""
    data, keys = there.folder / "d" / TOWN, there.folder / "k"
    for folder in (data.parent, data, keys):
        folder.mkdir(mode=0o700)
    for store in STORES:
        follows.restore(store, data / f"{store}.db")
    shutil.copytree(here.folder / "d" / TOWN / "vault", data / "vault")
    for name in (f"{TOWN}.list", f"{TOWN}.key"):
        shutil.copy2(here.folder / "k" / name, keys / name)
    there.seats = {}
    there.start("serve")


def test_a_copy_is_kept_as_long_as_the_page_says_and_no_longer(tmp_path: Path) -> None:
    """What stands under `snapshot` counts, in each configuration; Litestream passes over what it does not know."""
    told: dict[str, Any] = {}
    for store in STORES:
        [found] = re.findall(rf"^    # /etc/litestream/{store}\.yml.*\n((?:    .*\n)+)", PAGE, re.MULTILINE)
        assert 1 == found.count("retention") and found.index("retention") < found.index("dbs:")
        told[store] = int(re.findall(r"retention: (\d+)h", found)[0])
        assert 24 <= told[store], "no shorter than the interval of snapshots"
    assert told["keys"] < told["journal"]
    with closing(sqlcipher3.connect(str(tmp_path / "a.db"), isolation_level=None)) as db:
        db.execute("pragma journal_mode = wal").fetchone()
        db.execute("create table t (x)")
        (tmp_path / "a.yml").write_text(
            f"snapshot: {{interval: 1s, retention: 3s}}\ndbs:\n  - path: {tmp_path}/a.db\n"
            f"    replica: {{type: file, path: {tmp_path}/copies}}\n"
        )
        words = [str(LITESTREAM), "replicate", "-config", str(tmp_path / "a.yml")]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as follows:
            seen: set[str] = set()

            def goes() -> bool:
                db.execute("insert into t values (1)")
                there = {path.name for path in (tmp_path / "copies").glob("ltx/9/*")}
                seen.update(there)
                return bool(seen - there)

            try:
                wait_until(goes, "an old copy goes")
            finally:
                follows.terminate()
