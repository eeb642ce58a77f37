"""The vectors of what is opened and proved are those of the script that makes them from the protocol alone."""

import runpy
from pathlib import Path
from typing import Any

import pytest

MAKER: dict[str, Any] = runpy.run_path(str(Path(__file__).with_name("opening_made.py")))


@pytest.mark.parametrize("name", MAKER["FILES"])
def test_the_published_file_is_what_the_script_makes(name: str) -> None:
    assert (MAKER["FOLDER"] / name).read_text() == MAKER["text"](MAKER["FILES"][name]())


def test_every_check_of_the_spec_has_an_entry_that_fails_it() -> None:
    checks = {
        ("bad-signature", "sig"), ("key-mismatch", "key"), ("body-does-not-open", "open"), ("bad-padding", "open"),
        ("bad-plaintext", "open"), ("touches-mismatch", "touches"), (None, None),
    }  # fmt: skip
    assert checks == {(row["error"], row["reason"]) for row in MAKER["opening"]()}
