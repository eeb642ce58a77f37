"""Throw-away clusters of PostgreSQL for tests: made once for a process, in memory where there is room, gone with it.

Debian's package is enough (`/usr/lib/postgresql/*/bin`), or any `initdb` on the path. Where there is none, tests that
need one are skipped, and say so. PostgreSQL refuses to run as root: then its files belong to an ordinary user.
"""

import atexit
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final, Self

import pytest

from tests.processes import free_port, wait_until

OLDEST: Final = 15
QUICK: Final = "fsync = off\nfull_page_writes = off\nshared_buffers = 16MB\nmax_connections = 60\n"


@cache
def binaries() -> Path | None:
    """Where the programs of a PostgreSQL that is new enough are."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    on_path = shutil.which("initdb")
    for initdb in sorted(found, key=lambda path: -int(path.parts[-3])) + ([Path(on_path)] if on_path else []):
        said = subprocess.run([initdb, "--version"], capture_output=True, text=True).stdout
        if (version := re.search(r"\) (\d+)", said)) and int(version[1]) >= OLDEST:
            return initdb.parent
    return None


def programs() -> Path:
    """The same; skips the test where there is none."""
    folder = binaries()
    if folder is None:
        pytest.skip(f"NO POSTGRESQL {OLDEST} OR LATER IS INSTALLED (Debian: apt install postgresql)")
    return folder


def _user() -> str | None:
    """An ordinary user, where this process is root's."""
    if os.geteuid():
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)


def _lives(process: int) -> bool:
    """True if a process runs; one that ended and that nobody has asked about yet does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Cluster:
    """One server over a folder of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.server: subprocess.Popen[bytes] | None = None
        self._user = _user()

    @classmethod
    def made(cls, settings: str = QUICK) -> Self:
        """A new cluster that runs, and ends with this process."""
        bin_, root = programs(), Path(tempfile.mkdtemp(prefix="veldpost-pg-"))
        cluster = cls(root / "data", free_port())
        if cluster._user:
            shutil.chown(root, cluster._user)
        root.chmod(0o700)
        atexit.register(cluster.end)
        cluster.call(bin_ / "initdb", "-D", cluster.folder, "-A", "trust", "-U", "veldpost", "--no-sync", "-E", "UTF8",
                     "--locale=C")  # fmt: skip
        cluster.configure(settings)
        cluster.start()
        return cluster

    def standby(self, name: str, port: int = 0) -> "Cluster":
        """A standby of this cluster, which streams under a name."""
        other = Cluster(self.folder.parent / name, port or free_port())
        self.call(programs() / "pg_basebackup", "-D", other.folder, "-R", "--no-sync", "-c", "fast", "-d",
                  f"host={self.folder.parent} port={self.port} user=veldpost application_name={name}")  # fmt: skip
        other.configure("")
        other.start()
        return other

    def receive(self, name: str) -> "subprocess.Popen[bytes]":
        """A program that confirms what it has on disk, as a synchronous standby does, until it is ended."""
        log = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.folder.parent))
        if self._user:
            shutil.chown(log, self._user)
        return subprocess.Popen(
            [str(programs() / "pg_receivewal"), "-D", str(log), "--synchronous", "-d",
             f"host={self.folder.parent} port={self.port} user=veldpost application_name={name}"],
            user=self._user, extra_groups=[] if self._user else None, cwd=self.folder.parent,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def configure(self, settings: str) -> None:
        """Add settings; those of a start hold from the next one on."""
        own = f"port = {self.port}\nlisten_addresses = ''\nunix_socket_directories = '{self.folder.parent}'\n"
        path = self.folder / "postgresql.conf"
        with path.open("a") as file:
            file.write(settings + own)

    def call(self, *command: object) -> str:
        """Run one of PostgreSQL's programs; raises with what it said."""
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, user=self._user,
                              cwd=self.folder.parent, extra_groups=[] if self._user else None)  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.call(programs() / "pg_ctl", "-D", self.folder, "-w", "-t", "120", "-l", self.folder / "log", "start")

    def promote(self) -> None:
        """Make a standby the primary."""
        self.call(programs() / "pg_ctl", "-D", self.folder, "-w", "promote")

    def kill(self) -> None:
        """Kill it with all of its children, as a machine ends; nothing of it is left when this returns."""
        pid_file = self.folder / "postmaster.pid"
        main = int(pid_file.read_text().split()[0])
        processes = [main, *map(int, Path(f"/proc/{main}/task/{main}/children").read_text().split())]
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        wait_until(lambda: not any(map(_lives, processes)), "a killed server does not end")
        for left in (pid_file, *self.folder.parent.glob(f".s.PGSQL.{self.port}*")):
            left.unlink()  # it names a process: one of that number would keep the next server from its place

    def tell(self, sql: str) -> None:
        """Run a statement, and let changed settings take effect."""
        self.call(programs() / "psql", "-X", "-q", "-d", self.address(), "-c", sql)
        self.call(programs() / "pg_ctl", "-D", self.folder, "reload")

    def end(self) -> None:
        """Stop it and remove its files."""
        self.stop()
        shutil.rmtree(self.folder.parent, ignore_errors=True)

    def stop(self) -> None:
        """Stop it at once, if it runs."""
        if (self.folder / "postmaster.pid").exists():
            subprocess.run([str(programs() / "pg_ctl"), "-D", str(self.folder), "-m", "immediate", "stop"],
                           capture_output=True, user=self._user, extra_groups=[] if self._user else None)  # fmt: skip

    def address(self) -> str:
        """Where its database is found."""
        return f"postgresql://veldpost@/postgres?host={self.folder.parent}&port={self.port}"


@cache
def shared() -> tuple[str, str]:
    """The addresses of two clusters, for journals and for keys, that all tests of this process use: each municipality
    has schemas of its own there."""
    return journals().address(), Cluster.made().address()


@cache
def journals() -> Cluster:
    """The first of them."""
    return Cluster.made()
