"""Passwords at the desk: hashed two at a time in a thread, so that a flood of sign-ins is not felt by devices.

A name that nobody has costs the same as one with a wrong password: it is compared with a password that nobody knows.
"""

import asyncio
from typing import Final

from crypto.passwords import is_password, kept_password
from crypto.primitives import random_bytes

AT_ONCE: Final = 2
LENGTH_MAX: Final = 1_000  # characters: what is longer is no password, and would only cost


class Passwords:
    """Hashes and compares passwords of one server."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._nobodys = ""
        self.compared = 0  # so many were compared: what a test counts

    async def kept(self, password: str) -> str:
        """The form in which a password is kept."""
        async with self._turns:
            return await asyncio.to_thread(kept_password, password)

    async def proves(self, kept: str, password: str) -> bool:
        """True if a password is the kept one; with nothing kept, the same work is done and it is not."""
        async with self._turns:
            if not self._nobodys:
                self._nobodys = await asyncio.to_thread(kept_password, random_bytes(32).hex())
            self.compared += 1
            given = password if len(password) <= LENGTH_MAX else ""
            right = await asyncio.to_thread(is_password, kept or self._nobodys, given)
            return right and bool(kept) and bool(given)
