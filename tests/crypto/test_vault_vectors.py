"""The vectors of the vault are those of the script that makes them from crypto/SPEC.md 7 alone."""

import runpy
from pathlib import Path
from typing import Any

MAKER: dict[str, Any] = runpy.run_path(str(Path(__file__).with_name("vault_made.py")))


def test_the_published_file_is_the_one_that_the_script_makes() -> None:
    assert MAKER["FILE"].read_text() == MAKER["text"]()


def test_every_attack_of_the_spec_has_a_row_and_none_of_them_opens() -> None:
    assert all(row["error"] and row["opened"] is None for row in MAKER["attacked"]())
    reasons = {row["reason"] for row in MAKER["attacked"]() if row["error"] == "vault-corrupt"}
    assert reasons == {
        "vault-changed", "slot-ids", "too-many-slots", "slot-out-of-bounds", "vault-version", "not-a-vault",
    }  # fmt: skip
