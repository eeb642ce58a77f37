"""Turns for the files that are brought: a few are read and cleaned at once, on threads of their own.

The threads that make every page are few. Files that all came together would take each of them, and everybody would
wait for the person who sent them; here the files wait for each other, and nobody else waits for a file.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

CLEANED_AT_ONCE: Final = 2
_THREADS: Final = ThreadPoolExecutor(CLEANED_AT_ONCE, "cleaning")


T = TypeVar("T")


async def in_turn(work: Callable[..., T], *args: object) -> T:
    """Do the work on a file once it is its turn, and give what it gives."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, work, *args)
