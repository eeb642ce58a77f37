"""Write what a server installs, with versions, hashes and licences, as a CycloneDX document (`make sbom`).

    .venv/bin/python -m upkeep.sbom requirements.lock build/veldpost.cdx.json

The lock says which packages and which bytes; the licences are those that the installed packages declare themselves.
"""

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def licence_of(name: str, version: str) -> str | None:
    """Return the licence that an installed package declares; None if it is not installed in this version or is mute."""
    try:
        found = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return None
    if found["Version"] != version:
        return None
    said = [line.rpartition(" :: ")[2] for line in found.get_all("Classifier", []) if line.startswith("License ::")]
    spoken = found["License-Expression"] or ", ".join(said) or found["License"]
    return spoken.strip().splitlines()[0][:200] if spoken and spoken.strip() else None


def with_licences(document: dict[str, Any]) -> dict[str, Any]:
    """Add to each component the licence that it declares, and to the root what it depends on."""
    for component in document["components"]:
        licence = licence_of(component["name"], component["version"])
        if licence is not None:
            component["licenses"] = [{"license": {"name": licence}}]
    return document


def main(lock: str, target: str) -> int:
    """Write the document of a lock; return the status of the tool that reads it."""
    out = Path(target)
    out.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-W", "ignore", "-m", "cyclonedx_py", "requirements", lock, "--output-reproducible"]
    command += ["--pyproject", str(ROOT / "pyproject.toml"), "--output-format", "JSON", "--output-file", target]
    done = subprocess.run(command, check=False)
    if done.returncode == 0:
        out.write_text(json.dumps(with_licences(json.loads(out.read_text())), indent=2, sort_keys=True) + "\n")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
