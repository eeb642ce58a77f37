"""A local socket at which nobody but the server's own account may connect, not even while it is being made."""

import asyncio
import os
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def listening(path: Path, serve: Serve, limit: int) -> asyncio.Server:
    """Listen at a path, in the place of what an ended server left there; a line has at most `limit` bytes."""
    path.unlink(missing_ok=True)
    before = os.umask(0o177)
    try:
        server = await asyncio.start_unix_server(serve, str(path), limit=limit)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    return server
