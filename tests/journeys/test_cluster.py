"""Three machines become a cluster by the lines of docs/operators.md; then the one that leads ends, twice, while devices
write. Nothing that was received is missing, and what comes back joins again by itself. Slow, by root."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.test_failover import kept_apart
from tests.journeys.three_machines import ADDRESSES, NEEDED, NETWORK, PASSWORD, THREE, Machines, place_of
from tests.journeys.typist import lines_of
from tests.processes import wait_until

PAGE = Path(__file__).parents[2] / "docs" / "operators.md"
LACKS = [name for name in NEEDED if shutil.which(name) is None]

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(os.geteuid() != 0, reason="NO CLUSTER OF THREE: only root can make one"),
    pytest.mark.skipif(bool(LACKS), reason=f"NO CLUSTER OF THREE: {', '.join(LACKS)} is not installed here"),
]


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    made = Machines(tmp_path)
    try:
        made.make()
        yield made
    finally:
        made.end()


def typed(machines: Machines, line: str) -> None:
    """Type a line where the page says, with what it leaves open filled in."""
    where, command = place_of(line), line.partition("  #")[0]
    command = command.replace("apt-get install", "apt-get update -q && apt-get install -y")
    names = {"on each": THREE, "on one": THREE[:1], "beside Veldpost": ("app1",)}.get(where) or (machines.leader,)
    for name in names:
        filled = command.replace("ADDRESS", ADDRESSES[name]).replace("PASSWORD", PASSWORD)
        filled = filled.replace("NETWORK", f"{NETWORK}.0/24")
        if "haproxy.cfg" in filled:  # the server of this test is on another machine
            machines.type(name, "sed -i 's/bind 127.0.0.1:/bind *:/' /opt/veldpost/docs/cluster/haproxy.cfg")
        machines.type(name, filled, abroad="apt-get" in filled)
        if "patroni@" in filled and name == THREE[0]:
            wait_until(lambda: machines.leads(THREE[0]), "one machine leads both clusters")
    if "patroni@" in line:
        wait_until(machines.whole, "three machines are a cluster")


def test_the_lines_of_the_page_make_a_cluster_that_outlives_its_leader(
    machines: Machines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for line in filter(place_of, lines_of(PAGE)):
        typed(machines, line)
        if "apt-get" in line and "pgbackrest" in line:
            for name in THREE:
                machines.type(name, "chown postgres /var/lib/pgbackrest && chmod 0750 /var/lib/pgbackrest")
    said = machines.type(machines.leader, "runuser -u postgres -- pgbackrest info")
    assert 2 == said.count("full backup: ") and 2 == said.count("status: ok"), said
    kept_apart(machines, machines.keys_address, tmp_path / "served", 0, monkeypatch, times=2)
