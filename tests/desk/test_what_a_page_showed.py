"""What a page showed is what its entry observed, whatever comes in at whichever step between reading and pushing."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from backend.desk.decisions import DecisionChanged
from backend.desk.desk import Desk, _Inside
from backend.desk.standing import Standing
from backend.desk.writing import DELETE, PageChanged, PageForeign, read_at, write_seen
from backend.device.device import Device
from backend.device.syncing import Sync
from backend.errors import RecordErased, StoreFull
from backend.municipality.service import Municipality
from tests.desk.office import STAFF, Office
from tests.fleet.world import LocalTransport
from tests.looking import rows
from tests.standing import Everybody

FORM, AT = "huisbezoek", "/toegang"
STEPS = range(6)  # before the desk's device does anything, and before each of its exchanges


class Lead(NamedTuple):
    desk: Desk
    town: Municipality
    staff: str = STAFF

    @property
    def standing(self) -> Standing:
        return Everybody(self.town, self.staff)


def lead(office: Office, name: str = STAFF) -> Lead:
    return Lead(office.desk, office.server.municipality, name)


def third(office: Office, folder: Path, record: bytes) -> Device:
    device = office.server.enrol(folder / "three.db", "werker-drie")
    office.server.run(office.server.municipality.opening.grant(record, "werker-drie", "beheer"))
    Sync(device, LocalTransport(office.server)).run()
    return device


def inject(office: Office, at: int, late: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let `late` happen before the exchange of this number that the desk's device makes; 0 is before its turn."""
    post, write_as, seen = _Inside.post, office.desk.write_as, [0]
    town, loop = office.server.municipality, office.server.loop
    road = _Inside(town, loop)
    road.post = lambda *args: post(road, *args)  # type: ignore[method-assign]

    def counted(self: Any, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        seen[0] += 1
        if seen[0] == at:
            late(road)
        return post(self, path, body, headers)

    async def first(*args: Any) -> Any:
        if at == 0:
            await asyncio.to_thread(late, road)
        return await write_as(*args)

    monkeypatch.setattr(_Inside, "post", counted)
    monkeypatch.setattr(office.desk, "write_as", first)
    return seen


def values(office: Office, path: str = AT) -> set[Any]:
    """All that a person is asked about, or shown, of a question."""
    for row in office.ask("conflicts"):
        if row["path"] == path:
            return {one["value"] for one in row["survivors"]}
    (record,) = office.find("select record from _record")
    return {office.ask("show", record=record["record"])[0]["shown"][path]["value"]}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("primed", [False, True])
def test_an_edit_of_a_third_worker_survives_a_conflict_that_is_decided_meanwhile(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int, *, primed: bool
) -> None:
    record = office.shared(FORM, {AT: "binnen"})
    if primed:  # the lead's device is there already, and has the record
        office.parallel(record, FORM, {"/werker_ok": "ja"}, {"/werker_ok": "incident"})
        office.ask("resolve", conflict=office.ask("conflicts")[0]["conflict"], value="ja")
        office.sync()
    office.parallel(record, FORM, {AT: "geweigerd"}, {AT: "niemand_thuis"})
    device = third(office, tmp_path, record)
    editing = device.open(record)

    def late(road: Any) -> None:
        device.save(editing, FORM, 1, {AT: "aan_de_deur"})
        Sync(device, road).run()

    (shown,) = office.ask("conflicts")
    seen = inject(office, step, late, monkeypatch)
    try:
        office.ask("resolve", conflict=shown["conflict"], keep="1")
    except DecisionChanged:
        kept = {one["value"] for one in shown["survivors"]}
    else:
        kept = {shown["survivors"][0]["value"]}
    happened = step == 0 or seen[0] >= step
    monkeypatch.undo()
    if happened:
        assert "aan_de_deur" in values(office)
        assert values(office) in ({"aan_de_deur"}, {"aan_de_deur", *kept})


def page(office: Office, record: bytes, name: str = STAFF) -> str:
    hand = lead(office, name)
    return office.server.run(office.keeper.look(lambda store: read_at(hand, store, record.hex())))


def write(office: Office, record: bytes, field: str, changes: dict[str, Any], **more: Any) -> tuple[str, ...]:
    return office.server.run(write_seen(lead(office), record, field, changes, **more))


@pytest.mark.parametrize("step", STEPS)
def test_an_edit_of_a_third_worker_survives_an_edit_on_a_page(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    record = office.shared(FORM, {AT: "binnen"})
    device = third(office, tmp_path, record)
    office.dump()
    field = page(office, record)

    def late(road: Any) -> None:
        device.save(device.open(record), FORM, 1, {AT: "aan_de_deur"})
        Sync(device, road).run()

    seen = inject(office, step, late, monkeypatch)
    try:
        write(office, record, field, {AT: "geweigerd"})
        written = {"geweigerd"}
    except PageChanged:
        written = set()
    happened = step == 0 or seen[0] >= step
    monkeypatch.undo()
    assert ({"aan_de_deur"} if happened else set()) | written == values(office)


def test_an_edit_that_came_before_the_page_is_sent_is_shown_and_nothing_is_written(office: Office) -> None:
    record = office.shared(FORM, {AT: "binnen"})
    office.dump()
    field = page(office, record)
    office.one.save(office.one.open(record), FORM, 1, {AT: "geweigerd"})
    office.sync()
    with pytest.raises(PageChanged):
        write(office, record, field, {AT: "niemand_thuis"})
    assert {"geweigerd"} == values(office)
    assert () == write(office, record, field, {"/werker_ok": "ja"})  # of another question nothing came; nothing waits


def test_an_edit_that_may_ask_is_written_beside_what_it_did_not_see(office: Office) -> None:
    record = office.shared(FORM, {AT: "binnen"})
    office.dump()
    field = page(office, record)
    office.one.save(office.one.open(record), FORM, 1, {AT: "geweigerd"})
    office.sync()
    write(office, record, field, {AT: "niemand_thuis"}, asks=True)
    assert {"geweigerd", "niemand_thuis"} == values(office)


def test_an_entry_that_counts_only_since_the_page_was_read_was_not_shown(office: Office, tmp_path: Path) -> None:
    record = office.shared(FORM, {AT: "binnen"})
    device = office.server.enrol(tmp_path / "three.db", "werker-drie")
    key = office.one.store.record_key(record)
    assert key is not None
    device.store.keep_key(record, *key)
    device.save(device.open(record), FORM, 1, {AT: "aan_de_deur"})  # held: it was never granted the record
    office.sync(device)
    office.dump()
    field = page(office, record)
    office.server.run(office.server.municipality.opening.grant(record, "werker-drie", "beheer"))
    with pytest.raises(PageChanged):
        write(office, record, field, {AT: "geweigerd"})
    assert "aan_de_deur" in values(office)


def test_a_record_is_not_deleted_over_a_word_that_its_page_did_not_show(office: Office) -> None:
    record = office.shared(FORM, {AT: "binnen"})
    office.dump()
    field = page(office, record)
    office.one.save(office.one.open(record), FORM, 1, {"/werker_ok": "incident"})
    office.sync()
    with pytest.raises(PageChanged):
        write(office, record, field, {}, act=DELETE)
    assert [{"deleted": 0}] == office.find("select deleted from _record")
    write(office, record, page(office, record), {}, act=DELETE)
    assert [{"deleted": 1}] == office.find("select deleted from _record")


def test_what_another_person_or_another_record_was_shown_opens_nothing(office: Office) -> None:
    record, other = office.shared(FORM, {AT: "binnen"}), office.shared(FORM, {AT: "binnen"})
    office.dump()
    field = page(office, record)
    for wrong in (page(office, record, "iemand-anders"), page(office, other), field[:-4] + "AAAA", "", "é", "x" * 400):
        with pytest.raises(PageForeign):
            write(office, record, wrong, {AT: "geweigerd"})
    assert not list((office.server.folder / "desk").glob("*.db"))  # nobody was even enrolled for it


def test_two_leads_at_once_on_one_record_are_both_asked_about(office: Office) -> None:
    record = office.shared(FORM, {AT: "binnen"})
    office.dump()
    town = office.server.municipality
    now_ms = office.server.clock.now_ms()
    office.server.run(town.submit(lambda: town.staff.add("tweede", "admin", now_ms, STAFF)))
    first, second = page(office, record), page(office, record, "tweede")

    async def both() -> list[Any]:
        waits = [
            write_seen(lead(office), record, first, {AT: "geweigerd"}),
            write_seen(lead(office, "tweede"), record, second, {AT: "niemand_thuis"}),
        ]
        return await asyncio.gather(*waits, return_exceptions=True)

    outcomes = office.server.run(both())
    assert 1 == len([one for one in outcomes if isinstance(one, PageChanged)])  # the second is told
    assert values(office) in ({"geweigerd"}, {"niemand_thuis"})


def test_two_tabs_of_one_person_write_one_after_the_other(office: Office) -> None:
    record = office.shared(FORM, {AT: "binnen"})
    office.dump()
    field = page(office, record)

    async def both() -> list[Any]:
        tabs = ({"/werker_ok": "ja"}, {AT: "geweigerd"}, {AT: "niemand_thuis"})
        waits = [write_seen(lead(office), record, field, changes) for changes in tabs]
        return await asyncio.gather(*waits, return_exceptions=True)

    outcomes = office.server.run(both())
    assert 1 == len([one for one in outcomes if isinstance(one, PageChanged)])
    assert {"geweigerd"} == values(office) and {"ja"} == values(office, "/werker_ok")
    assert [] == [row for row in office.ask("attention") if row["kind"] == "forked"]


# --- in the middle of a decision ---


def test_a_decision_on_a_full_disk_does_not_come_later_by_itself(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = office.shared(FORM, {AT: "binnen"})
    office.dump()
    write(office, record, page(office, record), {"/werker_ok": "ja"})
    office.dump()
    field = page(office, record)
    entries = rows(office.server.municipality.journal, "entry")

    def late(_road: Any) -> None:
        raise StoreFull(store="journal")

    inject(office, 2, late, monkeypatch)  # the second exchange is the push
    with pytest.raises(StoreFull):
        write(office, record, field, {AT: "geweigerd"})
    monkeypatch.undo()
    assert entries == rows(office.server.municipality.journal, "entry")
    write(office, record, field, {"/werker_ok": "incident"})
    assert entries + 1 == rows(office.server.municipality.journal, "entry")
    assert {"binnen"} == values(office) and {"incident"} == values(office, "/werker_ok")


def test_a_decision_of_which_the_answer_was_lost_is_written_once(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = office.shared(FORM, {AT: "binnen"})
    office.dump()
    write(office, record, page(office, record), {"/werker_ok": "ja"})
    office.dump()
    field, post, count = page(office, record), _Inside.post, [0]
    entries = rows(office.server.municipality.journal, "entry")

    def lost(self: Any, *args: Any) -> bytes:
        count[0] += 1
        answer = post(self, *args)
        if count[0] == 2:
            raise StoreFull(store="journal")
        return answer

    monkeypatch.setattr(_Inside, "post", lost)
    write(office, record, field, {AT: "geweigerd"})
    monkeypatch.undo()
    assert entries + 1 == rows(office.server.municipality.journal, "entry")
    office.dump()
    write(office, record, page(office, record), {"/werker_ok": "incident"})
    assert {"geweigerd"} == values(office)
    assert entries + 2 == rows(office.server.municipality.journal, "entry")


def test_whoever_goes_away_in_the_middle_ends_no_decision(office: Office) -> None:
    record = office.shared(FORM, {AT: "binnen"})
    office.dump()
    field = page(office, record)

    async def leaves() -> None:
        writing = asyncio.create_task(write_seen(lead(office), record, field, {AT: "geweigerd"}))
        while not office.desk._writing:
            await asyncio.sleep(0.001)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        await office.desk.written()

    office.server.run(leaves())
    assert {"geweigerd"} == values(office)


def test_locking_waits_for_what_is_being_decided(office: Office) -> None:
    record = office.shared(FORM, {AT: "binnen"})
    office.dump()
    write(office, record, page(office, record), {"/werker_ok": "ja"})
    office.dump()
    field = page(office, record)

    async def locked() -> None:
        writing = asyncio.create_task(write_seen(lead(office), record, field, {AT: "geweigerd"}))
        while not office.desk._writing:
            await asyncio.sleep(0.001)
        await office.desk.written()
        await office.keeper.lock()
        await writing

    office.server.run(locked())
    assert office.server.municipality.locked
    office.server.unlock()
    assert {"geweigerd"} == values(office)


def test_a_decision_about_a_record_that_is_erased_meanwhile_leaves_the_next_ones_alone(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, other = office.shared(FORM, {AT: "binnen"}), office.shared(FORM, {"/werker_ok": "ja"})
    office.dump()
    write(office, record, page(office, record), {"/werker_ok": "ja"})
    office.dump()
    field, town = page(office, record), office.server.municipality

    def erased(_road: Any) -> None:
        town.erasing.elsewhere = lambda _records: _nothing()
        asyncio.run_coroutine_threadsafe(town.erasing.erase(record, "request", STAFF), office.server.loop).result()

    inject(office, 2, erased, monkeypatch)
    with pytest.raises(RecordErased):
        write(office, record, field, {AT: "geweigerd"})
    monkeypatch.undo()
    assert () == write(office, other, page(office, other), {AT: "geweigerd"})  # nothing waits for a second reader
    office.dump()
    assert "geweigerd" in values(office)


async def _nothing() -> list[Any]:
    return []
