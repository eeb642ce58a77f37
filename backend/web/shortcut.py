"""The exchange answered before routing: every answer of every worker comes this way, so it costs what it must.

The route `sync` of devices.py promises the same and says it in the API's description; whatever is not the plain form
of an exchange (another media type, a query) goes there. tests/web/test_shortcut.py holds the two together.
"""

import re
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from backend.municipality import endpoints
from backend.web.house import House
from backend.web.problems import language_of, refusal, refusal_headers
from backend.web.signed import call_of

MESSAGEPACK: Final = b"application/msgpack"
_PLAIN: Final = re.compile(rb"/api/v1/([A-Za-z0-9]{1,12})/sync")


class _ClientGone(Exception):
    """Nobody waits for the answer any more."""


class Shortcut:
    """Answers the plain form of an exchange; hands everything else to the app."""

    def __init__(self, app: ASGIApp, house: House) -> None:
        self._app = app
        self._house = house

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        code = _code(scope)
        if code is None:
            await self._app(scope, receive, send)
            return
        house = self._house
        try:
            town = house.municipalities.get(code)
            status, answer, _ = await endpoints.sync(town, call_of(scope, house, lambda: _whole(receive)))
            headers = [(b"content-type", MESSAGEPACK)]
        except _ClientGone:
            return
        except Exception as error:  # noqa: BLE001 - named to the device, never swallowed
            language = language_of(scope)
            status, answer = refusal(error, house.clock.now_ms(), language)
            named = refusal_headers(status, language, error).items()
            headers = [(name.lower().encode(), value.encode()) for name, value in named]
        headers.append((b"content-length", str(len(answer)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": answer, "more_body": False})


def _code(scope: Scope) -> str | None:
    """The municipality, if this is an exchange in its plain form."""
    if scope["type"] != ScopeType.HTTP or scope["method"] != "POST" or scope["query_string"]:
        return None
    found = _PLAIN.fullmatch(scope["raw_path"])
    if found is None or (b"content-type", MESSAGEPACK) not in scope["headers"]:
        return None
    return found[1].decode()


async def _whole(receive: Receive) -> bytes:
    """The body of a request; raises `_ClientGone` when the client went away before its end."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise _ClientGone
        parts.append(message["body"])
        if not message.get("more_body"):
            return b"".join(parts)
