"""What happens to machines: power cuts, bad clocks, and copies that are put back."""

import shutil
from typing import Any

from backend.device.device import Device
from backend.device.store import DeviceStore
from backend.device.syncing import Sync
from backend.municipality.exchange import Exchange
from tests.fleet.sailing import YEARS_MS
from tests.fleet.sea import PowerCut, Sailor, Sea
from tests.fleet.world import LocalTransport


class Storms:
    """The accidents of machines."""

    def __init__(self, sea: Sea) -> None:
        self._sea = sea
        self._random = sea.random

    def cut_power(self, sailor: Sailor) -> None:
        """The server goes down in the middle of a transaction, after everything was written and before the commit."""
        save = Exchange.save

        def dies(exchange: Exchange, decided: Any) -> bytes:
            save(exchange, decided)
            raise PowerCut

        Exchange.save = dies  # type: ignore[method-assign, assignment]
        try:
            self._sea.sync(sailor)
        finally:
            Exchange.save = save  # type: ignore[method-assign]
        self._sea.server.stop()
        self._sea.server.start()
        self._sea.seen["server power cut"] += 1

    def cut_device_power(self, sailor: Sailor) -> None:
        """A device dies in the middle of saving or of taking in: with a word written, or an answer half read."""
        put = DeviceStore.put

        def dies(_store: DeviceStore, _name: str, _value: Any) -> None:
            raise PowerCut

        DeviceStore.put = dies  # type: ignore[method-assign, assignment]
        try:
            if self._random.random() < 0.5:
                sailor.device.create("huisbezoek", 1, {"/duiding": "een woord dat nooit bewaard werd"})
            else:
                Sync(sailor.device, LocalTransport(self._sea.server)).run(limit=1)
        except PowerCut:
            self._sea.seen["device power cut"] += 1
        finally:
            DeviceStore.put = put  # type: ignore[method-assign]
        if self._random.random() < 0.5:  # else it was a full disk: the device goes on with what it has in memory
            sailor.reopen()

    def jump_clock(self, sailor: Sailor) -> None:
        """A clock goes wrong, or right, for long."""
        sailor.clock.off_ms = self._random.choice((0, -YEARS_MS, YEARS_MS, 3_600_000))
        self._sea.seen["clock jump"] += 1

    def back_up_device(self, sailor: Sailor) -> None:
        """A phone is copied, as phones copy themselves."""
        self._sea.copy_phone(sailor, sailor.path.with_suffix(".backup"))

    def restore_device(self, sailor: Sailor) -> None:
        """Back to an older state; what only this device held is lost with it, as it is in life."""
        backup, sea = sailor.path.with_suffix(".backup"), self._sea
        if not backup.exists():
            return
        sea.sync(sailor, calm=True)
        if not sea.is_on_server(sailor) or sea.photos.hand_over(sailor):
            return
        sea.back_up_server()  # a device and the server's last days lost at once is beyond what any copy can heal
        old = sailor.device.id
        sailor.forget_files()
        shutil.copy(backup, sailor.path)
        sea.told.discard(sailor.path)
        sailor.device = Device(DeviceStore(sailor.path, None), sailor.clock)
        sailor.open.clear()
        sea.seen["device restored"] += 1
        if sailor.device.id != old:  # the copy is of before its succession: its id has ended
            sea.sync(sailor, calm=True)
            if not sailor.wiped:
                sea.photos.send(sailor)
            sea.seen["copy of a replaced phone wiped"] += sailor.wiped
            sea.end(sailor)
            sea.enrol(sailor.worker)
