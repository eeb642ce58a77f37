"""The field app, served at /field/: the files that `field/build.js` made, read once at start and kept compressed.

Everything stands under the version that its content gives it, so that a browser may keep it for good; the page, the
service worker, the manifest and the theme of a municipality are asked for again each time. Without the files nothing
stands there.
"""

import gzip
import json
import re
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from backend.web.shell import GUARDS

FOLDER: Final = Path(__file__).parents[2] / "field" / "served"
FRONT: Final = "/field/"
TYPES: Final = {
    ".js": b"text/javascript; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".html": b"text/html; charset=utf-8",
    ".svg": b"image/svg+xml",
    ".png": b"image/png",
    ".webmanifest": b"application/manifest+json",
}
FOR_GOOD: Final = b"public, max-age=31536000, immutable"
ASK_AGAIN: Final = b"no-cache"
PACKED: Final = ".br"
THEMES: Final = re.compile(r"/field/theme/([^/]{1,40})\.css")
Themes = Callable[[str], str | None]  # the style sheet of a municipality by its code; nothing where there is none
PLAIN_HEADERS: Final = ((b"x-content-type-options", b"nosniff"),)
POLICY: Final = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self';"
    " img-src 'self' blob:; media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'; trusted-types veldpost"
)
WORKER_POLICY: Final = (  # it is given keys, and reaches nobody: no connect-src
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; require-trusted-types-for 'script'; trusted-types 'none'"
)
POLICIES: Final = {"index.html": POLICY, "sw.js": POLICY, "worker.js": WORKER_POLICY}  # what a browser runs by itself


class Served(NamedTuple):
    """One file as it goes out."""

    kind: bytes
    plain: bytes
    gzip: bytes
    brotli: bytes | None  # where the build made it: Python has no Brotli of its own
    etag: bytes
    kept: bytes
    policy: bytes | None  # of what a browser runs by itself


class FieldApp:
    """Answers what is asked below /field/; everything else goes to the app behind."""

    def __init__(self, behind: ASGIApp, themes: Themes, folder: Path = FOLDER) -> None:
        self._behind = behind
        self._themes = themes
        self._files = _read(folder) if (folder / "index.html").is_file() else {}
        self._headers = (
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"permissions-policy", b"camera=(self), microphone=(), geolocation=(), payment=()"),
            *GUARDS,
        )

    @property
    def is_here(self) -> bool:
        """True if the app was built."""
        return bool(self._files)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        file = self._file(scope["path"]) if scope["type"] == ScopeType.HTTP else None
        if scope["type"] != ScopeType.HTTP or (file is None and scope["path"] != FRONT[:-1]) or not self.is_here:
            await self._behind(scope, receive, send)
            return
        if file is None:
            await self._answer(send, 308, [(b"location", FRONT.encode())], b"")
            return
        if scope["method"] not in ("GET", "HEAD"):
            await self._answer(send, 405, [(b"allow", b"GET, HEAD")], b"")
            return
        asked: dict[bytes, bytes] = dict(scope["headers"])
        headers = [(b"content-type", file.kind), (b"etag", file.etag), (b"cache-control", file.kept),
                   (b"vary", b"accept-encoding")]  # fmt: skip
        if asked.get(b"if-none-match") == file.etag:
            await self._answer(send, 304, headers, b"", policy=file.policy)
        else:
            encoding, body = packed(file, asked.get(b"accept-encoding", b""))
            named = [] if encoding is None else [(b"content-encoding", encoding)]
            await self._answer(send, 200, [*headers, *named], body, scope["method"], file.policy)

    def _file(self, path: str) -> Served | None:
        """One of our files, or the theme of a municipality that is hosted here."""
        found = THEMES.fullmatch(path)
        css = self._themes(found[1]) if found is not None else None
        return self._files.get(path) if css is None else _theme(css)

    async def _answer(
        self,
        send: Send,
        status: int,
        headers: list[tuple[bytes, bytes]],
        body: bytes,
        method: str = "GET",
        policy: bytes | None = POLICY.encode(),
    ) -> None:
        length = (b"content-length", str(len(body)).encode())
        named = () if policy is None else ((b"content-security-policy", policy), *self._headers)
        more = named or PLAIN_HEADERS  # 70 modules are fetched at once: what runs nothing by itself has short headers
        start: Any = {"type": "http.response.start", "status": status, "headers": [*headers, length, *more]}
        await send(start)
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body, "more_body": False})


def current(folder: Path = FOLDER) -> str:
    """The path below which the files of this version stand; nothing where the app was not built."""
    return _below(folder) if (folder / "index.html").is_file() else ""


@lru_cache(4)
def _below(folder: Path) -> str:
    return next((path.removesuffix("app/main.js") for path in _read(folder) if path.endswith("/app/main.js")), "")


def packed(file: Served, accepted: bytes) -> tuple[bytes | None, bytes]:
    """The shortest form of a file that a browser accepts, and its name."""
    names = {name.strip() for name in accepted.split(b",")}
    if b"br" in names and file.brotli is not None:
        return b"br", file.brotli
    return (b"gzip", file.gzip) if b"gzip" in names else (None, file.plain)


@lru_cache(4)
def _read(folder: Path) -> dict[str, Served]:
    """Every file by its path, as it was when it was first asked for; whoever builds the app anew starts anew."""
    every = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    raw = {name: body for name, body in every.items() if not name.endswith(PACKED)}
    own = {name: body for name, body in raw.items() if name.endswith((".js", ".css"))}
    digests = b"".join(name.encode() + sha256(body).digest() for name, body in sorted(raw.items()))
    version = sha256(digests).hexdigest()[:16]
    below = f"{FRONT}v/{version}/"
    page = raw["index.html"].decode().replace("{version}", version)
    files = {f"{below}{name}": served(name, body, FOR_GOOD, every.get(name + PACKED)) for name, body in own.items()}
    always = {name: body for name, body in raw.items() if name == "manifest.webmanifest" or name.startswith("icon")}
    files |= {f"{FRONT}{name}": served(name, body, ASK_AGAIN) for name, body in always.items()}
    listed = json.dumps([FRONT, *files])
    worker = raw["sw.js.txt"].decode().replace("{version}", version).replace("{files}", listed)
    files[FRONT] = served("index.html", page.encode(), ASK_AGAIN)
    files[f"{FRONT}sw.js"] = served("sw.js", worker.encode(), ASK_AGAIN)
    return files


@lru_cache(64)
def _theme(css: str) -> Served:
    return served("theme.css", css.encode(), ASK_AGAIN)


def served(name: str, body: bytes, kept: bytes, brotli: bytes | None = None) -> Served:
    etag = b'"' + sha256(body).hexdigest()[:32].encode() + b'"'
    policy = POLICIES[name].encode() if name in POLICIES else None
    return Served(TYPES[Path(name).suffix], body, gzip.compress(body, 9, mtime=0), brotli, etag, kept, policy)
