"""One shape for every refusal (RFC 9457), the framework's own included."""

from http import HTTPStatus
from typing import Any, Final

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException

from backend.clock import Clock
from backend.errors import ROOM_ERRORS, status_of
from sync.errors import DeviceRevoked
from sync.facts import encode_fact

PROBLEM: Final = "application/problem+json"
RETRY_AFTER_S: Final = "60"  # every limit counts per minute
_FRAMEWORK: Final = {
    400: ("bad-request", "Correct the request; the API's description is at /api/v1/openapi.json."),
    404: ("not-found", "Check the address; paths have no trailing slash."),
    405: ("method-not-allowed", "Use the method that the API's description names."),
    413: ("too-large", "Send less in one request."),
    415: ("unsupported-media-type", "Send application/msgpack."),
    503: ("busy", "Wait as long as the Retry-After header says, then go on."),
    429: ("too-many-requests", "Wait as long as the Retry-After header says, then go on."),
}


class TooManyRequests(HTTPException):
    """A limit on how often something may be tried."""

    status_code = 429


class UnsupportedMediaType(HTTPException):
    """The body is of a kind that this route does not read."""

    status_code = 415


def problem(status: int, code: str, detail: str, remedy: str, **more: Any) -> bytes:
    """The body of a refusal."""
    return msgspec.json.encode(
        {
            "type": f"urn:veldpost:problem:{code}",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": detail,
            "code": code,
            "remedy": remedy,
            **more,
        }
    )


def refusal(error: Exception, now_ms: int) -> tuple[int, bytes]:
    """The status and body for any error; what is not ours says nothing about itself."""
    if isinstance(error, ROOM_ERRORS):
        more: dict[str, Any] = {"server_time": now_ms} if error.code == "clock" else {}
        if isinstance(error, DeviceRevoked):
            more["revocations"] = [encode_fact(fact).hex() for fact in error.revocations]
        status = status_of(error.code)
        return status, problem(status, error.code, str(error), error.remedy, **more)
    if isinstance(error, HTTPException):
        status = error.status_code
        code, remedy = _FRAMEWORK.get(status, ("error", "Try again later."))
        return status, problem(status, code, HTTPStatus(status).phrase, remedy)
    return 500, problem(
        500, "internal", "The server failed.", "Nothing was acknowledged. Try again; if it goes on, tell the operator."
    )


def refusal_headers(status: int) -> dict[str, str]:
    """What a refusal carries beside its body."""
    return {"Content-Type": PROBLEM} | ({"Retry-After": RETRY_AFTER_S} if status in (429, 503) else {})


def handler(clock: Clock) -> Any:
    """The one exception handler of the app."""

    def handle(_request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
        status, body = refusal(error, clock.now_ms())
        return Response(body, status_code=status, headers=refusal_headers(status))

    return handle
