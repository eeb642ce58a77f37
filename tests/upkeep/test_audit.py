"""An audit that nobody answered is no sound one; a list of parts has every part."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from upkeep.audit import NOT_AUDITED, SOUND, VULNERABLE, pinned, verdict

ROOT = Path(__file__).parents[2]
LOCKS = [ROOT / "requirements.lock", ROOT / "requirements-dev.lock"]
DEAD_END = {"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "NO_PROXY": "", "no_proxy": ""}
KNOWN = {"id": "PYSEC-2026-1", "fix_versions": ["2.1"], "aliases": [], "description": ""}


def printed(*rows: dict[str, Any]) -> str:
    return json.dumps({"dependencies": list(rows), "fixes": []})


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (printed({"name": "a", "skip_reason": "not found on PyPI"}), NOT_AUDITED, "NOT AUDITED"),
        (printed({"name": "a", "version": "2", "vulns": []}), NOT_AUDITED, "knows nothing of 1 of 2 packages: b"),
        ("", NOT_AUDITED, "no vulnerability service can be reached (no route)"),
        ("[]", NOT_AUDITED, "no vulnerability service can be reached"),
        (printed({"name": "a", "version": "2", "vulns": [KNOWN]}), VULNERABLE, "a 2: PYSEC-2026-1, mended in 2.1"),
        (
            printed({"name": "a", "version": "2", "vulns": []}, {"name": "b", "version": "1", "vulns": []}),
            SOUND,
            "2 packages, no known vulnerability",
        ),
    ],
)
def test_only_an_answer_for_every_package_is_an_audit(answer: str, status: int, said: str) -> None:
    found = verdict({"a", "b"}, answer, "Traceback\nno route")
    assert status == found.status
    assert said in "\n".join(found.lines)


def test_the_command_says_that_no_service_can_be_reached(tmp_path: Path) -> None:
    lock = tmp_path / "one.lock"
    lock.write_text("idna==3.20 --hash=sha256:" + "0" * 64 + "\n")
    command = [sys.executable, "-m", "upkeep.audit", str(lock)]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **DEAD_END}, capture_output=True, text=True)
    assert NOT_AUDITED == done.returncode, done.stderr
    assert 2 == done.stdout.count("NOT AUDITED: no vulnerability service can be reached")


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_pin_of_a_lock_has_its_hashes(lock: Path) -> None:
    pins = re.split(r"^(?=[a-z0-9._-]+==)", lock.read_text(), flags=re.MULTILINE)[1:]
    assert len(pins) == len(pinned(lock.read_text())) > 40
    assert [] == [pin.split("==")[0] for pin in pins if "--hash=sha256:" not in pin]


def test_running_needs_no_tool_of_development_and_both_locks_agree() -> None:
    running, developing = (set(re.findall(r"^(\S+==\S+)", lock.read_text(), re.MULTILINE)) for lock in LOCKS)
    assert running < developing
    tools = {"pytest", "hypothesis", "mypy", "ruff", "pip-audit", "cyclonedx-bom", "pytest-xdist"}
    assert set() == tools & pinned(LOCKS[0].read_text())
    assert tools <= pinned(LOCKS[1].read_text())


def test_the_list_of_parts_has_every_package_that_running_needs(tmp_path: Path) -> None:
    target = tmp_path / "parts" / "veldpost.cdx.json"
    command = [sys.executable, "-m", "upkeep.sbom", str(LOCKS[0]), str(target)]
    subprocess.run(command, cwd=ROOT, check=True)
    parts = json.loads(target.read_text())
    assert ("CycloneDX", "veldpost") == (parts["bomFormat"], parts["metadata"]["component"]["name"])
    assert {"license": {"id": "EUPL-1.2", "acknowledgement": "declared"}} in parts["metadata"]["component"]["licenses"]
    wanted = set(re.findall(r"^(\S+)==(\S+)", LOCKS[0].read_text(), re.MULTILINE))
    assert wanted == {(part["name"], part["version"]) for part in parts["components"]}
    for part in parts["components"]:
        assert f"pkg:pypi/{part['name']}@{part['version']}" == part["purl"]
        assert {"SHA-256"} == {row["alg"] for ref in part["externalReferences"] for row in ref["hashes"]}, part["name"]
    mute = {part["name"] for part in parts["components"] if not part.get("licenses")}
    assert {
        "pyxform",
        "sqlcipher3",
    } == mute  # their packages declare none; their repositories say BSD-2-Clause and Zlib
