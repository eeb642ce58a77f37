"""A municipality with every form that ships, as the journeys of the field app find it."""

from pathlib import Path
from typing import Final

from backend.clock import WallClock
from backend.device.device import Device
from backend.municipality import lists
from forms.definition.library import LISTS, SLUGS, shipped_list, shipped_versions
from tests.fleet.world import LocalTransport, Server
from tests.journeys.field.tablet import TOWN
from tests.journeys.seats import prepared

OFFICE: Final = "desk:kantoor"  # as the desk names the devices of its people
DESK_STORE: Final = "desk.db"  # of the office's own device, beside the server's folder


def set_up(folder: Path) -> Path:
    """Set it up below a folder, where a terminal looks for it, and return the folder."""
    server = Server(folder / "d")
    server.clock.ms = WallClock().now_ms()
    known = server.municipality
    server.run(known.submit(lambda: known.staff.add("beheer", "admin", server.clock.ms, "set up")))
    prepared(server, "beheer", OFFICE)
    for name in LISTS:
        server.run(lists.revise(known, name, shipped_list(name), f"{name}.csv", "", "beheer"))
    for raw in (raw for slug in SLUGS for raw in shipped_versions(slug)):
        server.publish(raw)
    rows = (f"s{n};School {n};{('Voorbeeldstad', 'Proefdam')[n % 2]}\n" for n in range(40))
    schools = "code;naam;plaats\n" + "".join(rows)
    server.run(lists.revise(known, "scholen", schools.encode(), "scholen.csv", "Scholen", "beheer", anyway=True))
    invitation = server.run(known.enrolling.invite(OFFICE, "desk", "beheer"))
    Device.enrol(folder / DESK_STORE, None, invitation, LocalTransport(server), server.clock).store.close()
    (folder / "k").mkdir()
    (folder / "k" / f"{TOWN}.key").write_bytes(server.key_file)
    server.stop()
    return folder
