"""Each kind of what waits is decided on its page, and undone there; nothing waits for which there is no way."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from backend.desk.rights import Role
from backend.device.device import Device
from backend.device.store import DeviceStore
from picture.choices import CHOICES
from tests.desk_pages.office import Browser, DeskOffice
from tests.desk_pages.test_conflicts import fields, picks, torn
from tests.forms.versions.forms_made import document, raw

FORM, CHILD, OTHER = "huisbezoek", "/kind/01J9ZZZZZZZZZZZZZZZZZZZZZ1", "/kind/01J9ZZZZZZZZZZZZZZZZZZZZZ2"
INSIDE = {"/toegang": "binnen", "/case_ref": "ABCD-2345"}
KINDS = {*CHOICES, "conflict", "check-parallel"}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    made = DeskOffice(Path(tmp_path_factory.mktemp("desk")), "dossier", "huisbezoek", "traject")
    made.server.publish(raw(document({"/dag": "choice ma di", "/hulp": "choices brief school"})))
    yield made
    made.close()


@pytest.fixture
def lead(office: DeskOffice) -> Browser:
    return office.signed_in(Role.LEAD)


def waiting(office: DeskOffice, record: bytes, kind: str) -> str:
    office.dump()
    rows = office.find("select id from _queue where record = ? and kind = ? order by id", record.hex(), kind)
    assert rows, office.find("select kind, name from _queue where record = ?", record.hex())
    return str(rows[0]["id"])


def gone(office: DeskOffice, record: bytes) -> bool:
    office.dump()
    return [] == office.find("select * from _queue where record = ?", record.hex())


def answers(office: DeskOffice, record: bytes) -> dict[str, Any]:
    office.dump()
    row = office.ask("show", record=record.hex())[0]
    found = {one["path"]: one["answer"]["value"] for one in row["hidden_answers"]}
    return found | {path: one["value"] for path, one in row["shown"].items() if not path.startswith("/_")}


def send(browser: Browser, path: str, **more: Any) -> Any:
    """Open the page of a decision, and send one of its forms."""
    page = browser.get(path.removesuffix("/undo"))
    assert 200 == page.status_code, page.text
    return browser.post(path, {**fields(page.text), **more})


def undone(browser: Browser, id_: str, **more: str) -> int:
    page = browser.get(f"/conflicts/{id_}").text
    assert "Afgehandeld" in page
    shown = fields(page) if "read_at" in page else {}
    return int(browser.post(f"/conflicts/{id_}/undo", {**shown, "pick": "undo", **more}).status_code)


# --- answers side by side ---


def test_another_answer_is_given_undone_and_the_other_one_put_in_its_place(office: DeskOffice, lead: Browser) -> None:
    record = office.shared(FORM, {**INSIDE, "/rollen": ["outreachwerker"]})
    office.parallel(record, FORM, {"/bezoek_datum": "2026-02-01"}, {"/bezoek_datum": "2026-02-02"})
    id_ = waiting(office, record, "conflict")
    before = answers(office, record)["/bezoek_datum"]
    assert 303 == send(lead, f"/conflicts/{id_}", pick="other", value="2026-02-03").status_code
    assert "2026-02-03" == answers(office, record)["/bezoek_datum"]
    page = lead.get(f"/conflicts/{id_}").text
    assert "De vraag komt niet terug in de lijst" in page
    assert 303 == undone(lead, id_)
    assert before == answers(office, record)["/bezoek_datum"] and gone(office, record)
    put = lead.get(f"/conflicts/{id_}").text
    assert 'value="undo"' not in put  # nothing to undo any more, and the other answer can still be put in its place
    (other,) = re.findall(r'name="pick" value="([0-9a-f]{64})"', put)
    assert 303 == undone(lead, id_, pick=other)
    assert {"2026-02-01", "2026-02-02"} == {before, answers(office, record)["/bezoek_datum"]}
    assert 422 == undone(lead, id_, pick="f" * 64)


def test_two_texts_are_put_together_under_their_authors_and_that_is_undone(office: DeskOffice, lead: Browser) -> None:
    record = office.shared("dossier", {"/case_ref": "ABCD-2345"})
    office.parallel(record, "dossier", {"/roepnaam": "De molen"}, {"/roepnaam": "De fiets"})
    id_ = waiting(office, record, "conflict")
    page = lead.get(f"/conflicts/{id_}").text
    before = answers(office, record)["/roepnaam"]
    both = unescape(re.findall(r'<textarea id="joined"[^>]*>(.*?)</textarea>', page, re.DOTALL)[0])
    assert {"werker-een: De molen", "werker-twee: De fiets"} == set(both.strip().split("\n\n"))
    assert 422 == send(lead, f"/conflicts/{id_}", pick="combine", joined=" ").status_code
    assert 303 == send(lead, f"/conflicts/{id_}", pick="combine", joined="De molen, ook De fiets").status_code
    assert "De molen, ook De fiets" == answers(office, record)["/roepnaam"]
    assert 303 == undone(lead, id_)
    assert before == answers(office, record)["/roepnaam"]


def test_parts_of_two_answers_are_ticked_together(office: DeskOffice, lead: Browser) -> None:
    record = office.shared("proef", {"/dag": "ma"})
    office.parallel(record, "proef", {"/hulp": ["brief"]}, {"/hulp": ["school"]})
    id_ = waiting(office, record, "conflict")
    assert 303 == send(lead, f"/conflicts/{id_}", pick="combine", part=["school", "brief"]).status_code
    assert ["brief", "school"] == answers(office, record)["/hulp"]  # in the order of the form
    assert 303 == undone(lead, id_)
    assert answers(office, record)["/hulp"] in (["brief"], ["school"])


# --- a whole record ---


def contested(office: DeskOffice) -> tuple[bytes, str]:
    record = office.shared(FORM, {**INSIDE, "/discriminatie": "nee"})
    first, second = office.one.open(record), office.two.open(record)
    office.one.delete(first)
    office.two.save(second, FORM, 1, {"/discriminatie": "ja"})
    office.sync()
    return record, waiting(office, record, "contested")


def deleted(office: DeskOffice, record: bytes) -> bool:
    office.dump()
    (row,) = office.find("select deleted from _record where record = ?", record.hex())
    return bool(row["deleted"])


def test_a_deletion_that_was_seen_through_is_taken_back(office: DeskOffice, lead: Browser) -> None:
    record, id_ = contested(office)
    page = lead.get(f"/conflicts/{id_}").text
    assert "Verwijderde het dossier" in page and "Discriminatie ervaren" in page
    assert 422 == send(lead, f"/conflicts/{id_}", pick="delete").status_code
    assert 303 == send(lead, f"/conflicts/{id_}", pick="delete", confirm="ABCD-2345").status_code
    assert deleted(office, record)
    assert "het dossier is verwijderd" in lead.get(f"/conflicts/{id_}").text
    assert 303 == undone(lead, id_)
    assert not deleted(office, record) and gone(office, record)
    assert "ja" == answers(office, record)["/discriminatie"]


def test_a_deletion_with_a_reason_stands_and_so_does_its_reason(office: DeskOffice, lead: Browser) -> None:
    """The reason is an answer that the delete has seen: else it would contest it."""
    record, id_ = contested(office)
    said = {"pick": "delete", "confirm": "ABCD-2345", "reason": "Twee keer hetzelfde bezoek."}
    assert 303 == send(lead, f"/conflicts/{id_}", **said).status_code
    assert deleted(office, record) and said["reason"] in lead.get(f"/conflicts/{id_}").text
    record, id_ = contested(office)
    assert 303 == send(lead, f"/conflicts/{id_}", pick="restore", reason="Nog nodig.").status_code
    assert 303 == undone(lead, id_, **said)
    assert deleted(office, record)


def test_a_record_that_was_kept_is_deleted_after_all_and_only_by_its_code(office: DeskOffice, lead: Browser) -> None:
    record, id_ = contested(office)
    assert 303 == send(lead, f"/conflicts/{id_}", pick="restore").status_code
    page = lead.get(f"/conflicts/{id_}").text
    assert "het dossier is bewaard" in page and "Verwijder het dossier alsnog" in page and 'value="undo"' not in page
    assert 422 == undone(lead, id_, pick="delete", confirm="ABCD")
    assert not deleted(office, record)
    assert 303 == undone(lead, id_, pick="delete", confirm="ABCD-2345")
    assert deleted(office, record)


# --- an item ---


def item(office: DeskOffice) -> tuple[bytes, str]:
    first = {CHILD: {}, f"{CHILD}/kind_ref": "KIND-1111", OTHER: {}, f"{OTHER}/kind_ref": "KIND-2222"}
    record = office.shared(FORM, {**INSIDE, **first, f"{OTHER}/kind_alleen": "ja"})
    away = {OTHER: None, f"{OTHER}/kind_ref": None, f"{OTHER}/kind_alleen": None}
    office.parallel(record, FORM, away, {f"{OTHER}/kind_dag": "school"})
    return record, waiting(office, record, "item-contested")


def of_item(office: DeskOffice, record: bytes, name: str) -> dict[str, Any]:
    return {
        path.removeprefix(f"{name}/"): value
        for path, value in answers(office, record).items()
        if path.startswith(f"{name}/") and value is not None
    }


def test_an_item_is_taken_away_and_put_back_with_its_answers(office: DeskOffice, lead: Browser) -> None:
    record, id_ = item(office)
    before = of_item(office, record, OTHER)
    assert before
    assert 303 == send(lead, f"/conflicts/{id_}", pick="remove").status_code
    assert {} == of_item(office, record, OTHER) and gone(office, record)
    assert "weggehaald, met de antwoorden" in lead.get(f"/conflicts/{id_}").text
    assert 303 == undone(lead, id_)
    assert before == of_item(office, record, OTHER)


def test_an_item_that_was_kept_is_taken_away_after_all(office: DeskOffice, lead: Browser) -> None:
    record, id_ = item(office)
    assert 303 == send(lead, f"/conflicts/{id_}", pick="keep").status_code
    assert "Haal het alsnog weg" in lead.get(f"/conflicts/{id_}").text
    assert 303 == undone(lead, id_, pick="remove")
    assert {} == of_item(office, record, OTHER) and gone(office, record)
    assert 303 == undone(lead, id_)
    assert of_item(office, record, OTHER)


def test_answers_of_an_item_are_moved_to_another_after_a_preview(office: DeskOffice, lead: Browser) -> None:
    record, id_ = item(office)
    ours, theirs = of_item(office, record, OTHER), of_item(office, record, CHILD)
    link = f"/conflicts/{id_}/move/{CHILD.rpartition('/')[2]}"
    shown = lead.get(f"/conflicts/{id_}").text
    assert link in shown and "KIND-1111" in shown.partition("Naast elkaar")[2], "the sibling's answers beside it"
    assert 1 == shown.count("Haalde dit weg")
    (head,) = re.findall(r"<thead><tr><th[^>]*>Vraag</th>(<th[^>]*><bdi>werker.*?)</tr>", shown)
    assert ["werker-een", "werker-twee"] == sorted(re.findall(r"werker-\w+", head)), "each form has its own author"
    page = lead.get(link)
    assert 200 == page.status_code and "School" in page.text
    ticked = {unescape(one) for one in re.findall(r'name="take" value="([^"]+)" checked', page.text)}
    offered = {unescape(one) for one in re.findall(r'name="take" value="([^"]+)"', page.text)}
    clashes = {f"{OTHER}/{name}" for name in ours.keys() & theirs.keys()}
    assert {f"{OTHER}/{name}" for name in ours} == offered and offered - clashes == ticked  # no answer goes unasked
    assert 422 == lead.post(link, {**fields(page.text), "take": [*ticked]}).status_code  # why is said to the workers
    count = office.find("select entries from _record where record = ?", record.hex())[0]["entries"]
    sent = {**fields(page.text), "take": [*ticked], "reason": "Dit kind stond er dubbel."}
    assert 303 == lead.post(link, sent).status_code
    assert {} == of_item(office, record, OTHER) and gone(office, record)
    assert {**ours, **theirs} == of_item(office, record, CHILD)
    assert count + 2 == office.find("select entries from _record where record = ?", record.hex())[0]["entries"]
    assert 303 == lead.post(link, sent).status_code  # a second time leads to what stands, and writes nothing
    assert count + 2 == office.find("select entries from _record where record = ?", record.hex())[0]["entries"]
    office.sync()
    assert "Dit kind stond er dubbel." in str(office.one.picture(record).comments)
    assert 303 == undone(lead, id_)
    assert (ours, theirs) == (of_item(office, record, OTHER), of_item(office, record, CHILD))


def test_an_item_is_moved_nowhere_else(office: DeskOffice, lead: Browser) -> None:
    record, id_ = item(office)
    for where in (OTHER.rpartition("/")[2], "01J9ZZZZZZZZZZZZZZZZZZZZZ9", "x"):
        assert 404 == lead.get(f"/conflicts/{id_}/move/{where}").status_code
    assert 404 == office.signed_in(Role.ADMIN).get(f"/conflicts/{id_}/move/{CHILD.rpartition('/')[2]}").status_code
    assert record


# --- hidden answers ---


def hidden(office: DeskOffice) -> tuple[bytes, str]:
    record = office.shared(FORM, {"/toegang": "binnen", "/case_ref": "ABCD-2345"})
    office.parallel(record, FORM, {"/toegang": "geweigerd"}, {"/tolk": "niet_nodig"})
    return record, waiting(office, record, "hidden-parallel")


def test_a_hidden_answer_stays_is_cleared_or_shown_and_each_is_undone(office: DeskOffice, lead: Browser) -> None:
    for choice, more, path, value, undo in (
        ("confirm", {}, "/tolk", "niet_nodig", 422),
        ("clear", {}, "/tolk", None, 303),
        ("change", {"value": "binnen"}, "/toegang", "binnen", 303),
    ):
        record, id_ = hidden(office)
        before = answers(office, record)
        assert 303 == send(lead, f"/conflicts/{id_}", pick=choice, **more).status_code, choice
        assert gone(office, record) and value == answers(office, record).get(path), choice
        assert undo == undone(lead, id_), choice
        assert before == answers(office, record), choice


# --- words that do not count ---


def phone(office: DeskOffice, worker: str, record: bytes) -> Device:
    device = office.server.enrol(office.server.folder / f"{worker}.db", worker)
    office.server.run(office.server.municipality.opening.grant(record, worker, "beheer"))
    office.sync(device)
    return device


def revoked(office: DeskOffice, worker: str) -> tuple[bytes, str]:
    record = office.shared(FORM, {"/toegang": "binnen"})
    device = phone(office, worker, record)
    last = device.pen.head.seq
    device.save(device.open(record), FORM, 1, {"/bezoek_datum": "2026-03-04"})
    office.sync(device)
    office.server.clock.ms += 3_600_000
    office.server.run(office.server.municipality.acts.revoke(device.id, "beheer", last_seq=last))
    return record, waiting(office, record, "held-revoked")


def forked(office: DeskOffice, worker: str) -> tuple[bytes, str]:
    record = office.shared(FORM, {"/toegang": "binnen"})
    device, copy = phone(office, worker, record), office.server.folder / f"{worker}-copy.db"
    device.store.db.conn.execute("vacuum into ?", (str(copy),))
    twin = Device(DeviceStore(copy, None), device.clock)
    device.save(device.open(record), FORM, 1, {"/werker_ok": "ja"})
    office.sync(device)
    twin.save(twin.open(record), FORM, 1, {"/bezoek_datum": "2026-03-04"})
    office.sync(twin)
    return record, waiting(office, record, "forked")


@pytest.mark.parametrize("make", [revoked, forked])
def test_words_that_do_not_count_are_taken_in_or_left_and_both_are_undone(office: DeskOffice, make: Any) -> None:
    record, id_ = make(office, f"werker-{make.__name__}-a")
    lead = office.signed_in(Role.LEAD)  # hours have gone by
    assert "2026" in lead.get(f"/conflicts/{id_}").text
    assert 303 == send(lead, f"/conflicts/{id_}", pick="take-in").status_code
    assert "2026-03-04" == answers(office, record)["/bezoek_datum"]
    assert "de woorden zijn overgenomen" in lead.get(f"/conflicts/{id_}").text
    assert 303 == undone(lead, id_)
    assert answers(office, record).get("/bezoek_datum") is None and gone(office, record)
    record, id_ = make(office, f"werker-{make.__name__}-b")
    lead = office.signed_in(Role.LEAD)
    assert 303 == send(lead, f"/conflicts/{id_}", pick="decline").status_code
    assert gone(office, record) and answers(office, record).get("/bezoek_datum") is None
    page = lead.get(f"/conflicts/{id_}").text
    assert "weggelaten" in page and "Neem de woorden alsnog over" in page
    assert 303 == undone(lead, id_, pick="take-in")
    assert "2026-03-04" == answers(office, record)["/bezoek_datum"]
    assert 303 == undone(lead, id_)
    assert answers(office, record).get("/bezoek_datum") is None


# --- a check that fails after merging ---


def test_a_check_that_fails_after_merging_is_mended_and_that_is_undone(office: DeskOffice, lead: Browser) -> None:
    record = office.shared("traject", {"/leeftijd": "16_17", "/case_ref": "ABCD-2345"})
    office.parallel(record, "traject", {"/leeftijd": "14_15"}, {"/soort": "betaald_werk"})
    id_ = waiting(office, record, "check-parallel")
    asked = send(lead, f"/conflicts/{id_}", pick="ask", question="Hoe oud is de jongere?")
    assert 303 == asked.status_code and "wacht op antwoord" in lead.get("/conflicts").text
    more = {"pick": "change:/soort", "value:/soort": "stage", "reason": "Nagevraagd."}
    assert 303 == send(lead, f"/conflicts/{id_}", **more).status_code
    assert "stage" == answers(office, record)["/soort"] and gone(office, record)
    assert "Nagevraagd." in lead.get(f"/conflicts/{id_}").text
    assert 303 == undone(lead, id_)
    assert "betaald_werk" == answers(office, record)["/soort"]


# --- every kind ---


def test_each_author_s_whole_form_is_shown_as_they_had_it(office: DeskOffice, lead: Browser) -> None:
    record, id_ = torn(office)
    page = lead.get(f"/conflicts/{id_}").text
    for said, entry in picks(page).items():
        assert f"/conflicts/{id_}/as/{entry}" in page
        known = lead.get(f"/conflicts/{id_}/as/{entry}")
        assert 200 == known.status_code
        assert ("Nee, er was een incident" == said) == ("er was een incident" in known.text)
    assert 404 == lead.get(f"/conflicts/{id_}/as/{'0' * 64}").status_code
    assert 404 == office.signed_in(Role.ADMIN).get(f"/conflicts/{id_}/as/{entry}").status_code
    assert record


def test_no_kind_waits_for_which_there_is_no_choice(office: DeskOffice) -> None:
    made = [contested(office), item(office), hidden(office), revoked(office, "werker-x"), forked(office, "werker-y"),
            torn(office)]  # fmt: skip
    record = office.shared("traject", {"/leeftijd": "16_17"})
    office.parallel(record, "traject", {"/leeftijd": "14_15"}, {"/soort": "betaald_werk"})
    made.append((record, waiting(office, record, "check-parallel")))
    seen, lead = set(), office.signed_in(Role.LEAD)
    for _, id_ in made:
        seen.add(office.find("select kind from _queue where id = ?", id_)[0]["kind"])
        page = lead.get(f"/conflicts/{id_}").text
        assert 2 <= len(set(re.findall(r'name="pick" value="([^"]+)"', page)) - {"ask"}), id_
        assert 'value="ask"' in page
        assert f"/conflicts/{id_}" in lead.get("/conflicts").text
    assert KINDS == seen
