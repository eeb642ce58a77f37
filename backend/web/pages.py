"""Pages and checks for operators: status, health, metrics. No personal data on any of them."""

from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, select_autoescape
from litestar import MediaType, Request, Response, get
from litestar.enums import ScopeType
from litestar.exceptions import NotFoundException
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import generate_latest

from backend.sentences import library
from backend.web.address import address_of
from backend.web.tallies import Counted
from forms.wording import number, own_name

_HERE: Final = Path(__file__).parent
_templates: Final = Environment(loader=FileSystemLoader(_HERE / "templates"), autoescape=select_autoescape())
DUTCH: Final = "nl"
CHOSEN: Final = "__Host-desk-language"  # the cookie of a language that somebody chose before they signed in
LOOPBACK: Final = ("127.0.0.1", "::1")
PAGES: Final = ("/", "/static/veldpost.css", "/health/live", "/health/ready", "/metrics")


def counts_of(request: Request[Any, Any, Any]) -> Counted:
    """The counts of the server that a request came to."""
    counted: Counted = request.app.state.counted
    return counted


def language_of(request: Request[Any, Any, Any]) -> str:
    """The language that was asked for: ?lang= first, then what was chosen at a door, the browser's, and Dutch."""
    asked = request.query_params.get("lang", "")
    written = library().languages
    for chosen in (asked, request.cookies.get(CHOSEN, "")):
        if chosen in written:
            return chosen
    wanted = [part.split(";")[0].strip()[:2] for part in request.headers.get("accept-language", "").split(",")]
    return next((language for language in wanted if language in written), DUTCH)


def _is_near(request: Request[Any, Any, Any]) -> bool:
    """True if who asks is on this machine: strangers read no counts."""
    return address_of(request.scope) in LOOPBACK


@get("/", media_type=MediaType.HTML, include_in_schema=False)
async def status(request: Request[Any, Any, Any]) -> Response[str]:
    """Show what this server hosts; how it is doing is shown to the machine itself, as the operator sees it."""
    language = language_of(request)
    counted = counts_of(request)
    near = _is_near(request)
    now_ms, tally = counted.clock.now_ms(), await counted.tally()
    words = {
        "language": language, "languages": library().languages, "own_name": own_name,
        "said": lambda code, **facts: library().phrase(code, language, **facts),
        "number": partial(number, language=language), "now_ms": now_ms,
        "version": version("veldpost"),
    }  # fmt: skip
    page = _templates.get_template("status.html").render(near=near, tally=tally, **words)
    return Response(page, media_type=MediaType.HTML, headers={"Content-Language": language})


@get("/static/veldpost.css", media_type=MediaType.CSS, include_in_schema=False)
async def stylesheet() -> Response[bytes]:
    """The one style sheet."""
    return Response((_HERE / "static" / "veldpost.css").read_bytes(), media_type=MediaType.CSS)


@get("/health/live", tags=["operators"])
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


@get("/health/ready", tags=["operators"])
async def ready(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
    """Every municipality's stores can be written, and its disk has room; tried at most every ten seconds, and every
    minute where nothing happens: those stores are closed."""
    faults = await counts_of(request).faults()
    return Response(
        {"status": "ready" if not faults else "not ready", "faults": faults}, status_code=503 if faults else 200
    )


@get("/metrics", media_type=MediaType.TEXT, tags=["operators"])
async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Prometheus metrics: routes, statuses, and counts per municipality; to this machine alone, as the status page."""
    if not _is_near(request):
        raise NotFoundException
    counted = counts_of(request)
    lines = "".join(f"{line}\n" for line in (await counted.tally()).lines)
    return Response(generate_latest(counted.metrics.registry) + lines.encode(), media_type="text/plain; version=0.0.4")


class HeadOfPages:
    """Answers HEAD for the operators' pages as GET without its body: monitors ask so."""

    def __init__(self, behind: ASGIApp) -> None:
        self._behind = behind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != ScopeType.HTTP or scope["method"] != "HEAD" or scope["path"] not in PAGES:
            await self._behind(scope, receive, send)
            return

        async def bare(message: Message) -> None:
            if message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        asked: Any = {**scope, "method": "GET"}
        await self._behind(asked, receive, bare)


ROUTES: Final = (status, stylesheet, live, ready, metrics)
