"""A server is set up on a bare Debian by the lines of docs/operators.md, behind a proxy with TLS. Slow, by root."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import reduce
from pathlib import Path

import httpx
import pytest

from tests.journeys.bare_debian import BareDebian, marks_of
from tests.journeys.three_machines import place_of
from tests.journeys.typist import lines_of
from tests.processes import PATIENCE_S, free_port, wait_until

ROOT = Path(__file__).parents[2]
LACKS = [name for name in ("debootstrap", "unshare", "chroot") if shutil.which(name) is None]
FILLED = {"WORKER": "werker-een", "https://…": "https://example.org/register/1", "<repository>": "/root/veldpost.git"}
OPEN = re.compile(
    r"\b(DEVICE|RECORD|CONFLICT|DECISION|FILE|NAME)\b|…|tokens\.json|_VELDPOST|other-machine"
    r"|^dbs|^socket|^snapshot|^ *- |^#"
)
LATER = re.compile(
    r"confirm-list|grant|first-account|add-staff GM0228 colleague --passphrase|confirm-account|replace-secret"
    r"|huisbezoek \w[\w-]*(\.|\s)|audit|lock|passphrase GM|key-file GM|veldpost move"
)  # an export of every column of that form has answers of class S4: it waits for a second person at the desk

KEPT_APART = re.compile(r"^(runuser|export)")  # a shell for all that follows, which this is
PASSED = "git clone"

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(os.geteuid() != 0, reason="NO BARE DEBIAN: only root can make one"),
    pytest.mark.skipif(bool(LACKS), reason=f"NO BARE DEBIAN: {', '.join(LACKS)} is not installed here"),
]


@pytest.fixture
def debian(tmp_path: Path) -> Iterator[BareDebian]:
    made = BareDebian(tmp_path, free_port())
    made.make()
    subprocess.run(["git", "clone", "-q", "--bare", str(ROOT), str(made.root / "root" / "veldpost.git")], check=True)
    yield made
    made.stop()
    shutil.rmtree(made.root)


def lines() -> list[str]:
    """The lines of the page that one can type on a new machine, with their placeholders filled in."""
    found = []
    for told in lines_of(ROOT / "docs" / "operators.md"):
        line = reduce(lambda so_far, one: so_far.replace(*one), FILLED.items(), told)
        command = line.partition("  #")[0]
        if not (
            place_of(line)
            or OPEN.search(command)
            or LATER.search(command)
            or KEPT_APART.match(command)
            or "untyped" in marks_of(line)
        ):
            found.append(line)
    return found


def test_a_server_is_set_up_line_by_line(debian: BareDebian) -> None:
    typed, keys = [], {"VELDPOST_DATA": "/var/lib/veldpost/data", "VELDPOST_KEYS": "/etc/veldpost/keys"}
    for line in lines():
        marks = marks_of(line)
        if "systemctl" in line and "GM0228" in line:
            assert "veldpost-backup@.timer" in debian.type("ls /etc/systemd/system")
            if debian.real:  # the stand-in does at once what the timer does at night
                debian.type("systemctl start veldpost-backup@GM0228.service")
        if marks & {"root", "systemd"}:
            debian.type(line, folder="/" if line.startswith(PASSED) else "/opt/veldpost")
        else:
            if "init GM0228" in line:
                debian.stand_in()
            asked = line.replace("init GM0228", "init GM0228 --admin anna --key-file")
            debian.type(asked, "veldpost", "/var/lib/veldpost", **keys, VELDPOST_PORT=str(debian.port))
        typed.append(line)
    assert len(typed) > 30, typed
    debian.type("systemctl start veldpost")
    assert "GM0228" in debian.type("veldpost status", "veldpost", "/var/lib/veldpost", **keys)
    assert 2 == len(debian.type("ls /var/backups/veldpost | grep T").split())  # the line and the timer, besides monday
    for folder in ("/var/lib/veldpost/data/GM0228", "/etc/veldpost/keys", "/var/backups/veldpost"):
        assert "veldpost 700" == debian.type(f"stat -c '%U %a' {folder}").strip(), folder
    held_to_the_unit(debian, keys)
    taken_out(debian, keys)
    behind_a_proxy(debian)
    not_ours(debian, keys)
    elsewhere_by_another(debian)


def held_to_the_unit(debian: BareDebian, keys: dict[str, str]) -> None:
    """Under a real systemd the server writes where the unit lets it and nowhere else, in its own words; it has no
    capability, and the timer stands."""
    if not debian.real:
        return
    debian.type("install -d -o veldpost -g veldpost -m 0700 /srv/elsewhere")
    said = debian.type(
        "veldpost backup GM0228 /srv/elsewhere 2>&1 || true", "veldpost", "/var/lib/veldpost", **keys,
        VELDPOST_LANG="nl",
    )  # fmt: skip
    assert "[backup-failed]" in said and "/srv/elsewhere" in said and "systemctl restart veldpost" in said, said
    status = debian.type("cat /proc/$(systemctl show -p MainPID --value veldpost)/status")
    found = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert ("1", "2", 0, 0) == (
        found["NoNewPrivs"].strip(), found["Seccomp"].strip(), int(found["CapEff"], 16), int(found["CapBnd"], 16),
    )  # fmt: skip
    for path in ("/opt/veldpost/x", "/etc/x", "/var/x"):
        said = debian.type(f"nsenter -t $(systemctl show -p MainPID --value veldpost) -m touch {path} 2>&1 || true")
        assert "Read-only file system" in said, (path, said)
    assert "veldpost-backup@GM0228.timer" in debian.type("systemctl list-timers --no-pager --no-legend")
    assert "" == debian.type("systemctl --failed --no-legend --plain | grep veldpost || true")


def taken_out(debian: BareDebian, keys: dict[str, str]) -> None:
    """Exports are written where the page says, without the answers that would have to wait for a second person."""
    for kind, file, found in (("csv-nl", "for-excel", "for-excel/huisbezoek.csv"), ("xlsx", "q1.xlsx", "q1.xlsx")):
        line = f"veldpost export GM0228 huisbezoek {file} --format {kind} --column toegang --reason 'annual report'"
        debian.type(line, "veldpost", "/var/lib/veldpost", **keys)
        assert "veldpost 600" == debian.type(f"stat -c '%U %a' /var/lib/veldpost/{found}").strip(), found


def not_ours(debian: BareDebian, keys: dict[str, str]) -> None:
    """A folder of root's among the municipalities is set apart and named, in the language asked for; the other is
    served. A data folder of root's ends the start in words with a remedy."""
    debian.type("mkdir -m 700 /var/lib/veldpost/data/GM0999 && systemctl stop veldpost && systemctl start veldpost")
    said = debian.type("veldpost status", "veldpost", "/var/lib/veldpost", **keys, VELDPOST_LANG="nl")
    assert "GM0999" in said and "folder-failed" in said and "deze gebruiker mag dat niet" in said, said
    assert "GM0228" in said and "Kijk van wie zij is" in said, said
    asked = {**keys, "VELDPOST_DATA": "/root/data", "VELDPOST_LANG": "nl", "VELDPOST_PORT": str(free_port())}
    said = debian.type("veldpost serve 2>&1 || true", "veldpost", "/var/lib/veldpost", **asked)
    assert "deze gebruiker mag dat niet" in said and "Traceback" not in said, said


def elsewhere_by_another(debian: BareDebian) -> None:
    """The backup, and the list, are all that another user in another folder needs besides the passphrase."""
    debian.type(
        "useradd --create-home other && mkdir -m 700 /home/other/keys"
        " && cp -r /var/backups/veldpost/monday /home/other/ && cp /etc/veldpost/keys/GM0228.list /home/other/keys/"
        " && chown -R other: /home/other"
    )
    said = debian.type(
        "set -e; trap 'kill %1 2>/dev/null || :' EXIT;"
        " veldpost restore GM0228 monday; veldpost serve 2> log & until veldpost status > /dev/null 2>&1; do"
        " sleep 1; done; veldpost unlock GM0228 --passphrase; veldpost verify GM0228 --passphrase;"
        " veldpost invite-staff GM0228 dora --role maker --passphrase; veldpost sign-in GM0228;"
        " veldpost audit GM0228; kill %1; wait",
        "other", "/home/other", VELDPOST_DATA="/home/other/data", VELDPOST_KEYS="/home/other/keys",
        VELDPOST_PORT=str(free_port()), VELDPOST_LANG="en",
    )  # fmt: skip
    assert "other (" in said and "dora" in said, said  # who stands at the socket, beside who signed in


def behind_a_proxy(debian: BareDebian) -> None:
    """The proxy of the example, with a name, a certificate and free ports."""
    plain, sealed = free_port(), free_port()
    conf = (ROOT / "docs" / "nginx.conf").read_text().replace("127.0.0.1:8321", f"127.0.0.1:{debian.port}")
    conf = conf.replace("listen 80;", f"listen 127.0.0.1:{plain};").replace("listen 443", f"listen 127.0.0.1:{sealed}")
    (debian.root / "etc/nginx/sites-enabled/default").unlink(missing_ok=True)
    (debian.root / "etc/nginx/conf.d/veldpost.conf").write_text(conf)
    debian.type(
        "mkdir -p /etc/ssl/veldpost && cd /etc/ssl/veldpost && openssl req -x509 -newkey rsa:2048 -nodes -days 2"
        " -subj /CN=veldpost.example -keyout privkey.pem -out fullchain.pem && nginx -t && nginx"
    )
    with httpx.Client(verify=False, timeout=PATIENCE_S, headers={"Host": "veldpost.example"}) as client:
        base = f"https://127.0.0.1:{sealed}"
        wait_until(lambda: client.get(f"{base}/health/live").status_code == 200, "the proxy answers")
        answer = client.get(f"{base}/health/ready")
        assert 200 == answer.status_code and 1 == len(answer.headers.get_list("strict-transport-security"))
        assert [403, 403] == [client.get(f"{base}{path}").status_code for path in ("/", "/metrics")]
        assert 301 == client.get(f"http://127.0.0.1:{plain}/").status_code
        refused = client.post(f"{base}/api/v1/GM0228/enrolments", content=b"junk")
        assert refused.status_code in (400, 415) and "problem+json" in refused.headers["content-type"]
