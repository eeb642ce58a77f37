"""Pages from templates: autoescaped, strict, and with what every page of the desk is given (`shown_to`)."""

from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import MediaType, Response
from litestar.response import Redirect

from backend.desk.choice_words import in_words
from backend.desk.signs import steers, titled, written_out
from backend.sentences import Coded, Plain, library, told_on_page
from backend.web.desk.look import HTMX, look
from backend.web.desk.seat import Visitor
from backend.web.desk.typed import NOTHING, Typed
from forms.wording import day, day_of, moment, number, own_name

_templates: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates" / "desk"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters["written_out"] = written_out
_templates.tests["steering"] = steers
SEE_OTHER: Final = 303


class Entry(NamedTuple):
    """A page in the navigation: its name (of `frame-nav-<name>` too), its address, and the actions of which one opens
    it."""

    name: str
    path: str
    actions: tuple[str, ...]


NAVIGATION: Final = (
    Entry("today", "/today", ("today.read",)),
    Entry("conflicts", "/conflicts", ("conflicts.decide", "signals.decide")),
    Entry("attention", "/attention", ("attention.decide", "signals.decide")),
    Entry("review", "/review", ("review.set", "signals.decide")),
    Entry("records", "/records", ("records.read", "signals.read")),
    Entry("tasks", "/tasks", ("tasks.keep", "signals.decide")),
    Entry("reason", "/reason", ("reason.read",)),
    Entry("reasons", "/reasons", ("reason.see", "signals.decide")),
    Entry("devices", "/devices", ("devices.read",)),
    Entry("forms", "/forms", ("forms.read",)),
    Entry("people", "/people", ("people.read",)),
    Entry("proposals", "/proposals", ("people.agree", "devices.second")),
    Entry("exports", "/exports", ("export.read", "signals.read", "export.second")),
    Entry("keyslots", "/keyslots", ("keyslots.use",)),
    Entry("house", "/house", ("house.change",)),
    Entry("log", "/log", ("log.read",)),
    Entry("account", "/account", ("account.own",)),
)


def navigation(seat: Visitor) -> list[Entry]:
    """The pages that a person may open, of those that there are."""
    return [
        entry
        for entry in NAVIGATION
        if entry.path in seat.paths and any(seat.scope(action) is not None for action in entry.actions)
    ]


def worn() -> dict[str, Any]:
    """The sheet and the scripts that every page names."""
    return {"sheet": look().sheet, "scripts": look().scripts, "htmx": HTMX}


def shown_to(seat: Visitor) -> dict[str, Any]:
    """The facts that every template is given: words and numbers in the language of the reader, and the frame."""
    language = seat.language
    stands_still, behind = seat.behind
    return worn() | {
        "stands_still": stands_still,
        "behind": behind,
        "seat": seat,
        "home": seat.home,
        "language": language,
        "languages": library().languages,
        "own_name": own_name,
        "said": lambda code, /, **facts: library().phrase(code, language, **facts),
        "kept": lambda text: library().kept(text, language),
        "worded": partial(in_words, seat.town, language),
        "titled": titled,
        "written_out": written_out,
        "number": partial(number, language=language),
        "moment": partial(moment, language=language),
        "day": partial(day, language=language),
        "day_of": lambda ms: day(day_of(ms), language),
        "who": seat.named,
        "csrf": seat.csrf,
        "nav": navigation(seat),
        "theme": _theme_of(seat),
        "locked": seat.town.locked,
        "since": _locked_since(seat),
        "may": lambda action: seat.scope(action) is not None,
    }


MACHINE: Final = "operator"  # whoever the operating system lets speak to the server's own socket


def _locked_since(seat: Visitor) -> dict[str, Any]:
    """Since when it is locked, and by whom: for who signed in, since strangers are told no names."""
    last = seat.town.keyring.locked
    if not (seat.signed_in and seat.town.locked and last.at_ms):
        return {}
    kind = "start" if not last.by else "machine" if last.by == MACHINE else "by"
    person = seat.town.people.person(last.by)
    return {"kind": kind, "at_ms": last.at_ms, "by": (person.shown_name if person is not None else "") or last.by}


def _theme_of(seat: Visitor) -> str:
    """The address of the municipality's theme, where it has one: the same that the field app wears."""
    return f"/field/theme/{seat.town.code}.css" if seat.town.theme.css() else ""


def render(seat: Visitor, template: str, /, status: int = 200, **facts: Any) -> Response[str]:
    """A page of the desk."""
    page = _templates.get_template(template).render(shown_to(seat) | facts)
    headers = {"Content-Language": seat.language, "Vary": "Accept-Language"}
    return Response(page, status_code=status, media_type=MediaType.HTML, headers=headers)


def refused(
    seat: Visitor, error: Coded, status: int, kept: Typed = NOTHING, *, again: bool = False
) -> Response[str]:  # fmt: skip
    """A page that says what was refused, and what to do; what was typed is given back, `again` in a form to send it."""
    message, remedy = told_on_page(error, seat.language)
    return render(seat, "parts/refused.html", status, message=message, remedy=remedy, kept=kept, again=again)


def gone(language: str) -> Response[str]:
    """The page of all that is not there, or not for this person: the same bytes for both."""
    return bare(language, Plain("desk-gone"), 404)


def bare(language: str, error: Coded, status: int) -> Response[str]:
    """A page that says what was refused before anybody knows for whom, or as if nobody did."""
    message, remedy = told_on_page(error, language)
    facts = {"language": language, "said": partial(_said, language), "message": message, "remedy": remedy}
    page = _templates.get_template("parts/gone.html").render(worn() | facts | {"missing": status == 404})
    headers = {"Content-Language": language, "Vary": "Accept-Language"}
    return Response(page, status_code=status, media_type=MediaType.HTML, headers=headers)


def _said(language: str, code: str, /, **facts: Any) -> str:
    return library().phrase(code, language, **facts)


def to(seat: Visitor, path: str) -> Redirect:
    """Send a browser on to another page of this desk after what it posted."""
    return Redirect(f"{seat.home}{path}", status_code=SEE_OTHER)
