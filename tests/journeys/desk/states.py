"""Every page of the desk in every state: full, empty, locked, refused; each as the bytes that a browser got.

The pages are those of the table of routes, found by the links of each role in a municipality where something of each
kind waits. Their forms are posted with nothing in them, with what was shown long ago and with a token of another time.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from backend.desk.joining import invite
from backend.desk.rights import Role
from tests.desk_pages.office import OTHER_LEAD, TEAM, DeskOffice, name_of
from tests.desk_pages.test_forms import SURVEY, agree, draft_in
from tests.desk_pages.walker import links_of, route_of
from tests.forms.interchange.tables import made
from tests.forms.versions.forms_made import document
from tests.journeys.desk import states_asked as asked
from tests.journeys.desk.states_found import REFUSED, State, States
from tests.journeys.desk.street import CHILD, Street
from tests.journeys.desk.walk import patterns

FULL, EMPTY, LOCKED, ANSWERED = "full", "empty", "locked", "answered"
TAKES: Final = re.compile(r"/(teams|people|devices|forms|proposals|keyslots|house)\b")  # what others need afterwards
ENDS: Final = re.compile(r"/(sign-out|lock|sign-out-everywhere|end|drop|block|remove|roles)\Z")
FRAGMENTS: Final = (  # what is no page of its own, or leads to one
    "/here",
    "/devices/invitations/{name:str}",
    "/exports/{job:str}/progress",
    "/exports/{job:str}/file",
)
PUBLICATION: Final = {"controller": "College van B en W", "register": "https://example.org/register/12"}


def put_forward(street: Street, form: dict[str, Any]) -> None:
    """Let a form wait for a second person."""
    maker = street.signed_in(Role.MAKER)
    draft = draft_in(maker, json.dumps(form).encode(), "proef.json")
    answer = maker.post(f"/forms/drafts/{draft}/publish", {"edition": "1", **PUBLICATION})
    assert 303 == answer.status_code, answer.text


def filled(street: Street) -> str:
    """Let something of each kind wait; gives the link of an invitation."""
    admin, lead = street.signed_in(Role.ADMIN), street.signed_in(Role.LEAD)
    draft_in(admin, made(SURVEY))
    for slug in ("proef", "proef_twee"):
        put_forward(street, document({"/naam": "text"}, form=slug))
    agree(street.signed_in(Role.PRIVACY), "proef")
    draft_in(admin, json.dumps(document({"/naam": "text", "/meer": "text"}, version=2)).encode(), "proef.json")
    for words in (b"School A", b"School B"):  # other words for a choice wait for a second person, as a wider team does
        table = b"code;naam\na;" + words + b"\n"
        admin.post("/lists", {"name": "scholen", "title": "Scholen"}, files={"file": ("s.csv", table)})
    wider = {"staff": [name_of(Role.LEAD), name_of(Role.REVIEWER), OTHER_LEAD], "worker": "werker-een"}
    admin.post(f"/teams/{TEAM}", wider)
    other = "/kind/01J9ZZZZZZZZZZZZZZZZZZZZZ2"
    inside = {"/case_ref": "ABCD-2222", "/toegang": "binnen", CHILD: {}, other: {}}
    record = street.shared("huisbezoek", {**inside, f"{CHILD}/kind_ref": "KIND-2222", f"{other}/kind_ref": "KIND-3333"})
    street.parallel(record, "huisbezoek", {CHILD: None, f"{CHILD}/kind_ref": None}, {f"{CHILD}/kind_ref": "KIND-4444"})
    street.dump()
    lead.post(
        "/exports/new/huisbezoek", {"kind": "csv", "column": ["zorg"], "reason": "Voor het jaarverslag van wijk."}
    )
    street.signed_in(Role.SIGNALS).post(
        "/exports/new/signaal", {"kind": "csv", "reason": "Voor het jaarverslag van de wijk."}
    )
    town = street.server.municipality
    control, by = street.desk.control, name_of(Role.ADMIN)
    street.server.run(invite(control, town, by, asked.WAITS, "Nog iemand", [Role.REVIEWER]))  # waits for a second one
    made_ = street.server.run(invite(control, town, by, "nieuw.iemand", "Nieuw Voorbeeld", [Role.MAKER]))
    return f"/m/{street.code}/join/{made_.token}"


def walked(office: DeskOffice, name: str, language: str, states: States) -> dict[str, tuple[str, Any]]:
    """Add every page that somebody finds; gives the forms by where they post to: who found it, and its fields."""
    forms: dict[str, tuple[str, Any]] = {}
    home = f"/m/{office.code}"
    plain = [pattern for pattern in patterns() if "{" not in pattern]
    for role in Role:
        browser = office.signed_in(role)
        browser.headers["accept-language"] = language
        for pattern in plain if name == FULL else ():
            answer = browser.get(pattern)
            states.add(
                name if answer.status_code < 400 else f"{REFUSED} {answer.status_code}", home + pattern, answer, home
            )
        for address, answer, page in links_of(office, role, language):
            bad = REFUSED if name == FULL else name
            states.add(name if answer.status_code < 400 else f"{bad} {answer.status_code}", address, answer, home)
            for form in page.forms:
                if form.method == "post" and form.action.startswith(home):
                    forms.setdefault(route_of(form.action.partition("?")[0].removeprefix(home)), (role, form))
    return forms


def posted(office: DeskOffice, forms: dict[str, tuple[str, Any]], language: str, states: States) -> None:
    """Add what is answered to who posts nothing, what was shown long ago, another token; and what a form gives."""
    home = f"/m/{office.code}"
    for _, (role, form) in sorted(forms.items(), key=lambda one: bool(TAKES.match(one[0]))):
        if ENDS.search(form.action.partition("?")[0]):
            continue
        first = {name: max(values) for name, values in form.fields.items() if name != "csrf"}
        old = {**first, "edition": "0", "read_at": "00", "digest": "00"}
        for name, fields in (("nothing", {}), ("old", old), ("token", {"csrf": "0" * 64}), (ANSWERED, first)):
            browser = office.signed_in(role)
            browser.headers["accept-language"] = language
            answer = browser.post(form.action.removeprefix(home), fields)
            kind = f"{REFUSED} {name} {answer.status_code}" if answer.status_code >= 400 else ANSWERED
            states.add(kind, form.action, answer, home)
            if office.server.municipality.locked:
                office.server.municipality.keyring.unlock(_vaults[office.code])


_vaults: Final[dict[str, Any]] = {}


def all_of(full: Street, empty: DeskOffice, language: str, *, whole: bool) -> Iterator[State]:
    """Every page of the table in every state that is found; where not `whole`, as they are when full."""
    states, home, link = States(whole=whole), f"/m/{full.code}", filled(full)
    _vaults[full.code] = full.server.municipality.custody.vault
    visitor = full.visitor()
    visitor.headers["accept-language"] = language
    for path in ("/sign-in", "/nothing", link.removeprefix(home), "/join/none"):
        states.add(FULL, home + path, visitor.get(path), home)
    states.add(
        f"{REFUSED} nobody", f"{home}/sign-in", visitor.post("/sign-in", {"name": "niemand", "password": "x"}), home
    )
    forms = walked(full, FULL, language, states)
    for add in (asked.brought, asked.confirmed, asked.ready, asked.given_back):
        add(full, language, states)
    if whole:
        walked(empty, EMPTY, language, states)
        asked.own_sign_in(empty, language, states)
        asked.emergency(empty, language, states)
        posted(full, forms, language, states)
        full.server.run(full.keeper.lock())
        walked(full, LOCKED, language, states)
        full.server.municipality.keyring.unlock(_vaults[full.code])
    yield from states.found
