"""A lead settles each kind of conflict in a browser, by keyboard alone; a visit goes back with a question; both devices
show what came of it, and `verify` finds no fault."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest

from backend.desk.rights import Role
from backend.projection.verify import verify_store
from backend.web.desk.guarding import cookie_name
from tests.desk_pages.office import DeskOffice
from tests.journeys.desk.looking import page_faults
from tests.journeys.desk.street import Chair, served

FORM: Final = "huisbezoek"
CHILD: Final = "/kind/01J9ZZZZZZZZZZZZZZZZZZZZZ1"


class Visits(DeskOffice):
    """An office whose two workers filled in the same visits offline, in each of six ways."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "dossier", "huisbezoek", "traject")
        self.records: dict[str, bytes] = {}
        for name, both in (
            ("choice", ({"/toegang": "aan_de_deur"}, {"/toegang": "binnen"})),
            ("append", ({"/duiding": "Het kind vertelde over school."}, {"/duiding": "Het kind vertelde over thuis."})),
            ("weighed", ({"/zorg": "geen"}, {"/zorg": "twijfel"})),
            ("item", ({CHILD: None, f"{CHILD}/kind_ref": None}, {f"{CHILD}/kind_ref": "KIND-3333"})),
        ):
            self.records[name] = record = self.shared(FORM, self.first())
            self.server.clock.ms += 60_000
            self.parallel(record, FORM, *both)
        self.records["deleted"] = record = self.shared(FORM, self.first())
        first, second = self.one.open(record), self.two.open(record)
        self.one.delete(first)
        self.two.save(second, FORM, 1, {"/zorg": "ja"})
        self.records["check"] = record = self.shared("traject", {"/case_ref": "ABCD-2345", "/leeftijd": "16_17"})
        self.parallel(record, "traject", {"/leeftijd": "14_15"}, {"/soort": "betaald_werk"})
        self.sync()
        self.dump()

    def first(self) -> dict[str, Any]:
        """The answers that both had read."""
        self.server.clock.ms += 3_600_000
        return {"/case_ref": f"ABCD-234{len(self.records) + 2}", CHILD: {}, f"{CHILD}/kind_ref": "KIND-2222"}

    def shows(self, name: str, path: str) -> set[Any]:
        """What both devices show of a question."""
        record = self.records[name]
        return {device.view(record).answers.get(path) for device in (self.one, self.two)}


@pytest.fixture
def visits(tmp_path: Path) -> Iterator[Visits]:
    made = Visits(tmp_path)
    yield made
    made.close()


@contextmanager
def seated(visits: DeskOffice, role: str, path: str, *, looks: bool = True, locale: str = "nl-NL") -> Iterator["Keys"]:
    """Somebody at a page of the desk; nothing of the page, its keys or its policy was at fault when they leave."""
    with served(visits) as address, import_module("playwright.sync_api").sync_playwright() as drive:
        chair = Chair(drive, visits, address, "", locale=locale)
        cookie = {
            "name": cookie_name(visits.code), "value": visits.signed_in(role).id, "secure": True,
            "url": address.replace("http:", "https:"), "httpOnly": True, "sameSite": "Strict",
        }  # fmt: skip
        chair.context.add_cookies([cookie])
        assert 200 == chair.open(path)
        keys = Keys(chair, looks=looks)
        keys.faults += page_faults(chair.page) if looks else []
        yield keys
        assert [] == [*keys.faults, *chair.faults]
        chair.close()


class Keys:
    """A lead at a keyboard, without a mouse."""

    def __init__(self, chair: Chair, *, looks: bool = True) -> None:
        self.chair, self.page, self.looks = chair, chair.page, looks
        self.faults: list[str] = []

    def press(self, *keys: str) -> None:
        """Press keys one after the other; one that leads to another page is waited for."""
        for key in keys:
            self.page.keyboard.press(key)
        self.page.wait_for_load_state("load")

    def go(self, key: str) -> None:
        """Press a key that leads to another page."""
        with self.page.expect_navigation():
            self.page.keyboard.press(key)
        self.faults += page_faults(self.page) if self.looks else []

    def type_in(self, id_: str, text: str) -> None:
        """Go to a field by Tab, and write."""
        for _ in range(80):
            if self.page.evaluate("document.activeElement?.id") == id_:
                break
            self.page.keyboard.press("Tab")
        assert self.page.evaluate("document.activeElement?.id") == id_
        self.page.keyboard.type(text)
        while self.page.evaluate("document.activeElement.matches('textarea, select, input:not([type=radio])')"):
            self.page.keyboard.press("Tab")  # out of every field: a key is a key again

    def pick_in(self, label: str, words: str) -> None:
        """Go to a list by Tab, and type the beginning of one of its words."""
        id_ = self.page.get_by_label(label).and_(self.page.locator("select")).last.get_attribute("id")
        assert id_ is not None
        self.type_in(id_, words)

    def choose(self, words: str) -> None:
        """Press the number of the choice that says this."""
        key = self.page.evaluate(
            "(words) => [...document.querySelectorAll('input[type=radio][data-key]')]"
            ".find((one) => one.closest('label').innerText.includes(words))?.dataset.key", words,
        )  # fmt: skip
        assert key is not None, f"{words}: {self.page.url} {self.words}"
        self.press(key)

    @property
    def heading(self) -> str:
        """The heading of the page."""
        return str(self.page.inner_text("h1"))

    @property
    def words(self) -> str:
        """What the page says."""
        return str(self.page.inner_text("main"))


def decide(keys: Keys) -> str:
    """Settle what is on the page, each kind in its way; returns its heading."""
    heading, words = keys.heading, keys.words
    if "KIND-3333" in words and "Welk antwoord geldt?" in words:
        keys.choose("KIND-3333")
    elif "Huisbezoek" == heading:
        keys.choose("Bewaren")
    elif "Zorg over veiligheid" in heading:
        keys.choose("Twijfel")
        keys.type_in("reason", "Samen besproken met beide medewerkers.")
    elif "Bent u binnen" in heading or "aan de deur" in words.lower():
        keys.press("1")
    elif "weggehaald" in words or "haalde dit weg" in words:
        keys.choose("Bewaren")
    else:
        keys.choose("Wijzig: Soort")
        keys.pick_in("Soort", "Stage")
    keys.go("s")
    return heading


def test_a_lead_settles_every_kind_by_keyboard_and_both_devices_show_it(visits: Visits) -> None:
    settled: list[str] = []
    with seated(visits, Role.LEAD, "/conflicts") as keys:
        assert "6" == keys.page.inner_text(".head .nl-number-badge")  # a removed item and the answer in it are two
        keys.go("n")
        while "Hier wacht niets" not in keys.words:
            settled.append(decide(keys))
            assert "Afgehandeld" in keys.words, keys.words
            keys.go("n")
        assert "Hier wacht niets" in keys.words
    assert len(settled) in (5, 6), settled
    visits.sync()
    visits.dump()
    assert [] == visits.find("select * from _queue")
    assert {"twijfel"} == visits.shows("weighed", "/zorg")
    assert {"KIND-3333"} == visits.shows("item", f"{CHILD}/kind_ref")
    assert {"stage"} == visits.shows("check", "/soort")
    assert 1 == len(visits.shows("choice", "/toegang"))
    assert not visits.one.view(visits.records["deleted"]).deleted
    settled_ones = [record for name, record in visits.records.items() if name != "append"]
    for record in settled_ones:
        assert [{}, {}] == [dict(device.view(record).conflicts) for device in (visits.one, visits.two)]
    reasons = visits.one.picture(visits.records["weighed"]).comments
    assert "Samen besproken met beide medewerkers." == reasons[0].texts[0].text
    for device in (visits.one, visits.two):
        (outcome,) = device.picture(visits.records["weighed"]).outcomes
        assert ("desk:de-lead", "Samen besproken met beide medewerkers.") == (outcome.author, outcome.reason)
        assert {"geen", "twijfel"} == {word.value for word in outcome.were}
    sound(visits)


def sound(visits: Visits) -> None:
    """`verify` finds no fault."""
    town = visits.server.municipality
    assert [] == [*verify_store(town.folder, town.custody, lambda _done, _all: None, 0)]


def test_an_undo_by_keyboard_puts_back_what_stood(visits: Visits) -> None:
    before = visits.shows("choice", "/toegang")
    with seated(visits, Role.LEAD, "/conflicts?name=/toegang", looks=False) as keys:
        keys.go("n")
        keys.press("2")
        keys.go("s")
        keys.go("u")
        assert "Afgehandeld" in keys.words
    visits.sync()
    assert before == visits.shows("choice", "/toegang")
    assert {()} == {tuple(device.view(visits.records["choice"]).conflicts) for device in (visits.one, visits.two)}


def at_review(visits: Visits, work: Callable[["Keys"], None]) -> None:
    """Let a reviewer do something at the page of a visit's review, and sync both devices."""
    with seated(visits, Role.REVIEWER, f"/review/{visits.records['append'].hex()}") as keys:
        work(keys)
    visits.sync()
    visits.dump()


def test_a_visit_goes_back_with_a_question_is_answered_approved_and_reopened(visits: Visits) -> None:
    record = visits.records["append"]

    def returned(keys: Keys) -> None:
        keys.press("4")
        keys.type_in("text", "Wie was erbij?")
        keys.go("s")

    at_review(visits, returned)
    (thread,) = visits.one.picture(record).questions
    assert thread.open and "Wie was erbij?" == thread.texts[0].text
    visits.one.save(visits.one.open(record), FORM, 1, {thread.path: "De buurvrouw."})
    visits.sync()
    visits.dump()

    def approved(keys: Keys) -> None:
        assert "De buurvrouw." in keys.words
        keys.press("3")
        keys.go("s")
        assert "goedgekeurd" in keys.words

    at_review(visits, approved)
    assert [] == visits.find("select * from _review where record = ? and stage <> ''", record.hex())
    visits.two.save(visits.two.open(record), FORM, 1, {"/werker_ok": "incident"})
    visits.sync()
    visits.dump()

    def reopened(keys: Keys) -> None:
        assert "Bent u veilig vertrokken?" in keys.words

    at_review(visits, reopened)
    assert [{"stage": "changed"}] == visits.find("select stage from _review where record = ?", record.hex())
    review = visits.two.picture(record).review
    assert review is not None and ("approved", ("/werker_ok",)) == (review.state, review.changed)
    sound(visits)


def test_who_fills_in_something_beside_a_choice_makes_it(visits: Visits) -> None:
    (row,) = visits.find("select id from _queue where record = ?", visits.records["choice"].hex())
    with seated(visits, Role.LEAD, f"/conflicts/{row['id']}", looks=False) as keys:
        chosen = keys.page.locator("input[type=radio]:checked")
        assert 0 == chosen.count()
        keys.page.get_by_label("Uw vraag", exact=True).fill("Hoe laat was het?")
        assert ["ask"] == chosen.evaluate_all("all => all.map((one) => one.value)")
        keys.page.locator("#other").select_option("niemand_thuis")
        assert ["other"] == chosen.evaluate_all("all => all.map((one) => one.value)")
        keys.page.get_by_role("button", name="Beslis", exact=True).press("Enter")
        assert "Afgehandeld" in keys.words
    visits.sync()
    assert {"niemand_thuis"} == visits.shows("choice", "/toegang")
