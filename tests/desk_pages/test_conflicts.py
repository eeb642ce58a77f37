"""The conflict desk by HTTP: the queue, a page for each kind, and what is written from it."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from backend.desk.rights import Role
from backend.sentences import library
from tests.desk_pages.office import OTHER_LEAD, Browser, DeskOffice

FORM, AT, WEIGHED = "huisbezoek", "/werker_ok", "/zorg"
CHILD = "/kind/01J9ZZZZZZZZZZZZZZZZZZZZZ1"
SAFE = f"{CHILD}/kind_veilig_gevoel"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[DeskOffice]:
    made = DeskOffice(tmp_path, "dossier", "huisbezoek", "schoolcheck", "traject", "signaal")
    yield made
    made.close()


@pytest.fixture
def lead(office: DeskOffice) -> Browser:
    return office.signed_in(Role.LEAD)


def torn(office: DeskOffice, at: str = AT, one: Any = "ja", two: Any = "incident") -> tuple[bytes, str]:
    """A record of both workers with one conflict, and its id."""
    inside = {"/toegang": "binnen", CHILD: {}, f"{CHILD}/kind_alleen": "ja"}
    record = office.shared(FORM, {"/gezin_leest_mee": "akkoord", **inside})
    office.parallel(record, FORM, {at: one}, {at: two})
    office.dump()
    (row,) = office.find("select id from _queue where record = ? and name = ?", record.hex(), at)
    return record, row["id"]


def fields(page: str) -> dict[str, str]:
    """The hidden fields of the first form that decides."""
    return {"read_at": unescape(re.findall(r'name="read_at" value="([^"]*)"', page)[0])}


def picks(page: str) -> dict[str, str]:
    """The entries of the cards by what they say."""
    found = re.findall(r'name="pick" value="([0-9a-f]{64})".*?data-key-words="([^"]*)"', page)
    return {unescape(said): entry for entry, said in found}


def shown(office: DeskOffice, record: bytes, path: str = AT) -> Any:
    office.dump()
    return office.ask("show", record=record.hex())[0]["shown"][path]["value"]


def test_the_queue_lists_what_waits_and_leads_to_its_page(office: DeskOffice, lead: Browser) -> None:
    record, id_ = torn(office)
    page = lead.get("/conflicts").text
    assert f"/conflicts/{id_}" in page and "werker-een" in page and "Bent u veilig vertrokken?" in page
    assert record.hex()[:8] in page  # which has no case code
    detail = lead.get(f"/conflicts/{id_}")
    assert 200 == detail.status_code and {"Ja", "Nee, er was een incident"} == {*picks(detail.text)}


def test_what_is_typed_and_not_chosen_counts_as_another_answer(office: DeskOffice, lead: Browser) -> None:
    """Without a script nobody ticks the box for who types; several fields, or a reason alone, are no choice."""
    record, id_ = torn(office)
    at = f"/conflicts/{id_}"
    seen = fields(lead.get(at).text)
    empty = {"value": "", "question": "", "reason": "Gebeld met beide"}
    for several in ({}, {"value": "ja", "question": "Hoe was het?"}):
        refused = lead.post(at, seen | empty | several)
        assert 422 == refused.status_code and "niets gekozen" in refused.text
    assert 303 == lead.post(at, seen | empty | {"value": "incident"}).status_code
    assert "incident" == shown(office, record)
    record, id_ = torn(office)
    at = f"/conflicts/{id_}"
    assert 303 == lead.post(at, fields(lead.get(at).text) | empty | {"question": "Hoe was het?"}).status_code
    assert "Hoe was het?" in lead.get(at).text


def test_a_new_answer_to_a_check_that_fails_needs_no_tick(office: DeskOffice, lead: Browser) -> None:
    record = office.shared("traject", {"/leeftijd": "16_17"})
    office.parallel(record, "traject", {"/leeftijd": "14_15"}, {"/soort": "betaald_werk"})
    office.dump()
    (row,) = office.find("select id from _queue where record = ?", record.hex())
    at = f"/conflicts/{row['id']}"
    both = {"value:/leeftijd": "16_17", "value:/soort": "vrijwilligerswerk"}
    assert 422 == lead.post(at, fields(lead.get(at).text) | both).status_code
    typed = {"value:/leeftijd": "16_17", "value:/soort": "", "reason": "Het was een tikfout."}
    assert 303 == lead.post(at, fields(lead.get(at).text) | typed).status_code
    assert "16_17" == shown(office, record, "/leeftijd")


def test_a_month_is_shown_in_words_and_asked_as_a_month(office: DeskOffice, lead: Browser) -> None:
    record, id_ = torn(office, f"{CHILD}/geboortemaand", "2010-01", "2010-02")
    at = f"/conflicts/{id_}"
    page = lead.get(at).text
    assert {"januari 2010", "februari 2010"} == {*picks(page)} and 'type="month"' in page
    assert "pick-combine" not in page  # two months are no longer text
    assert 303 == lead.post(at, fields(page) | {"pick": "other", "value": "2010-03"}).status_code
    assert "2010-03" == shown(office, record, f"{CHILD}/geboortemaand")
    assert "maart 2010" in lead.get(at).text


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_kind_has_its_page_in_both_languages(office: DeskOffice, language: str) -> None:
    torn(office), torn(office, WEIGHED, "geen", "twijfel")
    child = "/kind/01J9ZZZZZZZZZZZZZZZZZZZZZ1"
    record = office.shared(FORM, {child: {}, f"{child}/kind_ref": "KIND-2222"})
    office.parallel(record, FORM, {child: None, f"{child}/kind_ref": None}, {f"{child}/kind_ref": "KIND-3333"})
    record = office.shared("traject", {"/leeftijd": "16_17"})
    office.parallel(record, "traject", {"/leeftijd": "14_15"}, {"/soort": "betaald_werk"})
    record = office.shared(FORM, {AT: "ja"})
    first, second = office.one.open(record), office.two.open(record)
    office.one.delete(first)
    office.two.save(second, FORM, 1, {WEIGHED: "ja"})
    record = office.shared(FORM, {"/toegang": "binnen"})
    office.parallel(record, FORM, {"/toegang": "geweigerd"}, {"/tolk": "niet_nodig"})
    office.dump()
    browser = office.signed_in(Role.LEAD)
    browser.headers["accept-language"] = language
    kinds = {row["kind"]: row["id"] for row in office.find("select kind, id from _queue")}
    assert {"conflict", "item-contested", "check-parallel", "contested", "hidden-parallel"} == kinds.keys()
    for id_ in kinds.values():
        page = browser.get(f"/conflicts/{id_}")
        assert 200 == page.status_code and f'<html lang="{language}">' in page.text, page.text


def test_the_queue_is_filtered_and_its_address_names_nobody(office: DeskOffice, lead: Browser) -> None:
    _, one = torn(office)
    _, two = torn(office, WEIGHED, "geen", "twijfel")
    page = lead.get(f"/conflicts?name={WEIGHED}").text
    assert two in page and one not in page
    short = re.findall(r'<option value="([0-9a-f]{12})"', page)
    assert 2 == len(short) and one in lead.get(f"/conflicts?who={short[0]}").text
    assert one not in lead.get("/conflicts?age=7").text
    assert one not in lead.get("/conflicts?form=dossier").text
    assert one not in lead.get("/conflicts?who=ffffffffffff").text


def test_a_kept_answer_is_one_entry_and_the_page_says_what_stands(office: DeskOffice, lead: Browser) -> None:
    record, id_ = torn(office)
    page = lead.get(f"/conflicts/{id_}").text
    answer = lead.post(f"/conflicts/{id_}", {**fields(page), "pick": picks(page)["Ja"], "reason": "Nagevraagd."})
    assert (303, f"/m/{office.code}/conflicts/{id_}") == (answer.status_code, answer.headers["location"])
    settled = lead.get(f"/conflicts/{id_}").text
    assert "Afgehandeld:" in settled and "Ja" in settled
    assert "ja" == shown(office, record)
    assert [] == office.find("select * from _queue")
    (reason,) = office.find("select texts from _comment")
    assert "Nagevraagd." in reason["texts"]
    assert {"desk:de-lead"} == {
        row["worker"] for row in office.find("select worker from _people where worker like 'desk%'")
    }


def test_an_undo_writes_what_stood_before(office: DeskOffice, lead: Browser) -> None:
    record, id_ = torn(office)
    before = shown(office, record)
    page = lead.get(f"/conflicts/{id_}").text
    other = next(entry for said, entry in picks(page).items() if (said == "Ja") != (before == "ja"))
    lead.post(f"/conflicts/{id_}", {**fields(page), "pick": other})
    assert before != shown(office, record)
    settled = lead.get(f"/conflicts/{id_}").text
    assert 303 == lead.post(f"/conflicts/{id_}/undo", {**fields(settled), "pick": "undo"}).status_code
    assert before == shown(office, record)
    assert [] == office.find("select * from _queue")


def test_an_undo_does_not_go_over_what_was_written_since(office: DeskOffice, lead: Browser) -> None:
    record, id_ = torn(office)
    page = lead.get(f"/conflicts/{id_}").text
    lead.post(f"/conflicts/{id_}", {**fields(page), "pick": picks(page)["Ja"]})
    settled = lead.get(f"/conflicts/{id_}").text
    office.sync()
    office.one.save(office.one.open(record), FORM, 1, {AT: "incident"})
    office.sync()
    office.dump()
    assert lead.post(f"/conflicts/{id_}/undo", {**fields(settled), "pick": "undo"}).status_code in (409, 422)
    assert "incident" == shown(office, record)


def test_another_answer_fits_the_question_or_is_refused_with_what_was_typed(office: DeskOffice, lead: Browser) -> None:
    record, id_ = torn(office, "/bezoek_datum", "2026-01-02", "2026-01-03")
    page = lead.get(f"/conflicts/{id_}").text
    sent = {**fields(page), "pick": "other", "value": "geen datum", "reason": "Het was later."}
    refused = lead.post(f"/conflicts/{id_}", sent)
    assert 422 == refused.status_code and "Het was later." in refused.text
    assert 303 == lead.post(f"/conflicts/{id_}", {**sent, "value": "2026-01-05"}).status_code
    assert "2026-01-05" == shown(office, record, "/bezoek_datum")


def test_the_most_protective_answer_gives_way_only_for_a_reason(office: DeskOffice, lead: Browser) -> None:
    record, id_ = torn(office, SAFE, "ja", "wisselend")
    page = lead.get(f"/conflicts/{id_}").text
    assert "checked" not in re.findall(r"<input id=\"pick-[^>]*>", page)[0]
    sent = {**fields(page), "pick": picks(page)["Ja"]}
    assert 422 == lead.post(f"/conflicts/{id_}", sent).status_code
    assert "wisselend" == shown(office, record, SAFE)
    assert 303 == lead.post(f"/conflicts/{id_}", {**sent, "reason": "Samen besproken."}).status_code
    assert "ja" == shown(office, record, SAFE)


def test_a_question_leaves_the_conflict_open_and_waits_for_its_answer(office: DeskOffice, lead: Browser) -> None:
    record, id_ = torn(office)
    page = lead.get(f"/conflicts/{id_}").text
    asked = lead.post(
        f"/conflicts/{id_}", {**fields(page), "pick": "ask", "question": "Wat was het?", "who": "werker-een"}
    )
    assert 303 == asked.status_code
    assert "wacht op antwoord" in lead.get("/conflicts").text
    office.sync()
    (thread,) = office.one.picture(record).questions
    assert thread.open and "werker-een: Wat was het?" == thread.texts[0].text
    office.one.save(office.one.open(record), FORM, 1, {thread.path: "Er was een hond."})
    office.sync()
    office.dump()
    assert "wacht op antwoord" not in lead.get("/conflicts").text
    assert "Er was een hond." in lead.get(f"/conflicts/{id_}").text


def test_the_next_one_is_never_one_that_waits_for_an_answer(office: DeskOffice, lead: Browser) -> None:
    ids = []
    for _ in range(3):
        office.server.clock.ms += 60_000
        ids.append(torn(office)[1])
    page = lead.get(f"/conflicts/{ids[0]}").text
    assert f'conflicts/{ids[1]}" data-key="n"' in page
    asked = lead.get(f"/conflicts/{ids[1]}").text
    empty = lead.post(f"/conflicts/{ids[1]}", {**fields(asked), "pick": "ask", "question": "  "})
    assert 422 == empty.status_code and "De vraag is leeg" in empty.text and "niets gekozen" not in empty.text
    lead.post(f"/conflicts/{ids[1]}", {**fields(asked), "pick": "ask", "question": "Wat was het?"})
    assert f'conflicts/{ids[2]}" data-key="n"' in lead.get(f"/conflicts/{ids[0]}").text
    assert 'data-key="n"' not in lead.get(f"/conflicts/{ids[2]}").text


def test_survivors_that_changed_meanwhile_are_shown_and_what_was_typed_is_kept(
    office: DeskOffice, lead: Browser
) -> None:
    record, id_ = torn(office)
    page = lead.get(f"/conflicts/{id_}").text
    three = office.server.enrol(office.server.folder / "three.db", "werker-drie")
    office.server.run(office.server.municipality.opening.grant(record, "werker-drie", "beheer"))
    office.sync(three)
    three.save(three.open(record)._replace(observed=()), FORM, 1, {AT: "ja"})
    office.sync(three)
    sent = {**fields(page), "pick": picks(page)["Ja"], "reason": "Dit typte ik."}
    again = lead.post(f"/conflicts/{id_}", sent)
    assert 409 == again.status_code and "Dit typte ik." in again.text and "werker-drie" in again.text
    assert 3 == len(re.findall(r'name="pick" value="[0-9a-f]{64}"', again.text))
    assert 1 == len(office.find("select * from _queue"))


def test_the_second_of_two_leads_is_told_and_keeps_what_was_typed(office: DeskOffice, lead: Browser) -> None:
    record, id_ = torn(office)
    page = lead.get(f"/conflicts/{id_}").text
    other = office.signed_in(staff=OTHER_LEAD)  # of a team of the other worker
    theirs = other.get(f"/conflicts/{id_}").text
    lead.post(f"/conflicts/{id_}", {**fields(page), "pick": picks(page)["Ja"]})
    second = other.post(f"/conflicts/{id_}", {**fields(theirs), "pick": picks(theirs)["Ja"], "reason": "Van mij."})
    assert 409 == second.status_code and "Van mij." in second.text
    assert "desk:" not in second.text and "de-lead" in second.text
    assert "ja" == shown(office, record)


def test_what_belongs_to_another_team_or_role_is_not_there(office: DeskOffice) -> None:
    record = office.one.create(FORM, 1, {AT: "ja"})
    office.sync(office.one)
    editing = office.one.open(record)
    office.one.save(editing, FORM, 1, {AT: "incident"})
    other = office.server.enrol(office.server.folder / "again.db", "werker-een")
    office.sync(other)
    other.save(other.open(record)._replace(observed=()), FORM, 1, {AT: "ja"})
    office.sync(other, office.one)
    signal = office.shared("signaal", {"/signaal_datum": "2026-01-02"})
    office.parallel(signal, "signaal", {"/signaal_datum": "2026-01-03"}, {"/signaal_datum": "2026-01-04"})
    office.dump()
    ids = {row["form"]: row["id"] for row in office.find("select form, id from _queue")}
    readers = {FORM: {Role.LEAD}, "signaal": {Role.SIGNALS}}
    nothing = office.signed_in(Role.LEAD).get(f"/conflicts/{'0' * 32}")
    for form, id_ in ids.items():
        for role in Role:
            browser = office.signed_in(role)
            page = browser.get(f"/conflicts/{id_}")
            assert (200 if role in readers[form] else 404) == page.status_code, (form, role)
            sent = browser.post(f"/conflicts/{id_}", {"pick": "ask", "question": "?"})
            assert role in readers[form] or 404 == sent.status_code
        stranger = office.signed_in(staff=OTHER_LEAD).get(f"/conflicts/{id_}")
        assert nothing.content == stranger.content and 404 == stranger.status_code
        assert ids[FORM] not in office.signed_in(staff=OTHER_LEAD).get("/conflicts").text


def test_a_record_of_weight_is_deleted_only_after_its_code_is_typed(office: DeskOffice, lead: Browser) -> None:
    record = office.shared(FORM, {"/case_ref": "ABCD-2345"})
    first, second = office.one.open(record), office.two.open(record)
    office.one.delete(first)
    office.two.save(second, FORM, 1, {"/duiding": "Vertrouwelijk."})
    office.sync()
    office.dump()
    (row,) = office.find("select id from _queue")
    page = lead.get(f"/conflicts/{row['id']}").text
    sent = {**fields(page), "pick": "delete"}
    assert 422 == lead.post(f"/conflicts/{row['id']}", sent).status_code
    assert 303 == lead.post(f"/conflicts/{row['id']}", {**sent, "confirm": "ABCD-2345"}).status_code
    assert [{"deleted": 1}] == office.find("select deleted from _record")


def test_a_check_that_fails_after_merging_is_mended_on_its_page(office: DeskOffice, lead: Browser) -> None:
    record = office.shared("traject", {"/leeftijd": "16_17"})
    office.parallel(record, "traject", {"/leeftijd": "14_15"}, {"/soort": "betaald_werk"})
    office.dump()
    (row,) = office.find("select id from _queue")
    page = lead.get(f"/conflicts/{row['id']}").text
    assert "Onder de 16 jaar" in page
    sent = {**fields(page), "pick": "change:/soort", "value:/soort": "stage"}
    assert 303 == lead.post(f"/conflicts/{row['id']}", sent).status_code
    assert [] == office.find("select * from _queue")


def test_a_locked_municipality_shows_its_card_and_loses_nothing(office: DeskOffice, lead: Browser) -> None:
    record, id_ = torn(office)
    page = lead.get(f"/conflicts/{id_}").text
    office.server.run(office.keeper.lock())
    for answer in (lead.get("/conflicts"), lead.get(f"/conflicts/{id_}"), lead.post(f"/conflicts/{id_}", fields(page))):
        assert 503 == answer.status_code and library().phrase("frame-locked-heading", "nl") in answer.text
    office.server.unlock()
    assert 200 == lead.get(f"/conflicts/{id_}").status_code and record
