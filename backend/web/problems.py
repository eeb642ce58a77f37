"""One shape for every refusal (RFC 9457), the framework's own included."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException

from backend.errors import ROOM_ERRORS, status_of
from backend.faults import note_unexpected
from backend.sentences import Coded, Plain, library, told
from sync.errors import DeviceRevoked
from sync.facts import encode_fact

PROBLEM: Final = "application/problem+json"
RETRY_AFTER_S: Final = "60"  # every limit counts per minute
SOON_S: Final = "5"  # what ends by itself: within so long a process is started again, or another server takes over
SOON: Final = frozenset((
    "process-away", "node-away", "store-away", "standby-away", "commit-unconfirmed",
    "node-unknown", "lease-held", "lease-lost", "journal-moved",
))  # fmt: skip
_FRAMEWORK: Final = {  # the code of a refusal of the framework's own, and of its sentence
    400: ("bad-request", "bad-request"),
    404: ("not-found", "not-found"),
    405: ("method-not-allowed", "method-not-allowed"),
    413: ("too-large", "request-too-large"),
    415: ("unsupported-media-type", "unsupported-media-type"),
    503: ("busy", "busy"),
    429: ("too-many-requests", "too-many-requests"),
}


class TooManyRequests(HTTPException):
    """A limit on how often something may be tried."""

    status_code = 429


class UnsupportedMediaType(HTTPException):
    """The body is of a kind that this route does not read."""

    status_code = 415


def problem(status: int, code: str, sentence: Coded, language: str, **more: Any) -> bytes:
    """The body of a refusal, in a language; `sentence` says what happened, and what to do."""
    detail, remedy = told(sentence, language)
    return msgspec.json.encode(
        {
            "type": f"urn:veldpost:problem:{code}",
            "title": library().status(status, language),
            "status": status,
            "detail": detail,
            "code": code,
            "remedy": remedy,
            **more,
        }
    )


def language_of(scope: Mapping[str, Any]) -> str:
    """The language that a request accepts."""
    named = (value.decode("latin-1") for name, value in scope["headers"] if name == b"accept-language")
    return library().accepted(next(named, ""))


def refusal(error: Exception, now_ms: int, language: str) -> tuple[int, bytes]:
    """The status and body for any error; what is not ours says nothing about itself."""
    if isinstance(error, ROOM_ERRORS):
        more: dict[str, Any] = {"server_time": now_ms} if error.code == "clock" else {}
        if isinstance(error, DeviceRevoked):
            more["revocations"] = [encode_fact(fact).hex() for fact in error.revocations]
        status = status_of(error.code)
        return status, problem(status, error.code, error, language, **more)
    if isinstance(error, HTTPException):
        status = error.status_code
        code, sentence = _FRAMEWORK.get(status, ("error", "other"))
        return status, problem(status, code, Plain(sentence), language)
    note_unexpected("unexpected", error)
    return 500, problem(500, "internal", Plain("internal"), language)


def refusal_headers(status: int, language: str, error: BaseException | None = None) -> dict[str, str]:
    """The headers of a refusal beside its body."""
    soon = getattr(error, "code", "") in SOON
    again = {"Retry-After": SOON_S if soon else RETRY_AFTER_S} if status in (429, 503) else {}
    return {"Content-Type": PROBLEM, "Content-Language": language, "Vary": "Accept-Language"} | again


def handle(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """The one exception handler of the app."""
    language = language_of(request.scope)
    status, body = refusal(error, request.app.state.house.clock.now_ms(), language)
    return Response(body, status_code=status, headers=refusal_headers(status, language, error))
