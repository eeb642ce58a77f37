"""A bare Debian made by debootstrap, for what only root, systemd and a proxy can show; it ends with its folder.

There is no systemd in it: a stand-in for `systemctl` starts and stops what a unit says, as its user, with its
environment. Nothing of this machine is mounted in it but /proc, in a namespace of each command's own.
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

PACKAGES: Final = "git,make,python3,python3-venv,ca-certificates,nginx-light,openssl"
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

    def make(self) -> None:
        """Fetch and unpack it; raises where debootstrap fails."""
        words = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", str(self.root), MIRROR]
        subprocess.run(words, check=True, capture_output=True, timeout=1_800)
        for name in ("etc/resolv.conf", "etc/ssl/certs/ca-certificates.crt"):
            if Path("/", name).is_file():
                shutil.copyfile(Path("/", name), self.root / name)
        self.put("usr/local/bin/systemctl", SYSTEMCTL.replace("@PORT@", str(self.port)))

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
        inside = f"mount -t proc proc '{self.root}/proc' && exec chroot '{self.root}' \"$@\""
        words = ["unshare", "--mount", "sh", "-c", inside, "sh"]
        if user != "root":
            words += ["setpriv", "--reuid", user, "--regid", user, "--init-groups"]
        cd = f"cd {folder} 2>/dev/null; {line}"
        done = subprocess.run(
            [*words, "bash", "-c", cd], env=env, capture_output=True, text=True, timeout=1_800, check=False
        )
        assert 0 == done.returncode, f"{line}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        return done.stdout

    def stop(self) -> None:
        """End what still runs in it, by the numbers that it wrote down."""
        for pid in (*self.root.glob("run/veldpost*.pid"), *self.root.glob("run/nginx.pid")):
            subprocess.run(["kill", pid.read_text().strip()], check=False, capture_output=True)


def marks_of(line: str) -> set[str]:
    """The marks of a line of a page: root, systemd, proxy, network, optional, untyped."""
    comment = line.partition("  #")[2] or line.partition(" # ")[2]
    found = re.match(r"\s*((?:root|systemd|proxy|network|optional|untyped|once)(?:, )?)+", comment)
    return set(re.findall(r"root|systemd|proxy|network|optional|untyped", found[0])) if found else set()
