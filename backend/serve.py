"""Starting and stopping the server: stores opened, uvicorn run, everything closed in order."""

import asyncio
import ctypes
import gc
import logging
import resource
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, TextIO

import structlog
import uvicorn
import uvloop

from backend.clock import WallClock
from backend.desk.desk import Desk
from backend.desk.server import DeskSocket
from backend.desk.wire import ServedAlready, is_served
from backend.files import private_folder
from backend.municipality.registry import Municipalities
from backend.projection.projections import Beside
from backend.settings import Settings
from backend.web.app import create_app
from backend.web.connection import CONNECTIONS_MAX, BoundedProtocol, Crowd
from backend.web.listening import BACKLOG, bound, refused

M_ARENA_MAX: Final = -8  # of malloc.h
ARENAS: Final = 2
GC_NEW: Final = 20_000  # new objects before the youngest are collected: a push of 100 makes as many
FILES_WANTED: Final = 16_384  # file handles: of stores, connections, and attachments on their way
FILES_MAX: Final = 65_536
FILES_EACH: Final = 20  # of one unlocked municipality: stores with their logs, for the writer, readers and projection
STOP_S: Final = 20  # a push that is under way is finished and answered


def configure_logs(level: str, into: TextIO) -> None:
    """One JSON object a line: what happened, never who or what was written."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(into),
        cache_logger_on_first_use=True,
    )


class Server(uvicorn.Server):
    """Uvicorn, told by us when to stop: its own handlers would end the process before the stores are closed."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to `serve`."""
        yield

    def stop(self) -> None:
        """Answer what is under way, take nothing new."""
        self.should_exit = True


def want_files() -> None:
    """Ask the system for as many file handles as a busy server needs: what it gives at first is often 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_WANTED if hard == resource.RLIM_INFINITY else min(FILES_WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def connections_allowed() -> int:
    """The number of connections allowed at once: half of the file handles that are left, so that strangers who do
    nothing but connect never keep the stores and the local socket from opening a file."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return CONNECTIONS_MAX
    handles = Path("/proc/self/fd")
    taken = sum(1 for _ in handles.iterdir()) if handles.is_dir() else 0
    return max(1, min(CONNECTIONS_MAX, (soft - taken) // 2))


def bounded_by(connections: int) -> type[BoundedProtocol]:
    """The protocol of a server that holds at most so many connections."""
    return type("Bounded", (BoundedProtocol,), {"connections_max": connections, "crowd": Crowd()})


def server_for(municipalities: Municipalities, desk: Desk) -> Server:
    """A server over open municipalities."""
    config = uvicorn.Config(
        create_app(municipalities, WallClock(), desk),
        backlog=BACKLOG,
        loop="uvloop",
        http=bounded_by(connections_allowed()),
        access_log=False,
        log_level="error",
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=STOP_S,
    )
    return Server(config)


def share_memory_between_threads() -> None:
    """Keep glibc from giving each thread an arena of its own that it never gives back: a municipality has two."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)


def raise_open_files() -> int:
    """Raise the soft limit of open files as far as this process may; returns it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_MAX if hard == resource.RLIM_INFINITY else min(hard, FILES_MAX)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return FILES_MAX if soft == resource.RLIM_INFINITY else soft


def collect_less() -> None:
    """Look for garbage among what is made from here on, and not so often: what was opened stays, and looking at it
    again and again costs every push."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_NEW)


def run(settings: Settings, logs: TextIO = sys.stderr) -> None:
    """Serve until told to stop, on the fast event loop; log lines go to standard error or another file."""
    share_memory_between_threads()
    want_files()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings, logs))


def address_taken(settings: Settings) -> list[socket.socket]:
    """Take the address before a store is opened, or say why not: two servers on one folder would be two truths."""
    if is_served(settings.data):
        raise ServedAlready(data=str(settings.data))
    return bound(settings.host, settings.port)


async def serve(settings: Settings, logs: TextIO = sys.stderr) -> None:
    """Serve until told to stop."""
    configure_logs(settings.log, logs)
    log = structlog.get_logger("veldpost")
    municipalities = Municipalities(settings.data, settings.keys, WallClock())
    private_folder(settings.data)
    sockets = address_taken(settings)
    allowed = raise_open_files()
    municipalities.open_all()
    needed = sum(FILES_EACH for _ in municipalities) + CONNECTIONS_MAX
    if needed > allowed:
        log.warning("open-files", allowed=allowed, needed=needed, remedy="LimitNOFILE")
    for town in municipalities:
        log.info("municipality", code=town.code, locked=town.locked, position=town.committed.position)
    for code, error in municipalities.broken.items():
        log.error("municipality", code=code, error=error.code)
    desk = Desk(municipalities, Beside())
    server = server_for(municipalities, desk)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, server.stop)
    collect_less()
    desk.follow_all()
    try:
        async with DeskSocket(settings.data, desk):
            await server.serve(sockets)
    except OSError as error:  # another server took the port since
        raise refused(settings.host, settings.port, error) from None
    finally:
        for one in sockets:
            one.close()
        await desk.close()
        await municipalities.close_all()
