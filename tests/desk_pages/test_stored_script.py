"""Script in every text that a form, a name, a file name or an answer can carry is text on every page of every role."""

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any, Final

import pytest

from backend.desk.joining import invite
from backend.desk.rights import Role
from backend.stores.people import Team
from tests.desk_pages.office import DeskOffice, name_of
from tests.desk_pages.test_forms import draft_in
from tests.desk_pages.walker import links_of, route_of

EVIL: Final = "\"'><script>alert(7)</script><img src=x onerror=alert(7)>{{7*7}}"
MARK: Final = "alert(7)"
CHILD: Final = "/kind/01J9ZZZZZZZZZZZZZZZZZZZZZ1"
DATA: Final = "application/json"  # a preview is given its form in a block of it, which runs nothing
SHOWN_ON: Final = 18  # routes at least that show one of these texts: a walk that meets none finds nothing


class Tags(HTMLParser):
    """The tags of a page that somebody's text made, and the scripts without an address of ours."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at a tag as a browser reads it."""
        has = dict(attrs)
        address = str(has.get("src", ""))
        inline = tag == "script" and not address.startswith(("/desk/", "/field/")) and has.get("type") != DATA
        leads = any(str(has.get(name) or "").lower().startswith("javascript:") for name in ("href", "src", "action"))
        if (
            inline
            or leads
            or has.get("src") == "x"
            or any(name.startswith("on") for name, _ in attrs)
            or "style" in has
        ):
            self.wrong.append(f"{tag} {attrs}"[:200])


def poisoned(document: Any) -> Any:
    """A form in which every text for people carries script."""
    if isinstance(document, dict):
        words = {"nl", "en"} <= document.keys()
        return {name: f"{one} {EVIL}" if words and isinstance(one, str) else poisoned(one)
                for name, one in document.items()}  # fmt: skip
    return [poisoned(one) for one in document] if isinstance(document, list) else document


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    made = DeskOffice(tmp_path_factory.mktemp("script"), "dossier", "huisbezoek", "traject", "signaal")
    town, admin, lead = made.server.municipality, made.signed_in(Role.ADMIN), made.signed_in(Role.LEAD)
    made.server.run(town.submit(lambda: town.journal.set_meta("name", EVIL.encode())))
    answers = {"/case_ref": EVIL, "/toegang": "binnen", "/feiten": EVIL, "/bezoek_soort": EVIL, "/krachten": [EVIL],
               CHILD: {}, f"{CHILD}/kind_ref": EVIL, f"{CHILD}/kind_stem": EVIL}  # fmt: skip
    record = made.shared("huisbezoek", answers)
    made.parallel(record, "huisbezoek", {"/bezoek_soort": f"een {EVIL}"}, {"/bezoek_soort": f"twee {EVIL}"})
    made.one.save(made.one.open(record), "huisbezoek", 1, {"/_comment/01J9ZZZZZZZZZZZZZZZZZZZZZ3": EVIL})
    made.one.create("signaal", 1, {"/acuut": EVIL})
    made.sync()
    made.dump()
    lead.post(f"/review/{record.hex()}", {"pick": "ask", "text": EVIL, "read_at": _read_at(lead, record)})
    form = {**poisoned(json.loads(_raw("huisbezoek"))), "form": "kwaad", "purpose": EVIL, "legal_basis": EVIL}
    draft_in(admin, json.dumps(form).encode(), f"{EVIL}.json")
    admin.post("/lists", {"name": "scholen", "title": EVIL}, files={"file": (EVIL, f"code;naam\na;{EVIL}\n".encode())})
    lead.post("/records/huisbezoek", {"act": "keep", "title": EVIL, "name": EVIL, "column": ["case_ref"]})
    made.server.run(
        town.submit(lambda: town.people.keep_team(Team("kwaad", EVIL, (name_of(Role.LEAD),), ("werker-een",))))
    )
    made.server.run(invite(made.desk.control, town, name_of(Role.ADMIN), "kwade.naam", EVIL, [Role.MAKER]))
    admin.ask("GET", f"{admin.home}/account", headers={"user-agent": EVIL})
    yield made
    made.close()


def _read_at(browser: Any, record: bytes) -> str:
    page = browser.get(f"/review/{record.hex()}").text
    return str(page.partition('name="read_at" value="')[2].partition('"')[0])


def _raw(slug: str) -> str:
    from forms.definition.library import first_raw

    return first_raw(slug).decode()


@pytest.mark.parametrize("language", ["nl"])
def test_no_text_of_anybody_is_more_than_text_on_any_page(office: DeskOffice, language: str) -> None:
    wrong: list[str] = []
    shown: set[str] = set()
    for role in Role:
        for address, answer, _ in links_of(office, role, language):
            if not answer.headers.get("content-type", "").startswith("text/html"):
                continue
            route = route_of(address.partition("?")[0].removeprefix(f"/m/{office.code}"))
            wrong += [f"{role} {route}: {one}" for one in Tags(answer.text).wrong]
            if MARK in answer.text:
                shown.add(route)
            assert answer.status_code < 500, (role, address)
    assert [] == sorted({*wrong})
    assert len(shown) >= SHOWN_ON, sorted(shown)
