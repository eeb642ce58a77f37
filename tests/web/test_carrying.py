"""Requests that are carried to another process: whole, in both directions, and never by what a client claims."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from backend.municipality.shares import ProcessAway
from backend.web import carrying
from backend.web.carrying import Road, RoadToNode

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Asking:
    """A client's request as the front's server gives it, and what it got back."""

    def __init__(self, *pieces: bytes, method: str = "POST", headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
        self.scope: Any = {
            "type": "http", "method": method, "raw_path": b"/m/GM9901/x%20y", "query_string": b"a=1", "scheme": "https",
            "client": ("192.0.2.7", 1), "headers": [(b"host", b"veld.example"), *headers],
        }  # fmt: skip
        self.pieces = list(pieces)
        self.received = 0
        self.status, self.body, self.whole = 0, b"", False
        self.headers: dict[bytes, bytes] = {}

    async def receive(self) -> Any:
        if not self.pieces:
            return {"type": "http.disconnect"}
        self.received += 1
        return {"type": "http.request", "body": self.pieces.pop(0), "more_body": bool(self.pieces)}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
        else:
            self.body += message["body"]
            self.whole = not message["more_body"]

    async def over(self, road: Road) -> "Asking":
        await road(self.scope, self.receive, self.send)
        return self


def counted(*pieces: bytes) -> Asking:
    return Asking(*pieces, headers=((b"content-length", str(sum(map(len, pieces))).encode()),))


def run(folder: Path, handler: Handler, work: Callable[[Road], Awaitable[None]]) -> None:
    async def all_of_it() -> None:
        path = folder / "web.sock"
        async with await asyncio.start_unix_server(handler, str(path)):
            await work(Road(path))

    asyncio.run(all_of_it())


def test_a_request_goes_over_as_it_came_but_for_who_sends_it(tmp_path: Path) -> None:
    seen: list[bytes] = []

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            seen.append(head + await reader.readexactly(6))
            writer.write(OK)

    async def work(road: Road) -> None:
        claimed = ((b"x-forwarded-for", b"127.0.0.1"), (b"x-forwarded-proto", b"http"), (b"x-forwarded-host", b"evil"),
                   (b"connection", b"close"), (b"expect", b"100-continue"), (b"content-length", b"6"))  # fmt: skip
        for _ in range(2):
            asking = await Asking(b"abc", b"def", headers=claimed).over(road)
            assert (200, b"ok", True) == (asking.status, asking.body, asking.whole)
        road.close()

    run(tmp_path, handler, work)
    assert 2 == len(seen), "one connection served both"
    lines = seen[0].split(b"\r\n")
    assert b"POST /m/GM9901/x%20y?a=1 HTTP/1.1" == lines[0]
    assert {b"host: veld.example", b"content-length: 6", b"x-forwarded-for: 192.0.2.7", b"x-forwarded-proto: https",
            b"", b"abcdef"} == {*lines[1:]}  # fmt: skip


def test_bodies_without_a_length_are_whole_in_both_directions(tmp_path: Path) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"transfer-encoding: chunked" in head and b"content-length" not in head
        body = await reader.readuntil(b"0\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in (body, b"x" * 70_000):
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            await writer.drain()
        writer.write(b"0\r\n\r\n")

    async def work(road: Road) -> None:
        headers = ((b"transfer-encoding", b"chunked"), (b"content-length", b"3"))
        asking = await Asking(b"abc", b"", b"de", headers=headers).over(road)
        assert b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n" + b"x" * 70_000 == asking.body
        assert asking.whole and b"transfer-encoding" not in asking.headers
        road.close()

    run(tmp_path, handler, work)


@pytest.mark.parametrize(("method", "head"), [("HEAD", b"200 OK\r\ncontent-length: 9"), ("GET", b"304 Not Modified")])
def test_an_answer_without_a_body_waits_for_none(tmp_path: Path, method: str, head: bytes) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 " + head + b"\r\n\r\n")

    async def work(road: Road) -> None:
        for _ in range(2):
            asking = await Asking(method=method).over(road)
            assert asking.whole and b"" == asking.body
        road.close()

    run(tmp_path, handler, work)


def test_a_refusal_before_the_end_of_a_body_ends_the_upload(tmp_path: Path) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK.replace(b"200 OK", b"413 Too Large"))
        await reader.read()

    async def work(road: Road) -> None:
        asking = counted(*[b"x" * 65_536] * 400)
        receive = asking.receive

        async def slowly() -> Any:
            await asyncio.sleep(0.002)
            return await receive()

        asking.receive = slowly  # type: ignore[method-assign]
        await asking.over(road)
        assert (413, b"ok") == (asking.status, asking.body)
        assert asking.received < 200, "nobody is let send what was refused"

    run(tmp_path, handler, work)


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\ncontent-le"])
def test_a_process_that_ends_before_its_answer_began_is_away(tmp_path: Path, said: bytes) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        writer.close()

    async def work(road: Road) -> None:
        with pytest.raises(ProcessAway):
            await counted(b"x").over(road)
        with pytest.raises(ProcessAway):
            await Road(tmp_path / "nobody.sock").get("/x")

    run(tmp_path, handler, work)


def test_an_answer_that_breaks_off_is_never_whole(tmp_path: Path) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")
        writer.close()

    async def work(road: Road) -> None:
        asking = await Asking(method="GET").over(road)
        assert (b"half", False) == (asking.body, asking.whole)

    run(tmp_path, handler, work)


def test_a_process_that_does_not_answer_in_time_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying, "ANSWER_S_MAX", 0.05)

    async def handler(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def work(road: Road) -> None:
        with pytest.raises(ProcessAway):
            await Asking(method="GET").over(road)

    run(tmp_path, handler, work)


def test_a_process_that_stops_in_the_middle_keeps_no_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying, "ANSWER_S_MAX", 0.05)

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (await reader.readuntil(b"\r\n\r\n")).startswith(b"GET"):
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")
        await asyncio.sleep(20)

    async def work(road: Road) -> None:
        async with asyncio.timeout(10):
            with pytest.raises(ProcessAway):
                await counted(*[b"x" * 65_536] * 400).over(road)
            asking = await Asking(method="GET").over(road)
        assert (b"half", False) == (asking.body, asking.whole)

    run(tmp_path, handler, work)


def test_a_connection_to_another_server_is_not_used_when_that_may_close_it() -> None:
    assert RoadToNode("http://127.0.0.1:1")._idle_s < uvicorn.Config("").timeout_keep_alive


def test_a_client_that_goes_away_takes_its_request_along(tmp_path: Path) -> None:
    ended = asyncio.Event()

    async def handler(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        try:
            await reader.read()
        finally:
            ended.set()

    async def work(road: Road) -> None:
        asking = Asking(b"half", headers=((b"content-length", b"9"),))
        asking.pieces = [b"half", b"gone"]
        receive = asking.receive

        async def gone() -> Any:
            return await receive() if len(asking.pieces) > 1 else {"type": "http.disconnect"}

        asking.receive = gone  # type: ignore[method-assign]
        with pytest.raises(ProcessAway):
            await asking.over(road)
        await asyncio.wait_for(ended.wait(), 10)

    run(tmp_path, handler, work)
