"""A bare Debian made by debootstrap, for what only root, systemd and a proxy can show; it ends with its folder.

Where this machine has systemd-nspawn it boots, with its own systemd, which holds the units to what they say: a folder
that the server may not write is read-only for it, and so on. Elsewhere a stand-in for `systemctl` starts and stops what
a unit says, as its user, with its environment; then `real` is False. It shares the network of this machine, but no
folder.
"""

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.journeys.typist import ROOT as REPOSITORY
from tests.journeys.typist import at_hand
from tests.processes import wait_until

PACKAGES: Final = "git,make,python3,python3-venv,ca-certificates,nginx-light,openssl,systemd-sysv,dbus"
NEEDED: Final = ("systemd-nspawn", "nsenter")
BOOT_S: Final = 120.0
PORT: Final = "etc/systemd/system/veldpost.service.d/port.conf"
MIRROR: Final = "http://deb.debian.org/debian"
SYSTEMCTL: Final = """#!/usr/bin/python3
import os, pathlib, shlex, signal, subprocess, sys, time
*_, verb, unit = [word for word in sys.argv if word != "--now"]
name, _, kind = unit.partition(".")
folder = pathlib.Path("/etc/systemd/system")
if kind == "timer":
    assert (folder / unit.replace(name.partition("@")[2], "")).is_file()
    verb, kind = "oneshot", "service"
template = name.partition("@")[0] + ("@" if "@" in name else "")
says = [line.partition("=") for line in (folder / f"{template}.service").read_text().splitlines()]
one = {key: value.replace("%i", name.partition("@")[2]) for key, _, value in says}
env = dict(value.partition("=")[::2] for key, _, value in says if key == "Environment") | {"VELDPOST_PORT": "@PORT@"}
words = ["setpriv", "--reuid", one["User"], "--regid", one["Group"], "--init-groups", *shlex.split(one["ExecStart"])]
pid = pathlib.Path(f"/run/{name}.pid")
os.umask(int(one["UMask"], 8))
where = {"cwd": one.get("WorkingDirectory", "/"), "env": env | {"PATH": os.environ["PATH"]}}
if verb == "oneshot":
    sys.exit(subprocess.run(words, **where).returncode)
if verb in ("enable", "start"):
    log = open("/var/log/veldpost.log", "ab")
    started = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **where)
    pid.write_text(str(started.pid))
    for _ in range(600):
        time.sleep(0.1)
        assert started.poll() is None, "it ended"
        if pathlib.Path("/var/lib/veldpost/data/desk.sock").exists():
            break
if verb == "stop":
    number = int(pid.read_text())
    os.kill(number, signal.SIGTERM)
    while pathlib.Path(f"/proc/{number}").exists() and "Z" not in pathlib.Path(f"/proc/{number}/stat").read_text():
        time.sleep(0.1)
"""


class BareDebian:
    """The machine: its root's and its users' shells."""

    def __init__(self, folder: Path, port: int) -> None:
        self.root = folder / "debian"
        self.port = port
        self._machine: subprocess.Popen[bytes] | None = None

    def make(self) -> None:
        """Fetch, unpack and boot it; raises where debootstrap fails."""
        words = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", str(self.root), MIRROR]
        subprocess.run(words, check=True, capture_output=True, timeout=1_800)
        for name in ("etc/resolv.conf", "etc/ssl/certs/ca-certificates.crt"):
            if Path("/", name).is_file():
                shutil.copyfile(Path("/", name), self.root / name)
        (self.root / "etc/systemd/system/nginx.service").symlink_to("/dev/null")  # its port 80 is this machine's
        (self.root / PORT).parent.mkdir()
        (self.root / PORT).write_text(f"[Service]\nEnvironment=VELDPOST_PORT={self.port}\n")
        if not self._boots():
            self.put("usr/local/bin/systemctl", SYSTEMCTL.replace("@PORT@", str(self.port)))

    @property
    def real(self) -> bool:
        """True if its own systemd runs it."""
        return self._machine is not None

    def _boots(self) -> bool:
        if any(shutil.which(name) is None for name in NEEDED):
            return False
        words = ["systemd-nspawn", "--quiet", "-D", str(self.root), "--boot", "--register=no", "--keep-unit"]
        nothing = subprocess.DEVNULL
        self._machine = subprocess.Popen([*words, "--console=pipe"], stdin=nothing, stdout=nothing, stderr=nothing)
        try:
            wait_until(self._is_up, "the bare Debian boots", BOOT_S)
        except (TimeoutError, AssertionError):
            self.stop()
            return False
        return True

    def _is_up(self) -> bool:
        assert self._machine is not None and self._machine.poll() is None
        done = subprocess.run([*self._into, "systemctl", "is-system-running"], capture_output=True, text=True)
        return done.stdout.strip() in ("running", "degraded")

    @property
    def _into(self) -> list[str]:
        """The words before a command that let it run there."""
        if self._machine is None:
            inside = f"mount -t proc proc '{self.root}/proc' && exec chroot '{self.root}' \"$@\""
            return ["unshare", "--mount", "sh", "-c", inside, "sh"]
        children = Path(f"/proc/{self._machine.pid}/task/{self._machine.pid}/children").read_text().split()
        first = children[0] if children else str(self._machine.pid)
        return ["nsenter", f"--target={first}", "--mount", "--pid", "--uts", "--ipc", f"--root=/proc/{first}/root"]

    def put(self, name: str, text: str) -> None:
        """Write a program."""
        path = self.root / name
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)

    def stand_in(self) -> None:
        """Put a stand-in that answers questions before the real program on the path of the server's user."""
        hand = at_hand(self.root / "usr" / "lib" / "hand", ["/usr/local/bin/veldpost"])
        text = (hand / "veldpost").read_text().replace(sys.executable, "/opt/veldpost/.venv/bin/python")
        text = text.replace(repr(str(REPOSITORY)), repr("/opt/veldpost"))
        (hand / "veldpost").write_text(text)

    def type(self, line: str, user: str = "root", folder: str = "/opt/veldpost", **more: str) -> str:
        """What a line of a shell says; fails with it where its status is not 0."""
        env = {"PATH": "/usr/lib/hand:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": folder, **more}
        if "PIP_CERT" in os.environ:
            env["PIP_CERT"] = os.environ["PIP_CERT"]
        words = self._into
        if user != "root":
            words += ["setpriv", "--reuid", user, "--regid", user, "--init-groups"]
        cd = f"cd {folder} 2>/dev/null; {line}"
        done = subprocess.run(
            [*words, "bash", "-c", cd], env=env, capture_output=True, text=True, timeout=1_800, check=False
        )
        if self.real and re.search(r"systemctl .*\b(start|now)\b.* veldpost$", line.partition(" #")[0].rstrip()):
            wait_until((self.root / "var/lib/veldpost/data/desk.sock").exists, "the server answers")
        assert 0 == done.returncode, f"{line}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        return done.stdout

    def stop(self) -> None:
        """End what still runs in it, by the numbers that it wrote down, and it."""
        for pid in (*self.root.glob("run/veldpost*.pid"), *self.root.glob("run/nginx.pid")):
            if not self.real:
                subprocess.run(["kill", pid.read_text().strip()], check=False, capture_output=True)
        if self._machine is not None:
            self._machine.terminate()
            try:
                self._machine.wait(BOOT_S)
            except subprocess.TimeoutExpired:
                self._machine.kill()
                self._machine.wait()
            self._machine = None


def marks_of(line: str) -> set[str]:
    """The marks of a line of a page: root, systemd, proxy, network, optional, untyped."""
    comment = line.partition("  #")[2] or line.partition(" # ")[2]
    found = re.match(r"\s*((?:root|systemd|proxy|network|optional|untyped|once)(?:, )?)+", comment)
    return set(re.findall(r"root|systemd|proxy|network|optional|untyped", found[0])) if found else set()
