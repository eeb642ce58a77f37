"""Twenty conflicts in a row without the mouse; and the pages that stand beside a decision, looked at in a browser."""

import os
from pathlib import Path
from typing import Any, Final

import pytest

from backend.desk.rights import Role
from tests.desk_pages.office import OTHER_LEAD, DeskOffice
from tests.desk_pages.test_conflicts import fields, picks
from tests.journeys.desk.page_looks import WAYS, looked_at
from tests.journeys.desk.test_deciding import CHILD, FORM, Keys, seated

ROW: Final = 20
OTHER: Final = "/kind/01J9ZZZZZZZZZZZZZZZZZZZZZ2"
ELSEWHERE: Final = ("queue", "attention")  # looked at in `test_states.py` and `test_looks.py`, and pictured here
LOOKED_AT: Final = {"proposed": "nl", "as-known": "nl"}  # wide in Dutch; the others narrow in English
SIZES: Final = ((1280, 900), (390, 844))


@pytest.fixture
def office(tmp_path: Path) -> Any:
    made = DeskOffice(tmp_path, "dossier", "huisbezoek")
    yield made
    made.close()


def torn(office: DeskOffice, path: str, one: Any, two: Any) -> bytes:
    office.server.clock.ms += 60_000
    record = office.one.create(FORM, 1, {"/case_ref": "ABCD-2345", "/toegang": "binnen"})
    office.sync(office.one)
    office.server.run(office.server.municipality.opening.grant(record, "werker-twee", "beheer"))
    office.sync(office.two)
    first, second = office.one.open(record), office.two.open(record)
    office.one.save(first, FORM, 1, {path: one})
    office.two.save(second, FORM, 1, {path: two})
    return record


def test_twenty_conflicts_in_a_row_are_settled_without_the_mouse(office: DeskOffice) -> None:
    records = [torn(office, "/bezoek_datum", "2026-02-01", "2026-02-02") for _ in range(ROW)]
    office.sync()
    office.dump()
    with seated(office, Role.LEAD, "/conflicts", looks=False) as keys:
        assert str(ROW) == keys.page.inner_text(".head .nl-number-badge")
        keys.go("n")
        for number in range(ROW):
            keys.press("12"[number % 2])
            keys.go("s")
            assert "Afgehandeld" in keys.words, keys.words
            keys.go("n")
        assert "Hier wacht niets" in keys.words
    office.sync()
    office.dump()
    assert [] == office.find("select * from _queue")
    for record in records:
        shown = {device.view(record).answers["/bezoek_datum"] for device in (office.one, office.two)}
        assert 1 == len(shown), "both devices show the outcome"


def look(keys: Keys, name: str, language: str) -> None:
    """Look at a page as axe does, and keep its picture where one is asked for."""
    keys.faults += looked_at(keys.page, WAYS[language][:1])
    if folder := os.environ.get("VELDPOST_PICTURES"):
        for width, height in SIZES:
            keys.page.set_viewport_size({"width": width, "height": height})
            long = min(2_400, max(height, int(keys.page.evaluate("document.documentElement.scrollHeight"))))
            keys.page.set_viewport_size({"width": width, "height": long})
            keys.page.screenshot(path=Path(folder) / f"desk-{name}-{width}-{language}.png")
        keys.page.set_viewport_size({"width": 1280, "height": 900})


def test_the_pages_beside_a_decision_are_found_well(office: DeskOffice) -> None:
    first = {"/toegang": "binnen", "/case_ref": "ABCD-2345", CHILD: {}, f"{CHILD}/kind_ref": "KIND-1111"}
    twice = {OTHER: {}, f"{OTHER}/kind_ref": "KIND-2222", f"{OTHER}/kind_alleen": "ja"}
    record = office.shared(FORM, {**first, **twice})
    away = {OTHER: None, f"{OTHER}/kind_ref": None, f"{OTHER}/kind_alleen": None}
    office.parallel(record, FORM, away, {f"{OTHER}/kind_dag": "school"})
    weighed = torn(office, "/zorg", "geen", "twijfel")
    office.one.create(FORM, 1, {"/case_ref": "geen code"})
    office.sync()
    office.dump()
    ids = {
        row["name"]: row["id"]
        for row in office.find("select name, id from _queue where kind in ('conflict', 'item-contested')")
    }
    other = office.signed_in(staff=OTHER_LEAD)
    page = other.get(f"/conflicts/{ids['/zorg']}").text
    sent = {**fields(page), "pick": picks(page)["Nee"], "reason": "Met de ouders besproken; er is geen zorg."}
    assert 303 == other.post(f"/conflicts/{ids['/zorg']}", sent).status_code
    pictured = "VELDPOST_PICTURES" in os.environ
    for language in ("nl", "en"):
        with seated(office, Role.LEAD, f"/conflicts/{ids['/zorg']}", looks=False, locale=language) as keys:
            item = ids[OTHER]
            for name, path in (
                ("queue", "/conflicts"), ("proposed", f"/conflicts/{ids['/zorg']}"), ("item", f"/conflicts/{item}"),
                ("move", f"/conflicts/{item}/move/{CHILD.rpartition('/')[2]}"), ("attention", "/attention"),
                ("as-known", f"/conflicts/{ids['/zorg']}/as/{picks(page)['Nee']}"),
            ):  # fmt: skip
                if not pictured and (name in ELSEWHERE or language != LOOKED_AT.get(name, "en")):
                    continue
                assert 200 == keys.chair.open(path)
                look(keys, name, language)
    lead = office.signed_in(Role.LEAD)
    page = lead.get(f"/conflicts/{ids['/zorg']}").text
    sent = {**fields(page), "pick": picks(page)["Nee"], "reason": "Ook gelezen."}
    assert 303 == lead.post(f"/conflicts/{ids['/zorg']}", sent).status_code
    with seated(office, Role.LEAD, f"/conflicts/{ids['/zorg']}", looks=False) as keys:
        look(keys, "settled", "nl")
    assert "geen" == office.ask("show", record=weighed.hex())[0]["shown"]["/zorg"]["value"]
