"""The endpoints for devices: one table, for HTTP, the desk's own devices, fleet and tests.

An endpoint judges the headers, reads the body, checks who asks, and answers; what it counts against guessing and
floods is said to `Counts`, which a server gives and devices in the same process lack. HTTP has its own routing, media
types and descriptions (`backend/web/devices.py`) and nothing else. Attachments are apart (`uploading.py`): they carry
files.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple, Protocol

from backend.errors import DeviceUnknown, FormUnknown
from backend.municipality.handin import hand_in
from backend.municipality.requests import Asked, claim_of, device_of
from backend.municipality.service import Municipality
from backend.stores.rows import LIST

MESSAGEPACK: Final = "application/msgpack"
JSON: Final = "application/json"


class Counts(Protocol):
    """Counts of what one address or device tried; each raises an error when that was too often."""

    def enrolment(self) -> None:
        """Count an enrolment, or a certificate that is shown again."""

    def hand_in(self) -> None:
        """Count a hand-in."""

    def failed(self) -> None:
        """Count a signature that did not fit."""

    def exchange(self, device: bytes) -> None:
        """Count a signed request of a device."""


class Uncounted:
    """For devices in the server's own process."""

    def enrolment(self) -> None:
        """Count nothing."""

    def hand_in(self) -> None:
        """Count nothing."""

    def failed(self) -> None:
        """Count nothing."""

    def exchange(self, device: bytes) -> None:
        """Count nothing."""


class Call(NamedTuple):
    """A request: its body is read when its headers were judged, so that an old one is refused before."""

    asked: Asked
    body: Callable[[], Awaitable[bytes]]
    counts: Counts = Uncounted()


class Reply(NamedTuple):
    """An answer; refusals are raised."""

    status: int
    body: bytes
    media: str


class Signed(NamedTuple):
    """A request whose signature was checked."""

    device: bytes
    body: bytes
    time_ms: int


async def signed(town: Municipality, call: Call, *, finishes: bool = False) -> Signed:
    """Check who asks; raises `DeviceUnknown`, `ClockTooFarOff`, `DeviceRevoked`, `CertificateExpired`.

    `finishes`: also a device that has ended, for photos of what it wrote before.
    """
    try:
        claim = claim_of(call.asked, town.clock.now_ms())
        body = await call.body()
        device = device_of(claim, town, body, town.clock.now_ms(), finishes=finishes)
    except DeviceUnknown:
        call.counts.failed()
        raise
    call.counts.exchange(device)
    return Signed(device, body, claim.time_ms)


async def sync(town: Municipality, call: Call) -> Reply:
    """Answer one exchange; it is on disk before the answer is given (sync/SPEC.md section 6)."""
    asks = await signed(town, call)
    return Reply(200, await town.exchanging.exchange(asks.device, asks.body, asks.time_ms), MESSAGEPACK)


async def enrolments(town: Municipality, call: Call) -> Reply:
    """Enrol a device that shows an open invitation (sync/SPEC.md section 7.4)."""
    call.counts.enrolment()
    return Reply(201, await town.enrolling.enrol(await call.body()), MESSAGEPACK)


async def certificates(town: Municipality, call: Call) -> Reply:
    """Take the certificate that a restored server forgot; its own signature vouches for it."""
    call.counts.enrolment()
    await town.enrolling.readmit(await call.body())
    return Reply(204, b"", MESSAGEPACK)


async def hand_ins(town: Municipality, call: Call) -> Reply:
    """Take in entries that prove themselves (sync/SPEC.md section 6.8)."""
    call.counts.hand_in()
    return Reply(200, await hand_in(town, await call.body(), call.counts.failed), MESSAGEPACK)


async def form(town: Municipality, call: Call, slug: str, version: str) -> Reply:
    """Give a published form version, byte for byte as its digest was signed."""
    return await _published(town, call, slug, int(version))


async def named_list(town: Municipality, call: Call, slug: str, version: str) -> Reply:
    """Give a published version of a named list."""
    return await _published(town, call, LIST + slug, int(version))


async def _published(town: Municipality, call: Call, name: str, version: int) -> Reply:
    await signed(town, call)
    document = town.published.document(name, version)
    if document is None:
        raise FormUnknown(form=name, version=version)
    return Reply(200, document, JSON)


class Endpoint(NamedTuple):
    """A method, the path below `/api/v1/{municipality}/`, and what answers."""

    method: str
    path: str
    answer: Callable[..., Awaitable[Reply]]


ENDPOINTS: Final = (
    Endpoint("POST", "sync", sync),
    Endpoint("POST", "enrolments", enrolments),
    Endpoint("POST", "certificates", certificates),
    Endpoint("POST", "hand-ins", hand_ins),
    Endpoint("GET", "forms/{slug}/versions/{version}", form),
    Endpoint("GET", "lists/{slug}/versions/{version}", named_list),
)
_PATTERNS: Final = tuple(
    (each, re.compile("/api/v1/[^/]+/" + re.sub(r"{(\w+)}", r"(?P<\1>[^/?]+)", each.path))) for each in ENDPOINTS
)


async def dispatch(town: Municipality, asked: Asked, body: bytes) -> Reply:
    """Answer a request within this process, with every check but the counting of HTTP."""

    async def whole() -> bytes:
        return body

    for endpoint, pattern in _PATTERNS:
        found = pattern.fullmatch(asked.target)
        if found is not None and endpoint.method == asked.method:
            return await endpoint.answer(town, Call(asked, whole), **found.groupdict())
    raise LookupError(f"no endpoint for {asked.method} {asked.target}")


async def answer_post(town: Municipality, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """Answer a device's post within this process with the bytes that HTTP would carry."""
    named = {name.lower(): value for name, value in headers.items()}
    return (await dispatch(town, Asked("POST", path, named), body)).body
