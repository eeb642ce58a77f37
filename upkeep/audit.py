"""Ask whether a locked package has a known vulnerability, and say plainly when nobody answered (`make audit`).

    .venv/bin/python -m upkeep.audit requirements.lock requirements-dev.lock

`pip-audit` ends with "No known vulnerabilities found" and status 0 also where its service knows none of the packages,
as behind a mirror of the package index. Here that is a failure of its own: status 0 means that every package was looked
up and none is vulnerable, 1 that some are, 2 that at least one package could not be looked up.
"""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

SERVICES: Final = ("pypi", "osv")  # asked in this order, until one has answered for every package
SECONDS_MAX: Final = 300
SOUND, VULNERABLE, NOT_AUDITED = 0, 1, 2


class Verdict(NamedTuple):
    """What one service answered about the packages of one lock: a status and the lines that say so."""

    status: int
    lines: tuple[str, ...]


def pinned(lock: str) -> set[str]:
    """Return the names of all packages that a lock pins."""
    return set(re.findall(r"^([a-z0-9._-]+)==", lock, re.MULTILINE))


def verdict(names: set[str], printed: str, complaint: str) -> Verdict:
    """Judge the JSON that `pip-audit` printed, against the packages that it should have looked up."""
    try:
        rows: list[dict[str, Any]] = json.loads(printed)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = complaint.strip().splitlines()[-1:] or ["it printed nothing"]
        return Verdict(NOT_AUDITED, (f"NOT AUDITED: no vulnerability service can be reached ({last[0][:300]})",))
    looked_up = {row["name"] for row in rows if "skip_reason" not in row}
    found = tuple(
        f"VULNERABLE: {row['name']} {row['version']}: {known['id']}, mended in {', '.join(known['fix_versions'])}"
        for row in rows
        for known in row.get("vulns", ())
    )
    missed = sorted(names - looked_up)
    if missed:
        found += (f"NOT AUDITED: the service knows nothing of {len(missed)} of {len(names)} packages: {missed[0]} ...",)
    if any(row.get("vulns") for row in rows):
        return Verdict(VULNERABLE, found)
    return Verdict(NOT_AUDITED if missed else SOUND, found or (f"{len(names)} packages, no known vulnerability",))


def audit(lock: Path, service: str) -> Verdict:
    """Look up every package of a lock at one service."""
    command = [sys.executable, "-m", "pip_audit", "--require-hashes", "--disable-pip", "--progress-spinner", "off"]
    command += ["--requirement", str(lock), "--format", "json", "--vulnerability-service", service]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
    except subprocess.TimeoutExpired:
        return verdict(pinned(lock.read_text()), "", f"no answer within {SECONDS_MAX} seconds")
    return verdict(pinned(lock.read_text()), done.stdout, done.stderr)


def main(locks: Sequence[str]) -> int:
    """Audit each lock; return the gravest status."""
    statuses = set()
    for lock in map(Path, locks):
        for service in SERVICES:
            status, lines = audit(lock, service)
            for line in lines:
                sys.stdout.write(f"{lock.name}, {service}: {line}\n")
            if status != NOT_AUDITED:
                break
        statuses.add(status)
    return VULNERABLE if VULNERABLE in statuses else max(statuses, default=NOT_AUDITED)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
