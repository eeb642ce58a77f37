"""The style sheet and the scripts of the desk's pages: made by `field/build-desk.js`, read once, kept compressed.

Each stands under a name of its content, so that a browser may keep it for good. Where set-up had no Node, pages wear
our own sheet alone, and have no script: they work so too.
"""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from backend.web.field import FOR_GOOD, PACKED, PLAIN_HEADERS, Served, packed, served

_HERE: Final = Path(__file__).parent
FOLDER: Final = _HERE / "served"
PLAIN: Final = (_HERE / "assets" / "tokens.css", _HERE / "assets" / "desk.css")
FRONT: Final = "/desk/"
SHEET: Final = "desk.css"
SCRIPTS: Final = ("htmx.js", "desk.js")
NAME_DIGITS: Final = 16  # of the hash in a name: no two of our own files meet by chance
HTMX: Final = (  # nothing of a page is run as text, kept in the browser or fetched from elsewhere
    '{"allowEval":false,"includeIndicatorStyles":false,"selfRequestsOnly":true,"historyCacheSize":0,'
    '"refreshOnHistoryMiss":true}'
)


class Look(NamedTuple):
    """The addresses that a page names, and what stands there."""

    sheet: str
    scripts: tuple[str, ...]
    files: dict[str, Served]


def made(folder: Path) -> Look:
    """The look from a folder of the build; our own sheet alone where the build has not been."""
    bodies = {name: (folder / name).read_bytes() for name in (SHEET, *SCRIPTS) if (folder / name).is_file()}
    if SHEET not in bodies:
        bodies = {SHEET: b"\n".join(path.read_bytes() for path in PLAIN)}
    files, addresses = {}, {}
    for name, body in bodies.items():
        stem, _, kind = name.partition(".")
        address = addresses[name] = f"{FRONT}{stem}.{sha256(body).hexdigest()[:NAME_DIGITS]}.{kind}"
        beside = folder / f"{name}{PACKED}"
        files[address] = served(name, body, FOR_GOOD, beside.read_bytes() if beside.is_file() else None)
    return Look(addresses[SHEET], tuple(addresses[name] for name in SCRIPTS if name in addresses), files)


@cache
def look() -> Look:
    """The look of this server's pages."""
    return made(FOLDER)


class Sheets:
    """Answers what is asked for by the address of a sheet or a script; everything else goes to the app behind."""

    def __init__(self, behind: ASGIApp, files: dict[str, Served]) -> None:
        self._behind = behind
        self._files = files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        file = self._files.get(scope["path"]) if scope["type"] == ScopeType.HTTP else None
        if file is None or scope["type"] != ScopeType.HTTP or scope["method"] not in ("GET", "HEAD"):
            await self._behind(scope, receive, send)
            return
        asked: dict[bytes, bytes] = dict(scope["headers"])
        known = asked.get(b"if-none-match") == file.etag
        encoding, body = packed(file, asked.get(b"accept-encoding", b""))
        headers = [(b"content-type", file.kind), (b"etag", file.etag), (b"cache-control", file.kept),
                   (b"vary", b"accept-encoding"), *PLAIN_HEADERS]  # fmt: skip
        headers += [(b"content-encoding", encoding)] if encoding is not None and not known else []
        headers += [(b"content-length", str(len(body)).encode())] if not known else []
        start: Any = {"type": "http.response.start", "status": 304 if known else 200, "headers": headers}
        await send(start)
        await send({
            "type": "http.response.body", "body": b"" if known or scope["method"] == "HEAD" else body,
            "more_body": False,
        })  # fmt: skip
