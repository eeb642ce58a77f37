"""An address in the database that no server of ours put there: nothing is carried to it, whoever can write the row."""

import asyncio
import json
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, cast

import httpx
import psycopg
import pytest

from backend.municipality.registry import Municipalities
from backend.stores import open_stores
from backend.stores.node_marks import Claim, ThisNode
from backend.stores.nodes import server_key
from backend.web.app import create_app
from tests.clusters import shared
from tests.fleet.world import Server
from tests.stores.test_postgres import asked

CLAIM = Claim("GM9901", "m_gm9901_a", "one/1", "http://10.0.0.1:8321", 3, 5)
SECRET = b"een-wachtwoord"


def test_a_mark_fits_its_whole_row_and_the_key_of_these_servers(tmp_path: Path) -> None:
    one, two = (ThisNode(CLAIM.address, tmp_path / name) for name in ("one", "two"))
    mark, knows = one.mark(CLAIM), one.judge()
    assert knows(CLAIM, mark) and not knows(CLAIM, b"")
    for name, value in (
        ("municipality", "GM9902"), ("schema", "m_gm9902_b"), ("owner", "two/1"), ("address", "http://10.0.0.9:8321"),
        ("fence", 4), ("keys_fence", 6),
    ):  # fmt: skip
        assert not knows(Claim(**(CLAIM._asdict() | {name: value})), mark), name
    assert not two.judge()(CLAIM, mark), "a server without a key knows nobody"
    assert two.mark(CLAIM) != mark and not two.judge()(CLAIM, mark)
    (tmp_path / "two" / "server.key").write_text("no key")
    assert not two.judge()(CLAIM, mark)
    assert (b"", False) == (ThisNode().mark(CLAIM), ThisNode().judge()(CLAIM, b""))


def test_of_many_that_make_the_key_at_once_one_does(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert 1 == len(set(pool.map(server_key, [tmp_path / "keys"] * 8)))
    assert ["server.key"] == [path.name for path in (tmp_path / "keys").iterdir()]


class Taker:
    """Listens where another server might, and keeps all that it is brought."""

    def __init__(self) -> None:
        self.got = b""

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while piece := await reader.read(4096):
                self.got += piece
                if self.got.endswith(SECRET):
                    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")

        async with await asyncio.start_server(take, "127.0.0.1", 0) as made:
            yield f"http://127.0.0.1:{made.sockets[0].getsockname()[1]}"


class Row:
    """The row of a municipality, as whoever runs the database reads and writes it."""

    def __init__(self, folder: Path) -> None:
        self.schema = json.loads((folder / "journal.pg").read_bytes())["schema"]

    def write(self, columns: dict[str, Any]) -> None:
        for name, value in columns.items():
            shown = f"'\\x{value.hex()}'" if isinstance(value, bytes) else f"'{value}'"
            asked(f"update veldpost.municipality set {name} = {shown} where schema = '{self.schema}'")

    def read(self) -> dict[str, Any]:
        names = "owner", "address", "fence", "address_mark"
        found = asked(f"select {', '.join(names)} from veldpost.municipality where schema = '{self.schema}'")
        return dict(zip(names, found, strict=True))

    def held(self) -> Any:
        """A session that has the lease."""
        holder = psycopg.connect(shared()[0], autocommit=True)
        holder.execute("select pg_advisory_lock(hashtextextended(%s, 0))", (self.schema,))
        return closing(holder)


class Carrier:
    """A server that has not the municipality, and somebody who signs in there."""

    def __init__(self, server: Server, keys: Path) -> None:
        self.towns = Municipalities(server.folder.parent, keys, server.clock)
        self.towns.open_all()
        self._road = httpx.ASGITransport(cast(Any, create_app(self.towns, server.clock)))

    async def ask(self, method: str = "POST", path: str = "/m/GM9901/sign-in", **headers: str) -> httpx.Response:
        for _ in range(2):  # it doubts once, for a server may be taking over
            await self.towns.look()
        said = {"cookie": "session=geheim", "accept": "application/json"} | headers
        async with httpx.AsyncClient(transport=self._road, base_url="http://veld.example") as client:
            return await client.request(method, path, content=SECRET, headers=said)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    journal, keys = shared()
    settings = {"JOURNAL": journal, "KEY_STORE": keys, "STANDBY": "none", "KEYS": str(tmp_path / "keys")}
    for name, value in settings.items():
        monkeypatch.setenv(f"VELDPOST_{name}", value)
    made = Server(tmp_path / "data")
    made.stop()
    return made


def test_whoever_writes_the_row_gets_no_request(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, own, rogue = Row(server.folder), Taker(), Taker()

    async def story(address: str, elsewhere: str) -> None:
        monkeypatch.setenv("VELDPOST_NODE", address)
        for _ in range(2):
            earlier = row.read()
            open_stores().open(server.folder).close()
        right = row.read()
        assert earlier["fence"] < right["fence"] and address == right["address"] == earlier["address"]
        with row.held():
            carrier = Carrier(server, tmp_path / "keys")
            assert "ok" == (await carrier.ask()).text and b"geheim" in own.got, "one of ours is brought it"
            held = await carrier.ask(**{"x-veldpost-carried": "1"})
            assert "lease-held" == held.json()["code"]
            own.got = b""
            for wrong in (
                {"address": elsewhere}, {"address": elsewhere, "address_mark": b""}, {"address_mark": bytes(32)},
                {"owner": "somebody"}, {"address": "http://127.0.0.1:1@evil"}, {"fence": right["fence"] + 1}, earlier,
            ):  # fmt: skip
                row.write({**right, **wrong})
                refused = await carrier.ask()
                assert 503 == refused.status_code, wrong
                assert ("node-unknown", "5") == (refused.json()["code"], refused.headers["retry-after"])
                for inner in (elsewhere, address, right["owner"]):
                    assert inner not in refused.text and inner not in held.text, "told to strangers"
            row.write(right)
            assert "ok" == (await carrier.ask()).text
            own.got = b""
            (tmp_path / "keys" / "server.key").write_text("00" * 32)
            assert "node-unknown" == (await carrier.ask()).json()["code"]
            assert (["GM9901"], {}) == ([*carrier.towns.broken], carrier.towns.elsewhere())
            assert "node-unknown" in (await carrier.ask("GET", "/", accept="text/html")).text
            assert (b"", b"") == (own.got, rogue.got)
            await carrier.towns.close_all()

    async def both() -> None:
        async with own.listening() as address, rogue.listening() as elsewhere:
            await story(address, elsewhere)

    asyncio.run(both())
