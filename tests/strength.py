"""What is made weaker for tests, or tried less often: what people choose, and examples that are the same each time."""

import os
from typing import Final

from crypto import own_secrets, passwords
from crypto.vault import Vault

MEMORY_KIB: Final = 64
PASSES: Final = 1


def harden_less() -> None:
    """Make passphrases, passwords and secrets of single people cheap to try in this process: 64 KiB, once.

    Their cost is no part of what a test here finds: it is kept beside each, and read from there. What is made at full
    strength is asked of a process of its own (`tests/crypto/test_vault.py`), and journeys that type a guide start
    Python themselves, where nothing of this is told.
    """
    for made in (Vault.set_passphrase, Vault.passphrase_slot):
        made.__kwdefaults__ = {"memory_kib": MEMORY_KIB, "passes": PASSES}
    for module in (own_secrets, passwords):
        vars(module).update(MEMORY_KIB=MEMORY_KIB, PASSES=PASSES)


def tries(count: int) -> int:
    """So many examples where they are drawn anew (`make soak-laws`), a quarter where they are the same in each run."""
    return count if os.environ.get("VELDPOST_EXAMPLES") == "fresh" else count // 4
