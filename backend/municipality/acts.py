"""Acts of staff on devices and entries: a device ends, an entry counts no more. `sync.acting` decides each act.

Records are opened and taken away in `opening.py`, erased in `erasing.py`; devices are invited in `enrolling.py`.
"""

from typing import Any, Protocol

from backend.clock import Clock
from backend.errors import refused
from backend.municipality.auditing import Auditing
from backend.municipality.custody import Custody
from backend.municipality.exchange import Exchange
from backend.municipality.granting import Granting
from backend.municipality.intake import Intake
from backend.municipality.outside import Outside
from backend.municipality.taking_away import TakingAway
from backend.municipality.writer import Writer
from sync import acting
from sync.acting import Act, Denial
from sync.facts import Fact, Revocation


class Town(Protocol):
    """The parts of a municipality that its acts need."""

    clock: Clock
    outside: Outside
    intake: Intake
    granting: Granting
    exchanges: Exchange
    writer: Writer
    auditing: Auditing
    taking_away: TakingAway

    @property
    def custody(self) -> Custody: ...


class Acts:
    """The acts of staff in one municipality, each with its line in the audit."""

    def __init__(self, town: Town) -> None:
        self._town = town

    def sign(self, fact: Any, staff: str, act: str, record: bytes | None = None, detail: str = "") -> Any:
        """Sign and journal a fact, with its audit line; inside a transaction. What takes away is listed first, by the
        intake."""
        town = self._town
        signed: Fact = town.custody.signed(fact)
        town.intake.take_fact(signed, town.clock.now_ms())
        town.auditing.write(staff, act, record, detail)
        return signed

    async def revoke(
        self, device: bytes, staff: str, *, last_seq: int | None = None, stolen: bool = False
    ) -> tuple[bytes, ...]:
        """End a device: what it wrote after its last good entry does not count. Returns the devices that took its
        place and are not revoked: each is revoked by name."""
        town = self._town

        def work() -> tuple[bytes, ...]:
            ended = acting.end(device, town.clock.now_ms(), town.exchanges, stolen=stolen, last_seq=last_seq)
            if isinstance(ended, Denial):
                raise refused(ended)
            self.end(ended.act, staff)
            return ended.heirs

        return await town.taking_away.run(work)

    def end(self, act: Act, staff: str) -> None:
        """Sign the end of a device, after what it said and the server took; inside a transaction."""
        town = self._town
        assert isinstance(act.fact, Revocation)
        town.granting.copy(town.custody, town.clock.now_ms())
        self.sign(act.fact, staff, "revoke", detail=act.fact.device.hex())
        town.granting.copy(town.custody, town.clock.now_ms())  # and what its chain displaced

    async def set_aside(self, record: bytes, hash_: bytes, reason: str, staff: str) -> None:
        """Leave an entry out of every merge because it failed a reader's check."""
        act = acting.set_aside(record, hash_, reason, self._town.exchanges)
        await self._town.writer.submit(lambda: self.sign(act.fact, staff, "set-aside", record, reason))
