"""Reaches a device's server: signed posts, and the server's refusals as errors."""

import contextlib
import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final, NamedTuple, Protocol

import httpx

from backend.errors import status_of
from backend.sentences import told
from crypto.keys import SigningKey
from sync.facts import encode_fact
from sync.messages import request_fields

MESSAGEPACK: Final = "application/msgpack"
TIMEOUT_S: Final = 60.0
ANSWER_BYTES_MAX: Final = 32 * 1024 * 1024  # an attachment has 25 MiB; no server may fill a device's memory


class Unreachable(Exception):
    """No answer came: whether the server took anything in is not known, and sending again is safe."""


class ServerRefused(Exception):
    """The server answered with a problem; `code` is stable, and the server's time may come with it.

    `revocations` are the bytes of facts that a revoked device is told, which it verifies before it believes them.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        server_time: int | None = None,
        revocations: tuple[bytes, ...] = (),
    ) -> None:
        self.status = status
        self.code = code
        self.server_time = server_time
        self.revocations = revocations
        super().__init__(f"{code}: {detail}")


def refused(error: Any, now_ms: int) -> ServerRefused:
    """The refusal that an error of the server's rooms becomes for a device in the same process, as over HTTP."""
    return ServerRefused(
        status_of(error.code),
        error.code,
        told(error).message,
        now_ms if error.code == "clock" else None,
        tuple(encode_fact(fact) for fact in getattr(error, "revocations", ())),
    )


class Answer(NamedTuple):
    """A server's answer where its headers count; their names are in lower case."""

    headers: Mapping[str, str]
    body: bytes


def signed_headers(
    device: bytes,
    signing: SigningKey,
    time_ms: int,
    method: str,
    target: str,
    body: bytes,
    headers: Mapping[str, str],
) -> dict[str, str]:
    """The headers of a request, with those that say which device signed it and when (sync/SPEC.md section 5)."""
    named = {name.lower(): value for name, value in headers.items()}
    sig = signing.sign("request", *request_fields(method, target, sha256(body).digest(), time_ms, named))
    signed = {"Veldpost-Device": device.hex(), "Veldpost-Time": str(time_ms), "Veldpost-Signature": sig.hex()}
    return {**headers, **signed}


class Transport(Protocol):
    """Something that carries a body to a path of the municipality's server and brings the answer."""

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        """The answer's body; raises `Unreachable` or `ServerRefused`."""


class AskingTransport(Transport, Protocol):
    """A transport for requests of any method, as attachments need them."""

    def ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """The answer to a request; raises `Unreachable` or `ServerRefused`."""


class HttpTransport:
    """Over HTTP, with one kept connection."""

    def __init__(self, base_url: str) -> None:
        self._client = httpx.Client(base_url=base_url, timeout=TIMEOUT_S)

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        """The answer's body."""
        return self.ask("POST", path, body, {"Content-Type": MESSAGEPACK, **headers}).body

    def ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """The answer to a request of any method."""
        taken = bytearray()
        try:
            with self._client.stream(method, path, content=body, headers=dict(headers)) as answer:
                for chunk in answer.iter_bytes():
                    taken += chunk
                    if len(taken) > ANSWER_BYTES_MAX:
                        raise Unreachable(f"the answer has more than {ANSWER_BYTES_MAX} bytes")
        except httpx.HTTPError as error:
            raise Unreachable(str(error)) from error
        if answer.is_success:
            return Answer({name.lower(): value for name, value in answer.headers.items()}, bytes(taken))
        try:
            problem = json.loads(taken)
        except ValueError:
            problem = None
        problem = problem if isinstance(problem, dict) else {}
        raise ServerRefused(
            answer.status_code,
            str(problem.get("code", "unknown")),
            str(problem.get("detail", "")),
            problem.get("server_time"),
            _unhexed(problem.get("revocations")),
        )

    def close(self) -> None:
        """Let the connection go."""
        self._client.close()


def _unhexed(facts: object) -> tuple[bytes, ...]:
    """The bytes of facts in hexadecimal digits; what is none is left out."""
    found = []
    for text in facts if isinstance(facts, list) else []:
        with contextlib.suppress(ValueError, TypeError):
            found.append(bytes.fromhex(text))
    return tuple(found)
