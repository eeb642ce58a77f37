"""A seeded fleet: real devices and the real server through loss, power cuts, bad clocks, backups, and what staff do.

It proves what it saw (`seen`) and, when the noise ends, that all are equal, that nothing acknowledged or queued is
missing, and that nobody has what was taken from them.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from backend.device.transport import ServerRefused
from backend.device.wiping import DeviceWiped
from backend.stores.ledger import Engine
from sync.device import KEEP_MS
from tests.fleet.desk import Office
from tests.fleet.judge import Judge
from tests.fleet.sailing import Sailing
from tests.fleet.sea import Sailor, Sea
from tests.fleet.staff import Staff
from tests.fleet.storms import Storms
from tests.stores.contract.later import Later


class Fleet:
    """Some phones, one server, and a die; with an office, the projection and people at the desk as well."""

    def __init__(
        self, folder: Path, seed: int, size: int = 3, *, office: bool = False, engine: Engine | None = None
    ) -> None:
        self._sea = sea = Sea(folder, seed, size, engine)
        work, storms, staff = Sailing(sea), Storms(sea), Staff(sea)
        self._staff = staff
        self._happens: tuple[tuple[Callable[[Sailor], object], float], ...] = (
            (work.write_new, 2), (work.begin, 14), (work.save, 14), (work.delete, 1), (sea.sync, 16),
            (work.resolve, 5), (work.wrong_clock_for_a_moment, 0.5), (work.give, 4), (work.lie, 2),
            (storms.cut_power, 1), (storms.cut_device_power, 1), (storms.jump_clock, 1), (storms.back_up_device, 3),
            (storms.restore_device, 3), (sea.back_up_server, 1), (sea.restore_server, 1),
            (staff.grant, 14), (staff.withdraw, 2), (staff.erase, 2), (staff.revoke, 1), (staff.second_phone, 1),
            (staff.forgotten_passphrase, 0.5), (staff.hand_in_without_bodies, 1),
        )  # fmt: skip
        if isinstance(engine, Later):
            self._happens += ((sea.ship, 8), (sea.lose_machine, 4))
        self._office = Office(sea, staff.erase_now) if office else None
        if self._office is not None:
            desk = self._office
            self._happens += (
                (desk.project, 6),
                (desk.resolve, 10),
                (desk.decide, 12),
                (desk.export, 8),
                (work.write_new, 6),
            )
        self._judge = Judge(sea, self._office)
        self.taken_away: list[str] = []

    @property
    def seen(self) -> Counter[str]:
        """What happened, by name."""
        return self._sea.seen

    @property
    def folder(self) -> Path:
        """The municipality's."""
        return self._sea.server.folder

    def end(self) -> None:
        """Let go of the municipality."""
        self._sea.server.stop()

    def step(self) -> None:
        """One thing happens."""
        sea = self._sea
        sea.server.clock.ms += sea.random.randrange(1, 600_000)
        sailor = sea.random.choice(sea.sailors)
        acts, weights = [act for act, _ in self._happens], [weight for _, weight in self._happens]
        sea.random.choices(acts, weights)[0](sailor)
        if sailor in sea.sailors:  # what a revoked phone photographs later does not count
            sea.photos.step(sailor, set(sailor.device.store.erased()))

    def settle(self) -> None:
        """Calm weather, until nobody has anything to send or to take in; then every record is everybody's."""
        sea = self._sea
        sea.server.run(sea.town.settling.settle())
        for _ in range(5):
            for sailor in (*sea.sailors, sea.stranger):
                sea.sync(sailor, calm=True)
        self._come_home()
        sea.server.run(sea.town.settling.settle())
        for sailor in tuple(sea.sailors):
            sea.sync(sailor, calm=True)
        self.taken_away = self._judge.before_all_is_shared()
        for record in sea.living():
            for worker in dict.fromkeys(sailor.worker for sailor in sea.sailors):
                self._staff.assign(record, worker)
        for _ in range(6):
            if self._office is not None:
                self._office.project(sea.sailors[0])  # what it sets aside goes to the phones too
            for sailor in tuple(sea.sailors):
                sea.sync(sailor, calm=True)
                sea.photos.send(sailor)
        sea.server.clock.ms += KEEP_MS + 1
        for sailor in sea.sailors:
            sea.photos.send(sailor)
        sea.server.run(sea.town.erasing.finish())
        sea.catch_up()  # only now the copy elsewhere lacks what was erased: it is searched like the rest

    def _come_home(self) -> None:
        """Whoever still has a phone that was ended tries it once more."""
        for phone in self._sea.ashore:
            try:
                self._sea.sync(phone, calm=True)
                if not phone.wiped:
                    self._sea.photos.send(phone)
                    self.seen["photos of an ended phone"] += phone.wiped
            except DeviceWiped:
                self.seen["wiped phone of no use"] += 1
            except ServerRefused:
                self.seen["ended phone refused"] += 1

    def differences(self) -> list[str]:
        """What is wrong, now that all is calm."""
        return [*self.taken_away, *self._judge.differences()]
