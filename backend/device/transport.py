"""How a device reaches its server: signed posts, and the server's refusals as errors."""

from collections.abc import Mapping
from typing import Final, Protocol

import httpx

MESSAGEPACK: Final = "application/msgpack"
TIMEOUT_S: Final = 60.0


class Unreachable(Exception):
    """No answer came: whether the server took anything in is not known, and sending again is safe."""


class ServerRefused(Exception):
    """The server answered with a problem; `code` is stable, and the server's time may come with it."""

    def __init__(self, status: int, code: str, detail: str, server_time: int | None = None) -> None:
        self.status = status
        self.code = code
        self.server_time = server_time
        super().__init__(f"{code}: {detail}")


class Transport(Protocol):
    """Something that carries a body to a path of the municipality's server and brings the answer."""

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        """The answer's body; raises `Unreachable` or `ServerRefused`."""


class HttpTransport:
    """Over HTTP, with one kept connection."""

    def __init__(self, base_url: str) -> None:
        self._client = httpx.Client(base_url=base_url, timeout=TIMEOUT_S)

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        """The answer's body."""
        try:
            answer = self._client.post(path, content=body, headers={"Content-Type": MESSAGEPACK, **headers})
        except httpx.HTTPError as error:
            raise Unreachable(str(error)) from error
        if answer.is_success:
            return answer.content
        try:
            problem = answer.json()
        except ValueError:
            problem = {}
        raise ServerRefused(
            answer.status_code, problem.get("code", "unknown"), problem.get("detail", ""), problem.get("server_time")
        )

    def close(self) -> None:
        """Let the connection go."""
        self._client.close()
