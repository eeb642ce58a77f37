"""The address that a request comes from, for counting only: it is never kept."""

from typing import Any


def address_of(scope: Any) -> str:
    """The address of the client, as the proxy on this machine says it; `local` where there is none."""
    client = scope["client"]
    return str(client[0]) if client else "local"
