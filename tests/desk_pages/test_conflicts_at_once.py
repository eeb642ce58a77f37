"""Two leads at one matter, a form that is sent twice, a full disk: one decision, whole or not at all, and told."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.desk.desk import _Inside
from backend.desk.rights import Role
from backend.desk.sessions import csrf_of
from backend.errors import StoreFull
from tests.desk_pages.office import OTHER_LEAD, Browser, DeskOffice
from tests.desk_pages.test_conflict_kinds import CHILD, contested, gone, hidden, item, revoked, send
from tests.desk_pages.test_conflicts import fields, picks, torn


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    made = DeskOffice(Path(tmp_path_factory.mktemp("desk")), "dossier", "huisbezoek")
    yield made
    made.close()


@pytest.fixture
def lead(office: DeskOffice) -> Browser:
    return office.signed_in(Role.LEAD)


def at_once(office: DeskOffice, *sent: tuple[Browser, str, dict[str, Any]]) -> list[Any]:
    """The answers to several forms that are sent at the same moment."""

    async def all_of_them() -> list[Any]:
        asked = [
            browser.asking("POST", f"{browser.home}{path}", data={"csrf": csrf_of(browser.id), **more})
            for browser, path, more in sent
        ]
        return list(await asyncio.gather(*asked))

    return office.server.run(all_of_them())


def entries(office: DeskOffice, record: bytes) -> int:
    office.dump()
    return int(office.find("select entries from _record where record = ?", record.hex())[0]["entries"])


@pytest.mark.parametrize("make", [contested, item, hidden, torn])
def test_of_two_leads_at_once_one_decides_and_the_other_is_told_by_whom(office: DeskOffice, make: Any) -> None:
    record, id_ = make(office)
    lead, other = office.signed_in(Role.LEAD), office.signed_in(staff=OTHER_LEAD)
    before = entries(office, record)
    sent: list[tuple[Browser, str, dict[str, Any]]] = []
    for browser, reason in ((lead, "Van de een."), (other, "Van de ander.")):
        page = browser.get(f"/conflicts/{id_}").text
        choices = [
            one for one in re.findall(r'name="pick" value="([^"]+)"', page) if one not in ("ask", "other", "change")
        ]
        pick = choices[len(sent) % len(choices)] if make is not contested else "restore"
        sent.append((browser, f"/conflicts/{id_}", {**fields(page), "pick": pick, "reason": reason}))
    answers_ = at_once(office, *sent)
    assert [303, 409] == sorted(answer.status_code for answer in answers_)
    own = 2 if make is contested else 1  # behind a delete or restore stands its reason
    assert before + own == entries(office, record) and gone(office, record)
    second = next(place for place, answer in enumerate(answers_) if answer.status_code == 409)
    first = ("de-lead", OTHER_LEAD)[1 - second]
    assert f"Voorbeeld {first}" in answers_[second].text
    assert ("Van de een.", "Van de ander.")[second] in answers_[second].text
    assert "Een collega was u voor" in answers_[second].text


def test_words_that_two_leads_take_in_at_once_are_there_once(office: DeskOffice) -> None:
    record, id_ = revoked(office, "werker-tweemaal")
    before = entries(office, record)
    sent: list[tuple[Browser, str, dict[str, Any]]] = []
    for browser in (office.signed_in(Role.LEAD), office.signed_in(staff=OTHER_LEAD)):
        page = browser.get(f"/conflicts/{id_}").text
        sent.append((browser, f"/conflicts/{id_}", {**fields(page), "pick": "take-in"}))
    assert [303, 409] == sorted(answer.status_code for answer in at_once(office, *sent))
    assert before + 1 == entries(office, record)


def test_one_lead_who_sends_a_form_twice_decides_once(office: DeskOffice, lead: Browser) -> None:
    record, id_ = torn(office)
    page, before = lead.get(f"/conflicts/{id_}").text, entries(office, record)
    form = (lead, f"/conflicts/{id_}", {**fields(page), "pick": picks(page)["Ja"]})
    assert 303 in {answer.status_code for answer in at_once(office, form, form)}
    assert before + 1 == entries(office, record)


def test_a_full_disk_in_the_middle_writes_nothing_and_keeps_what_was_typed(
    office: DeskOffice, lead: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, id_ = item(office)
    link = f"/conflicts/{id_}/move/{CHILD.rpartition('/')[2]}"
    decide_page, move_page, before = lead.get(f"/conflicts/{id_}").text, lead.get(link).text, entries(office, record)
    post = _Inside.post

    def full(self: Any, path: str, body: bytes, headers: Any) -> bytes:
        if len(body) > 600:  # what carries an entry
            raise StoreFull(store="journal")
        return post(self, path, body, headers)

    monkeypatch.setattr(_Inside, "post", full)
    taken = re.findall(r'name="take" value="([^"]+)"', move_page)
    for path, page, more in (
        (f"/conflicts/{id_}", decide_page, {"pick": "remove"}), (link, move_page, {"take": taken}),
    ):  # fmt: skip
        answer = lead.post(path, {**fields(page), **more, "reason": "Dit typte ik."})
        assert 507 == answer.status_code and "Dit typte ik." in answer.text, answer.text
    monkeypatch.undo()
    assert before == entries(office, record) and not gone(office, record)
    assert 303 == send(lead, f"/conflicts/{id_}", pick="keep").status_code
    assert before + 1 == entries(office, record)  # and what found no place does not come later


def test_a_matter_that_a_colleague_has_open_says_so(office: DeskOffice, lead: Browser) -> None:
    _, id_ = torn(office)
    other = office.signed_in(staff=OTHER_LEAD)
    assert "heeft dit ook open" not in lead.get(f"/conflicts/{id_}").text
    assert f"Voorbeeld {'de-lead'} heeft dit ook open" in other.get(f"/conflicts/{id_}").text
    assert "heeft dit ook open" in lead.get(f"/conflicts/{id_}").text
    office.server.clock.ms += 16 * 60_000
    assert "heeft dit ook open" not in office.signed_in(Role.LEAD).get(f"/conflicts/{id_}").text
