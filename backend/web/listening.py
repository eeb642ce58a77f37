"""The address at which the server listens, taken before anything else is done.

A port that is taken stops a start in our own words, and before a store is opened.
"""

import errno
import socket
from typing import ClassVar, Final

from backend.errors import BackendError
from backend.files import reason

BACKLOG: Final = 2_048
REASONS: Final = {
    errno.EADDRINUSE: "port-taken", errno.EACCES: "port-not-allowed", errno.EADDRNOTAVAIL: "address-not-here"
}  # fmt: skip


class CannotListen(BackendError):
    """The operating system refuses the address or the port."""

    code: ClassVar[str] = "cannot-listen"


def refused(host: str, port: int, error: OSError) -> CannotListen:
    """The error of an address that cannot be had."""
    why = REASONS.get(error.errno or 0) or ("address-not-here" if isinstance(error, socket.gaierror) else "")
    return CannotListen(host=host, port=port, why=why or reason(error))


def bound(host: str, port: int) -> list[socket.socket]:
    """The sockets of an address, bound and not listening yet; raises `CannotListen`."""
    sockets: list[socket.socket] = []
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, address in found:
            sockets.append(socket.socket(family, kind, protocol))
            sockets[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                sockets[-1].setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sockets[-1].bind(address)
    except OSError as error:
        for one in sockets:
            one.close()
        raise refused(host, port, error) from None
    return sockets
