"""Three machines for PostgreSQL and one beside Veldpost: containers of Debian with their own systemd and addresses."""

import re
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Final

from tests.processes import wait_until

NEEDED: Final = ("debootstrap", "systemd-nspawn", "nsenter", "ip")
BRIDGE: Final = "vp"
NETWORK: Final = "10.77.3"
ADDRESSES: Final = {"db1": f"{NETWORK}.11", "db2": f"{NETWORK}.12", "db3": f"{NETWORK}.13", "app1": f"{NETWORK}.21"}
THREE: Final = ("db1", "db2", "db3")
PASSWORD: Final = "voor-de-proef"
INCLUDED: Final = "systemd-sysv,dbus,ca-certificates,iproute2,procps"
MIRROR: Final = "http://deb.debian.org/debian"
DOCS: Final = Path(__file__).parents[2] / "docs" / "cluster"
PLACES: Final = re.compile(r"  # (on each|on one|on the leader|beside Veldpost)")


def place_of(line: str) -> str:
    """Where a line is typed: on each of the three, on one, on the leader, or beside Veldpost; else empty."""
    found = PLACES.search(line)
    return found[1] if found else ""


class Machines:
    """The four; `leader` is the one of the journals."""

    waits = "required"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def make(self) -> None:
        """Fetch Debian once, and boot it four times."""
        base = self.folder / "base"
        words = ["debootstrap", "--variant=minbase", f"--include={INCLUDED}", "bookworm", str(base), MIRROR]
        subprocess.run(words, check=True, capture_output=True, timeout=1_800)
        (self.folder / "backups").mkdir(mode=0o777)
        (self.folder / "backups").chmod(0o777)
        hosts = "".join(f"{address} {name}\n" for name, address in ADDRESSES.items())
        for command in (("link", "add", BRIDGE, "type", "bridge"), ("addr", "add", f"{NETWORK}.1/24", "dev", BRIDGE),
                        ("link", "set", BRIDGE, "up")):  # fmt: skip
            subprocess.run(["ip", *command], check=True)
        for name, address in ADDRESSES.items():
            root = self.folder / name
            subprocess.run(["cp", "-a", str(base), str(root)], check=True)
            (root / "etc/hostname").write_text(f"{name}\n")
            (root / "etc/hosts").write_text(f"127.0.0.1 localhost\n{hosts}")
            (root / "etc/machine-id").unlink(missing_ok=True)
            shutil.copyfile("/etc/resolv.conf", root / "etc/resolv.conf")
            links = root / "etc/systemd/network/10-host0.network"
            links.write_text(f"[Match]\nName=host0\n[Network]\nAddress={address}/24\n")
            shutil.copytree(DOCS, root / "opt/veldpost/docs/cluster")
            template = root / "opt/veldpost/docs/cluster/config.yml.in"
            template.write_text(template.read_text().replace("CHANGE-THIS", PASSWORD))
            self.boot(name)
            self.type(name, "systemctl enable --now systemd-networkd")

    def boot(self, name: str) -> None:
        """Start a machine, and wait until it runs."""
        words = ["systemd-nspawn", "--quiet", "-D", str(self.folder / name), f"--machine={BRIDGE}-{name}", "--boot"]
        words += ["--register=no", "--keep-unit", f"--network-bridge={BRIDGE}", f"--hostname={name}"]
        words += [f"--bind={self.folder / 'backups'}:/var/lib/pgbackrest", "--console=pipe"]
        nothing = subprocess.DEVNULL
        self._running[name] = subprocess.Popen(words, stdin=nothing, stdout=nothing, stderr=nothing)
        wait_until(lambda: self._is_up(name), f"{name} boots")

    def _is_up(self, name: str) -> bool:
        assert self._running[name].poll() is None, f"{name} ended"
        try:
            return self.type(name, "systemctl is-system-running || true").strip() in ("running", "degraded")
        except AssertionError:  # its first process is not what it will be yet
            return False

    def _first(self, name: str) -> int | None:
        """The number of the first process in a machine."""
        main = self._running[name].pid
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        return int(children[0]) if children else None

    def type(self, name: str, line: str, *, abroad: bool = False) -> str:
        """What a line says there, as root; fails with it where it fails. `abroad` has the network of this machine."""
        first = self._first(name)
        if first is None:
            return ""
        spaces = ["--mount", "--pid", "--uts", "--ipc", *([] if abroad else ["--net"])]
        words = ["nsenter", f"--target={first}", *spaces, f"--root=/proc/{first}/root", "--wdns=/", "bash", "-c", line]
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=900, check=False)
        assert 0 == done.returncode, f"{name}: {line}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        return done.stdout

    def kill(self, name: str) -> None:
        """The machine ends: all of its processes are killed at once."""
        first = self._first(name)
        assert first is not None
        subprocess.run(["kill", "-9", str(first)], check=True)
        self._running[name].wait()

    # --- the cluster ---

    def _members(self, cluster: str) -> dict[str, str]:
        """The role of each member of a cluster that runs, as its Patroni says it."""
        asked = next(name for name in THREE if self._running[name].poll() is None)
        said = self.type(asked, f"patronictl -c /etc/patroni/15-{cluster}.yml list --format tsv 2>/dev/null")
        rows = [line.split("\t") for line in said.splitlines()[1:]]
        return {row[1]: row[3] for row in rows if row[4] in ("running", "streaming")}

    def whole(self) -> bool:
        """Whether both clusters have three members, one of which leads and one of which confirms."""
        found = [sorted(self._members(cluster).values()) for cluster in ("journal", "keys")]
        return found == [["Leader", "Replica", "Sync Standby"]] * 2

    def leads(self, name: str) -> bool:
        """Whether a machine leads both clusters."""
        return all(self._members(cluster).get(name) == "Leader" for cluster in ("journal", "keys"))

    @property
    def leader(self) -> str:
        """The machine that leads the journals."""
        return next(name for name, role in self._members("journal").items() if role == "Leader")

    @property
    def address(self) -> str:
        """The address of the journals."""
        return f"postgresql://veldpost:{PASSWORD}@{ADDRESSES['app1']}:5432/journal"

    @property
    def keys_address(self) -> str:
        """The address of the keys."""
        return f"postgresql://veldpost:{PASSWORD}@{ADDRESSES['app1']}:5433/keys"

    def fail_over(self) -> None:
        """The machine that leads ends."""
        self._gone = self.leader
        self.kill(self._gone)

    def renew(self) -> None:
        """It comes back, and nobody types anything."""
        self.boot(self._gone)
        wait_until(self.whole, "the machine joins the others again")

    def end(self) -> None:
        """End all of them, and the bridge."""
        for machine in self._running.values():
            if machine.poll() is None:
                machine.send_signal(signal.SIGTERM)
        for machine in self._running.values():
            try:
                machine.wait(60)
            except subprocess.TimeoutExpired:
                machine.kill()
                machine.wait()
        subprocess.run(["ip", "link", "del", BRIDGE], check=False, capture_output=True)
