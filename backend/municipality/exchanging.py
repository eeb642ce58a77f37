"""The way of one exchange through a municipality: its turn, checks before the transaction, grants, then the writer."""

from collections.abc import Generator

from backend.clock import Clock
from backend.municipality.exchange import Exchange
from backend.municipality.first import grants_first
from backend.municipality.turns import Turns
from backend.municipality.writer import Writer
from sync.deciding import Prepared
from sync.exchange import check_request
from sync.messages import read_request


class Exchanging:
    """Answers the exchanges of devices, one at a time for each device."""

    def __init__(self, exchanges: Exchange, writer: Writer, clock: Clock) -> None:
        self.turns = Turns()
        self._exchanges = exchanges
        self._writer = writer
        self._clock = clock
        self.under_way = 0  # exchanges that are being answered: whoever can wait lets them go first

    async def exchange(self, device: bytes, raw: bytes, time_ms: int) -> bytes:
        """One exchange of a device whose signature, made at `time_ms`, was checked; MessagePack in and out."""
        turns, exchanges = self.turns, self._exchanges
        now = turns.clock()
        purse = turns.ask(device, now)
        if not purse.start(now):
            await turns.wait(purse)
        self.under_way += 1
        try:
            prepared = await purse.work(self._prepared(device, raw, time_ms))
            prepared = await grants_first(exchanges, self._writer, prepared, purse)
            return await self._writer.ask(exchanges.request(prepared), purse)
        finally:
            self.under_way -= 1
            purse.leave()

    def _prepared(self, device: bytes, raw: bytes, time_ms: int) -> Generator[None, None, Prepared]:
        request = read_request(raw)
        check_request(request, time_ms)
        return (yield from self._exchanges.prepare(device, request, self._clock.now_ms()))
