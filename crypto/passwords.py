"""Passwords of people who sign in at the server: Argon2id in the PHC form, lighter than what opens a vault.

A vault is attacked by who holds it, as often as they like; a password by who asks the server, a few times a minute. So
it costs 19 MiB and two passes (OWASP's first choice), and a flood of sign-ins is not felt by devices.
"""

from typing import Final

from crypto import primitives
from crypto.keyslots import normal

MEMORY_KIB: Final = 19 * 1024
PASSES: Final = 2
LANES: Final = 1
SALT_BYTES: Final = 16


def kept_password(password: str) -> str:
    """The PHC string that is kept of a password, with a salt of its own."""
    salt = primitives.random_bytes(SALT_BYTES)
    return primitives.argon2id_phc(normal(password), salt, memory_kib=MEMORY_KIB, passes=PASSES, lanes=LANES)


def is_password(kept: str, password: str) -> bool:
    """True if a password is the one of which the PHC string is kept."""
    return primitives.argon2id_proves(kept, normal(password))
