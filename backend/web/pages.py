"""Pages and checks for operators: status, health, metrics. No personal data on any of them."""

from functools import partial
from importlib.metadata import version
from pathlib import Path
from shutil import disk_usage
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, select_autoescape
from litestar import MediaType, Request, Response, get
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import generate_latest

from backend.errors import BackendError, StoreFull
from backend.sentences import library
from backend.web.address import address_of
from backend.web.house import house_of
from backend.web.standing import first_end, standing
from forms.wording import number, own_name

_HERE: Final = Path(__file__).parent
_templates: Final = Environment(loader=FileSystemLoader(_HERE / "templates"), autoescape=select_autoescape())
DUTCH: Final = "nl"
CHOSEN: Final = "__Host-desk-language"  # the cookie of a language that somebody chose before they signed in
LOOPBACK: Final = ("127.0.0.1", "::1")
FREE_MIN: Final = 32 * 1024 * 1024  # bytes: on a full disk SQLite goes on for a while in the log that it has
PAGES: Final = ("/", "/static/veldpost.css", "/health/live", "/health/ready", "/metrics")
PROBE_RESTING_MS: Final = 60_000  # opening and closing a store costs some milliseconds
PROBE_MS: Final = 10_000  # a store is written to at most so often, whoever asks


def language_of(request: Request[Any, Any, Any]) -> str:
    """The language that was asked for: ?lang= first, then what was chosen at a door, the browser's, and Dutch."""
    asked = request.query_params.get("lang", "")
    written = library().languages
    for chosen in (asked, request.cookies.get(CHOSEN, "")):
        if chosen in written:
            return chosen
    wanted = [part.split(";")[0].strip()[:2] for part in request.headers.get("accept-language", "").split(",")]
    return next((language for language in wanted if language in written), DUTCH)


@get("/", media_type=MediaType.HTML, include_in_schema=False)
async def status(request: Request[Any, Any, Any]) -> Response[str]:
    """Show what this server hosts; how it is doing is shown to the machine itself, as the operator sees it."""
    language = language_of(request)
    house = house_of(request).municipalities
    near = address_of(request.scope) in LOOPBACK
    now_ms, hosted = house_of(request).clock.now_ms(), house.health()
    strangers = [{"code": counts["code"], "name": counts["name"]} for counts in hosted]
    towns = [standing(house.get(counts["code"]), counts, now_ms) for counts in hosted] if near else strangers
    words = {
        "language": language, "languages": library().languages, "own_name": own_name,
        "said": lambda code, **facts: library().phrase(code, language, **facts),
        "number": partial(number, language=language), "now_ms": now_ms,
        "version": version("veldpost"),
    }  # fmt: skip
    page = _templates.get_template("status.html").render(near=near, towns=towns, broken=house.broken, **words)
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
    house = house_of(request)
    faults = {code: error.code for code, error in house.municipalities.broken.items()}
    probed: dict[str, tuple[int, str]] = request.app.state.probed
    now_ms = house.clock.now_ms()
    for town in house.municipalities:
        rests = town.resting.rests
        at_ms, fault = probed.get(town.code, (now_ms if rests else 0, ""))  # it was opened at the start
        if not 0 <= now_ms - at_ms < (PROBE_RESTING_MS if rests else PROBE_MS):
            at_ms, fault = now_ms, ""
            try:
                await town.resting.probe()
            except BackendError as error:
                fault = error.code
        probed[town.code] = (at_ms, fault)
        if not fault and disk_usage(town.folder).free < FREE_MIN:
            fault = StoreFull.code
        if fault:
            faults[town.code] = fault
    return Response(
        {"status": "ready" if not faults else "not ready", "faults": faults}, status_code=503 if faults else 200
    )


@get("/metrics", media_type=MediaType.TEXT, tags=["operators"])
async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Prometheus metrics: routes, statuses, and counts per municipality."""
    house = house_of(request)
    lines, now_ms = [generate_latest(house.metrics.registry)], house.clock.now_ms()
    for counts in house.municipalities.health():
        code = counts["code"]
        for name in ("entries", "records", "held", "forked", "devices", "position", "projected"):
            lines.append(f'veldpost_{name}{{municipality="{code}"}} {counts[name]}\n'.encode())
        lines.append(f'veldpost_locked{{municipality="{code}"}} {int(counts["locked"])}\n'.encode())
        lines.append(f'veldpost_projection_fault{{municipality="{code}"}} {int(bool(counts["fault"]))}\n'.encode())
        age = max(0, now_ms - at_ms) / 1000 if (at_ms := counts["backed_up_ms"]) else "+Inf"  # never: an alarm too
        lines.append(f'veldpost_backup_age_seconds{{municipality="{code}"}} {age}\n'.encode())
        ends_ms = first_end(house.municipalities.get(code), now_ms)
        ends = (ends_ms - now_ms) / 1000 if ends_ms else "+Inf"
        lines.append(f'veldpost_certificate_ends_seconds{{municipality="{code}"}} {ends}\n'.encode())
        waits = int(counts["awaiting_list"])
        lines.append(f'veldpost_awaiting_list{{municipality="{code}"}} {waits}\n'.encode())
    for code in house.municipalities.broken:
        lines.append(f'veldpost_set_apart{{municipality="{code}"}} 1\n'.encode())
    return Response(b"".join(lines), media_type="text/plain; version=0.0.4")


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
