"""An invented municipality with some weeks of visits, served in this process, and a browser at its desk.

All of it is fictional: two workers fill in visits, now and then the same one at once.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from os import environ
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary

import uvicorn

from backend.desk.rights import Role
from backend.web.desk.guarding import cookie_name
from tests.desk_pages.office import DeskOffice
from tests.journeys.field.tablet import ARGUMENTS, PATIENCE_MS, browser
from tests.processes import free_port, wait_until

HOUR_MS: Final = 3_600_000
VISITS: Final = 96
WAYS: Final = ("binnen", "aan_de_deur", "binnen", "niemand_thuis")
KINDS: Final = ("kennismaking", "vervolg", "school", "op_verzoek_gezin", "afronding")
FACTS: Final = (
    "De fiets staat weer in de gang. Het rapport lag op tafel en is samen gelezen.",
    "Het gesprek ging over de overstap naar de nieuwe school en over de bus.",
    "Er lagen drie ongeopende brieven van school; twee zijn samen beantwoord.",
)
SIGNS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_windows: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()
CHILD: Final = "/kind/01J9ZZZZZZZZZZZZZZZZZZZZZ1"


def code(number: int) -> str:
    """A case code that nobody has."""
    signs = "".join(SIGNS[(number * 7 + place * 11) % len(SIGNS)] for place in range(8))
    return f"{signs[:4]}-{signs[4:]}"


def visit(number: int, day: str) -> dict[str, Any]:
    """The answers of an invented visit."""
    answers: dict[str, Any] = {
        "/case_ref": code(number), "/bezoek_datum": day, "/bezoek_soort": KINDS[number % len(KINDS)],
        "/afgesproken": "ja" if number % 3 else "nee", "/rollen": ["outreachwerker"], "/gelegitimeerd": True,
        "/doel_uitgelegd": True, "/toegang": WAYS[number % len(WAYS)], "/werker_ok": "ja",
    }  # fmt: skip
    if answers["/toegang"] == "binnen":
        answers |= {
            "/krachten": ["steun_familie", "hobby_of_club"], "/hulpvragen": ["onderwijs"], "/zorg": "geen",
            "/feiten": FACTS[number % len(FACTS)], "/tolk": "niet_nodig", "/gesproken_met": ["ouder_verzorger", "kind"],
            CHILD: {}, f"{CHILD}/kind_ref": code(number + 900), f"{CHILD}/kind_alleen": "ja",
            f"{CHILD}/kind_dag": "school", f"{CHILD}/kind_veilig_gevoel": "ja",
        }  # fmt: skip
    return answers


def called(office: DeskOffice) -> None:
    """Give a municipality its name."""
    town = office.server.municipality
    office.server.run(town.submit(lambda: town.journal.set_meta("name", b"Voorbeeldstad")))


class Street(DeskOffice):
    """The office of a municipality where people have been at work for some weeks."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "dossier", "huisbezoek", "schoolcheck", "signaal")
        clock = self.server.clock
        called(self)
        for number in range(VISITS):
            clock.ms += 9 * HOUR_MS
            day = f"2026-0{1 + number // 28}-{1 + number % 28:02}"
            (self.one if number % 3 else self.two).create("huisbezoek", 1, visit(number, day))
        self.sync()
        for number in range(4):
            clock.ms += HOUR_MS
            record = self.shared("huisbezoek", visit(100 + 4 * number, "2026-03-20"))
            clock.ms += HOUR_MS
            self.parallel(record, "huisbezoek", *self.both(number))
        self.one.create("signaal", 1, {"/acuut": "nee"})
        self.sync()
        self.settled()
        self.dump()
        wishes = {"kind": "xlsx", "words": "words", "reason": "kwartaalcijfers voor de raad"}
        self.signed_in("signals").post("/exports/new/signaal", wishes)  # which waits for a second person

    def settled(self) -> None:
        """One conflict that the lead settled, and another that was settled and undone."""
        for number, undone in ((118, False), (122, True)):
            record = self.shared("huisbezoek", visit(number, "2026-03-21"))
            self.parallel(record, "huisbezoek", {"/tolk": "telefonisch"}, {"/tolk": "niet_nodig"})
            self.dump()
            (row,) = self.find("select id from _queue where record = ?", record.hex())
            lead, path = self.signed_in(Role.LEAD), f"/conflicts/{row['id']}"
            page = lead.get(path).text
            seen = {"read_at": unescape(re.findall(r'name="read_at" value="([^"]*)"', page)[0])}
            other = re.findall(r'name="pick" value="([0-9a-f]{64})"', page)[-1]
            lead.post(path, {**seen, "pick": other, "reason": "Nagevraagd bij beide medewerkers."})
            self.server.clock.ms += HOUR_MS // 4
            if undone:
                seen = {"read_at": unescape(re.findall(r'name="read_at" value="([^"]*)"', lead.get(path).text)[0])}
                lead.post(f"{path}/undo", {**seen, "pick": "undo", "reason": "Het gezin belde: het was anders."})
            self.dump()

    @staticmethod
    def both(number: int) -> tuple[dict[str, Any], dict[str, Any]]:
        """What two workers wrote at once."""
        if number == 0:
            return {f"{CHILD}/kind_veilig_gevoel": "nee"}, {f"{CHILD}/kind_veilig_gevoel": "wisselend"}
        if number == 1:
            return {"/feiten": "De moeder vertelde over het werk."}, {"/feiten": "De oudste zoon was thuis."}
        return {"/bezoek_soort": "school", "/tolk": "telefonisch"}, {"/bezoek_soort": "vervolg", "/tolk": "niet_nodig"}


@contextmanager
def served(street: DeskOffice) -> Iterator[str]:
    """Serve a desk in this process until left; gives its address. Nobody runs anything else in its loop meanwhile."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(street.app, port=port, log_config=None, lifespan="off"))
    thread = threading.Thread(target=lambda: street.server.loop.run_until_complete(server.serve()), daemon=True)
    thread.start()
    wait_until(lambda: server.started, "the desk to be served")
    try:
        yield f"http://localhost:{port}"
    finally:
        server.should_exit = True
        thread.join()


def _window(drive: Any) -> Any:
    """The one browser of who drives it, in which each chair has what it holds to itself; it ends with the driving."""
    if drive not in _windows:
        _windows[drive] = drive.chromium.launch(
            executable_path=browser(), args=list(ARGUMENTS), env=environ | {"LANGUAGE": "nl"}
        )
    return _windows[drive]


class Chair:
    """A seat at the desk, signed in as a role; whatever a page throws or its policy refuses is kept."""

    def __init__(self, drive: Any, street: DeskOffice, address: str, role: str, **options: Any) -> None:
        self.faults: list[str] = []
        self.home = f"{address}/m/{street.code}"
        id_ = street.signed_in(role).id if role else ""
        self.context = _window(drive).new_context(
            **({"locale": "nl-NL", "timezone_id": "Europe/Amsterdam", "reduced_motion": "reduce"} | options)
        )
        if id_:  # a header alone would not be sent again after a redirect
            cookie: dict[str, Any] = {
                "name": cookie_name(street.code),
                "value": id_,
                "url": address.replace("http:", "https:"),
            }
            self.context.add_cookies([{**cookie, "secure": True, "httpOnly": True, "sameSite": "Strict"}])
        self.context.set_default_timeout(PATIENCE_MS)
        if role:
            cookie = {
                "name": cookie_name(street.code),
                "value": id_,
                "domain": "localhost",
                "path": "/",
                "secure": True,
            }
            self.context.add_cookies([cookie])
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.page.url}: {error}"))
        self.page.on("console", self._heard)

    def _heard(self, said: Any) -> None:
        if "Content Security" in said.text or "Refused" in said.text:
            self.faults.append(f"{self.page.url}: {said.text}")

    def open(self, path: str) -> int:
        """Open a page below the municipality's desk; returns the status."""
        return int(self.page.goto(self.home + path).status)

    def links(self) -> list[str]:
        """The addresses of this desk that the page names, without their beginning."""
        found = self.page.evaluate("[...document.querySelectorAll('main a[href]')].map((one) => one.href)")
        return [one.removeprefix(self.home) for one in found if one.startswith(self.home + "/")]

    def close(self) -> None:
        """Leave; the browser stays for the next one. A journey in which a page threw, or its policy refused, fails."""
        self.context.close()
        assert [] == self.faults
