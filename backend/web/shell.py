"""One thin layer around every request: security headers, a body limit, metrics and an access log without secrets."""

import re
import time
from collections import Counter as Count
from typing import Any, Final

import structlog
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import CollectorRegistry, Counter, Histogram

from backend.sentences import Plain
from backend.web.address import address_of
from backend.web.memory import give_back
from backend.web.problems import language_of, problem, refusal_headers

REQUEST_BYTES_MAX: Final = 12 * 1024 * 1024  # a push of 4 MiB, as much handed in, and room for the rest
FILES_BYTES_MAX: Final = 27 * 1024 * 1024  # a page of the desk with files: an attachment of 25 MiB, and its questions
DESCRIPTION: Final = "/api/v1/openapi.json"
_WITH_FILES: Final = re.compile(r"/m/[^/]+/record/[0-9a-f]{32}/edit/[^/]+")
_BESIDE_IT: Final = re.compile(r"/api/v1(/[^/]*)?")
CLIENT_GONE: Final = 499  # as proxies count it: the answer that nobody waited for
HELD_BYTES_MAX: Final = 192 * 1024 * 1024  # of all bodies on their way; of one address as much as is left for others
TRIM_BYTES: Final = 32 * 1024 * 1024  # once so much was held and let go, memory goes back to the system
API_VERSION: Final = "1.0.0"

GUARDS: Final = (  # of every answer, the pages of the field app too
    (b"referrer-policy", b"no-referrer"),
    (b"strict-transport-security", b"max-age=63072000; includeSubDomains"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
PLAIN: Final = (
    (b"api-version", API_VERSION.encode()),
    (b"cache-control", b"no-store"),
)
HEADERS: Final = (
    *PLAIN,
    (b"content-security-policy", b"default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'"),
    *GUARDS,
)
DESK: Final = "/m/"  # the pages of a municipality's staff
DESK_POLICY: Final = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    b"connect-src 'self'; form-action 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)
DESK_HEADERS: Final = (
    *PLAIN,
    (b"content-security-policy", DESK_POLICY),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    *((name, b"same-origin" if name == b"referrer-policy" else value) for name, value in GUARDS),
)  # a form that is posted without its origin could not be told from another site's, so pages of this server are told

log = structlog.get_logger("veldpost.access")


class TooMuch(HTTPException):
    """The body went over the limit while it was read."""

    status_code = 413


class Full(HTTPException):
    """The bodies that are being held are as many as the server allows itself, or this address among the others."""

    status_code = 503


class BrokenOff(HTTPException):
    """The client went away before the end of its body: a bad connection, no fault of the server."""

    status_code = 400


class Metrics:
    """The counters of the server: routes and statuses, never people, records or addresses."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "veldpost_requests", "Requests by route and status", ("route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "veldpost_request_seconds", "Seconds until the answer began", ("route",), registry=self.registry
        )
        self._known: dict[tuple[str, int], tuple[Counter, Histogram]] = {}

    def count(self, route: str, status: int, seconds: float) -> None:
        """Count one request. Looking up labels is dear, so what was looked up once is kept: few routes and statuses."""
        known = self._known.get((route, status))
        if known is None:
            known = self.requests.labels(route, status), self.seconds.labels(route)
            self._known[route, status] = known
        known[0].inc()
        known[1].observe(seconds)


class Shell:
    """Wraps the whole app, so that refusals of the framework get the same headers as answers."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics
        self._held = 0
        self._of: Count[str] = Count()  # what is held, by address
        self._most = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500
        taken, whole, broken = 0, False, False
        address, most = address_of(scope), _most_of(scope["path"])

        async def limited() -> Any:
            nonlocal taken, whole, broken
            message = await receive()
            if message["type"] == "http.request":
                size = len(message.get("body", b""))
                left = HELD_BYTES_MAX - self._held
                if size > left or self._of[address] + size > max(left, most):
                    raise Full  # beyond one body an address holds no more than is left: another finds room
                taken += size
                self._held += size
                self._of[address] += size
                whole = not message.get("more_body")
                if taken > most:
                    raise TooMuch
            elif message["type"] == "http.disconnect" and not whole:
                broken = True
                raise BrokenOff
            return message

        async def with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _with_ours(message["headers"], scope["path"])
            await send(message)

        try:
            if not await _answered(scope, with_headers):
                await self._app(scope, limited, with_headers)
        finally:
            self._let_go(address, taken)
            self._note(scope, CLIENT_GONE if broken else status, time.perf_counter() - started)

    def _let_go(self, address: str, size: int) -> None:
        """Count a body that is held no longer; after a burst the memory is given back."""
        self._of[address] -= size
        if not self._of[address]:
            del self._of[address]
        self._most = max(self._most, self._held)
        self._held -= size
        if self._held == 0 and self._most > TRIM_BYTES:
            self._most = 0
            give_back()

    def _note(self, scope: Any, status: int, seconds: float) -> None:
        route = route_of(scope["path"])
        self._metrics.count(route, status, seconds)
        if status == 503:  # locked, busy or full: it passes, and the counters show it
            log.warning("request", route=route, method=scope["method"], status=status, ms=round(seconds * 1000, 1))
        elif status >= 500:
            log.error("request", route=route, method=scope["method"], status=status, ms=round(seconds * 1000, 1))
        else:
            log.debug("request", route=route, method=scope["method"], status=status, ms=round(seconds * 1000, 1))


def _most_of(path: str) -> int:
    """The bytes that a body may have: more where a page takes files."""
    return FILES_BYTES_MAX if _WITH_FILES.fullmatch(path) else REQUEST_BYTES_MAX


def route_of(path: str) -> str:
    """The route of a path without what it names: a bounded set of words for metrics and logs."""
    parts = path.strip("/").split("/")
    if parts[:2] == ["api", "v1"] and len(parts) > 3:
        return parts[3] if parts[3] in ROUTES else "other"
    if parts[0] == "m":
        return "desk"
    return parts[0] if parts[0] in ("health", "metrics") else ("status" if path == "/" else "other")


ROUTES: Final = frozenset(("sync", "enrolments", "certificates", "hand-ins", "forms", "lists", "attachments"))


def _with_ours(headers: Any, path: str) -> Any:
    """The headers of every answer, by its prefix; the field app has its own."""
    own = any(name == b"x-content-type-options" for name, _ in headers)
    return headers if own else [*headers, *(DESK_HEADERS if path.startswith(DESK) else HEADERS)]


async def _answered(scope: Any, send: Send) -> bool:
    """Answer what no route does; False for all the rest."""
    if scope["http_version"] == "1.1" and not any(name == b"host" for name, _ in scope["headers"]):
        await _refuse(scope, send, 400, "bad-request", "no-host")
    elif _typed_slash(scope):
        await _send_on(scope, send)
    elif scope["raw_path"] not in (b"/", b"/field/") and scope["raw_path"].endswith(b"/"):
        # a trailing slash names nothing here (API Design Rules), where the framework would be lenient
        await _refuse(scope, send, 404, "not-found", "not-found")
    elif scope["path"] != DESCRIPTION and _BESIDE_IT.fullmatch(scope["path"]):
        await _refuse(scope, send, 404, "not-found", "not-found")  # the framework answers in HTML here
    else:
        return False
    return True


def _typed_slash(scope: Any) -> bool:
    """True for an address of the desk that a person typed with a slash at its end."""
    asks_page = any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])
    typed = scope["raw_path"].startswith(DESK.encode()) and scope["raw_path"].endswith(b"/")
    return typed and asks_page and scope["method"] in ("GET", "HEAD")


async def _send_on(scope: Scope, send: Send) -> None:
    """Lead a browser to the same address without the slash; it begins with `/m`, so it is of this server."""
    address = scope["raw_path"].rstrip(b"/") + (b"?" + scope["query_string"] if scope["query_string"] else b"")
    await send({"type": "http.response.start", "status": 308, "headers": [(b"location", address)]})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _refuse(scope: Scope, send: Send, status: int, code: str, sentence: str) -> None:
    language = language_of(scope)
    body = problem(status, code, Plain(sentence), language)
    named = refusal_headers(status, language).items()
    headers = [(name.lower().encode(), value.encode()) for name, value in named]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
