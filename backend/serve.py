"""Starting and stopping the server: stores opened, uvicorn run, everything closed in order."""

import asyncio
import ctypes
import gc
import logging
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final, TextIO

import structlog
import uvicorn
import uvloop

from backend.clock import WallClock
from backend.desk.desk import Desk
from backend.desk.pointing import Pointing
from backend.desk.server import DeskSocket
from backend.desk.server_key import ServerKey
from backend.desk.wire import SOCKET_FILE, ServedAlready, desk_socket, is_served
from backend.errors import BackendError, StoreBusy
from backend.files import private_folder
from backend.municipality.holding import hold
from backend.municipality.registry import Municipalities
from backend.municipality.shares import Shares, deal
from backend.projection.projections import Beside
from backend.settings import Settings
from backend.stores.sessions import Control
from backend.supervising import Family, Role
from backend.web.app import create_app
from backend.web.carrying import PROCESS_KEEPS_S, Road
from backend.web.connection import CONNECTIONS_MAX, BoundedProtocol, Crowd
from backend.web.front import create_front
from backend.web.listening import BACKLOG, bound, refused

M_ARENA_MAX: Final = -8  # of malloc.h
ARENAS: Final = 2
GC_NEW: Final = 20_000  # new objects before the youngest are collected: a push of 100 makes as many
FILES_WANTED: Final = 16_384  # file handles: of stores, connections, and attachments on their way
FILES_MAX: Final = 65_536
FILES_EACH: Final = 20  # of one unlocked municipality: stores with their logs, for the writer, readers and projection
STOP_S: Final = 20  # a push that is under way is finished and answered


def configure_logs(level: str, into: TextIO, process: int = 0) -> None:
    """One JSON object a line: what happened, never who or what was written; and which of several processes says so."""

    def named(_log: Any, _level: str, event: Any) -> Any:
        return {**event, "process": process} if process else event

    structlog.configure(
        processors=[
            named,
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


def server_of(app: Any, **more: Any) -> Server:
    """A server over an app."""
    config = uvicorn.Config(
        app,
        backlog=BACKLOG,
        loop="uvloop",
        http=bounded_by(connections_allowed()),
        access_log=False,
        log_level="error",
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=STOP_S,
        **more,
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
    if settings.processes > 1:
        run_several(settings, logs)
        return
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings, logs))


def address_taken(settings: Settings) -> list[socket.socket]:
    """Take the address before a store is opened, or say why not: two servers on one folder would be two truths."""
    if is_served(settings.data):
        raise ServedAlready(data=str(settings.data))
    return bound(settings.host, settings.port)


async def serve(settings: Settings, logs: TextIO = sys.stderr) -> None:
    """Serve until told to stop, every municipality in this process."""
    configure_logs(settings.log, logs)
    private_folder(settings.data)
    sockets = address_taken(settings)
    try:
        towns = Municipalities(settings.data, settings.keys, WallClock(), copy=settings.copy)
        await serve_towns(settings, towns, sockets)
    except OSError as error:  # another server took the port since
        raise refused(settings.host, settings.port, error) from None
    finally:
        for one in sockets:
            one.close()


async def serve_towns(
    settings: Settings, municipalities: Municipalities, sockets: list[socket.socket], number: int = 0, life: int = -1
) -> None:
    """Serve municipalities until told to stop; as one of several processes it has a number, and the parent's pipe."""
    log = structlog.get_logger("veldpost")
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
    app = create_app(municipalities, WallClock(), desk, one_of_several=number > 0)
    more = {"forwarded_allow_ips": "*", "timeout_keep_alive": PROCESS_KEEPS_S} if number else {}
    server = server_of(app, **more)
    stopped_by(server, life)
    collect_less()
    desk.follow_all()
    again = asyncio.get_running_loop().create_task(desk.open_again())
    try:
        async with DeskSocket(settings.data, desk, desk_socket(number) if number else SOCKET_FILE):
            await server.serve(sockets)
    finally:
        again.cancel()
        await desk.close()
        await municipalities.close_all()


def stopped_by(server: Server, life: int) -> None:
    """Stop a server at a signal, and when the pipe of a parent closes."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.stop)

    def ends() -> None:
        loop.remove_reader(life)
        server.stop()

    if life >= 0:
        loop.add_reader(life, ends)


# --- several processes: a parent, a front, and the processes that own the municipalities ---


def run_several(settings: Settings, logs: TextIO) -> None:
    """Serve by several processes until told to stop; the parent forks them and opens nothing itself."""
    configure_logs(settings.log, logs)
    private_folder(settings.data)
    address = address_taken(settings)
    with closing(_held(settings)):
        municipalities = Municipalities(settings.data, settings.keys, WallClock())
        ServerKey(municipalities).mark()  # made before two processes could each make one
        _control_made(settings)
        shares = deal(settings.data, settings.processes)
        numbers = range(1, settings.processes + 1)
        inner = {number: _listening(settings.data / f"web-{number}.sock") for number in numbers}
        collect_less()
        roles = [Role("front", lambda life: _fast(_front(settings, shares, address, life)))]
        roles += [Role(str(number), _of_share(settings, logs, shares, number, inner[number])) for number in numbers]
        Family(roles).run()
        for number in numbers:
            (settings.data / f"web-{number}.sock").unlink(missing_ok=True)


def _fast(work: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)


def _held(settings: Settings) -> IO[str]:
    """Hold the data folder for this parent and its processes: a next one waits until the last of them is gone."""
    try:
        return hold(settings.data)
    except StoreBusy:
        raise ServedAlready(data=str(settings.data)) from None


def _control_made(settings: Settings) -> None:
    """Make control.db before two processes could each begin to; one that is damaged stops nothing."""
    control = Control(settings.data)
    with suppress(BackendError, OSError):
        control.sweep(WallClock().now_ms())
    control.close()


def _listening(path: Path) -> socket.socket:
    """The local socket at which the front reaches a process; nobody else may connect."""
    path.unlink(missing_ok=True)
    made = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        made.bind(str(path))
    finally:
        os.umask(before)
    made.listen(BACKLOG)
    return made


def _of_share(
    settings: Settings, logs: TextIO, shares: Shares, number: int, inner: socket.socket
) -> Callable[[int], None]:
    def work(life: int) -> None:
        configure_logs(settings.log, logs, process=number)
        own = Municipalities(
            settings.data, settings.keys, WallClock(), lambda code: shares.owner(code) == number, settings.copy
        )
        _fast(serve_towns(settings, own, [inner], number, life))

    return work


async def _front(settings: Settings, shares: Shares, address: list[socket.socket], life: int) -> None:
    """Take requests at the address and carry each to its process."""
    roads = [Road(settings.data.absolute() / f"web-{number}.sock") for number in range(1, shares.processes + 1)]
    server = server_of(create_front(shares, roads, WallClock()), lifespan="off")
    stopped_by(server, life)
    async with Pointing(settings.data, shares):
        await server.serve(address)
    for road in roads:
        road.close()
