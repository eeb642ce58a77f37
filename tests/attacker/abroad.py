"""The municipality as a server process on loopback, under the same phones and the same model.

Staff act while the process is stopped, as an operator does who opens the folder: so it is started anew after each of
their acts, and what they decided must hold from the first answer on. Requests go over sockets, one after the other.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from backend.clock import WallClock
from tests.attacker.phone import Phone, Reply
from tests.attacker.town import CODE, Recorded, Town
from tests.processes import PATIENCE_S, Process


class Abroad(Town):
    """A town whose requests go to a process of its own from `open` to `shut`; staff act while it is shut."""

    def __init__(self, folder: Path, seed: int = 0) -> None:
        self.process: Process | None = None
        self.off_ms = 0  # how far the phones' clocks are off
        super().__init__(folder, seed)
        self.clock.ms = WallClock().now_ms()

    def stranger(self, worker: str) -> Phone:
        """A device on the wall clock that nobody certified."""
        return Phone(worker, CODE, self.send, lambda: WallClock().now_ms() + self.off_ms, self.random)

    @contextmanager
    def process_of_its_own(self) -> Iterator[None]:
        """A server process for as long as this lasts, ended whatever happens."""
        keys = self.folder / "process-keys"
        keys.mkdir(exist_ok=True)
        (keys / f"{CODE}.key").write_bytes(self.server.key_file)
        self.server.stop()
        with Process(self.folder / "data", keys) as self.process:
            self._dial()
            yield
            self.process.stop()
            self.client.close()
        self.process = None
        self.clock.ms = WallClock().now_ms()
        self.server.start()
        self.serve()

    def kill(self) -> None:
        """End the process in the middle of whatever it does, and start it anew."""
        assert self.process is not None
        self.process.kill()
        self.process.start()
        self._dial()

    def _dial(self) -> None:
        assert self.process is not None
        self.client = httpx.Client(base_url=self.process.url, timeout=PATIENCE_S)

    def resend(self, sent: Recorded) -> Reply:
        """A request, as it was recorded; over a socket while there is a process."""
        if self.process is None:
            return super().resend(sent)
        answer = self.client.request(sent.method, sent.target, headers=dict(sent.headers), content=sent.body)
        reply = Reply(answer.status_code, dict(answer.headers), answer.content)
        self.model.saw(*sent, reply)
        return reply
