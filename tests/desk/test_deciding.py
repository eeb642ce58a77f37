"""What was shown is what is decided: conflicts, contested deletes and items, words that do not count."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from backend.desk import answers, decisions
from backend.desk.decisions import (
    ConflictUnknown,
    DecisionChanged,
    DecisionUnknown,
    NotAChoice,
    NotASurvivor,
    WholeIdNeeded,
)
from backend.desk.desk import _Inside
from backend.desk.fitting import AnswerDoesNotFit
from backend.desk.waiting import ConfirmNeeded
from backend.device.device import Device
from backend.device.store import DeviceStore
from backend.device.syncing import Sync
from backend.sentences import told, told_on_page
from crypto.entries import encode_plaintext
from sync.device import compose, seen_on_screen
from sync.entry import encode_header
from sync.factbook import FactBook
from sync.facts import REPORT_REASONS, SET_ASIDE_REASONS, SetAside
from tests.desk.office import Office
from tests.fleet.world import LocalTransport
from tests.looking import rows

CHILD = "/kind/01J9ZZZZZZZZZZZZZZZZZZZZZ1"
FORM = "huisbezoek"


def third(office: Office, folder: Path, record: bytes) -> Device:
    device = office.server.enrol(folder / "three.db", "werker-drie")
    office.server.run(office.server.municipality.opening.grant(record, "werker-drie", "beheer"))
    Sync(device, LocalTransport(office.server)).run()
    return device


def conflict(office: Office) -> tuple[bytes, dict[str, Any]]:
    record = office.shared(FORM, {"/toegang": "binnen"})
    office.parallel(record, FORM, {"/toegang": "geweigerd"}, {"/toegang": "niemand_thuis"})
    return record, office.ask("conflicts")[0]


def one_of(office: Office, kind: str) -> dict[str, Any]:
    rows = [row for row in office.ask("attention") if row["kind"] == kind]
    assert 1 == len(rows), rows
    return rows[0]


def while_deciding(office: Office, late: Device, save: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let somebody's word come in after the desk has read what waits and before it writes."""
    write_as = office.desk.write_as
    town = office.server.municipality

    async def later(*args: Any) -> Any:
        save()
        await asyncio.to_thread(lambda: Sync(late, _Inside(town, loop)).run())
        return await write_as(*args)

    loop = office.server.loop
    monkeypatch.setattr(office.desk, "write_as", later)


def test_a_third_answer_that_comes_while_one_resolves_is_not_decided(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, listed = conflict(office)
    late = third(office, tmp_path, record)
    editing = late.open(record)._replace(observed=())
    while_deciding(office, late, lambda: late.save(editing, FORM, 1, {"/toegang": "alleen_bij_deur"}), monkeypatch)
    now: list[dict[str, Any]] = []
    with pytest.raises(DecisionChanged):
        office.ask("resolve", into=now, conflict=listed["conflict"], keep="1")
    assert {"geweigerd", "niemand_thuis", "alleen_bij_deur"} == {one["value"] for one in now[0]["survivors"]}
    assert now[0]["conflict"] == office.ask("conflicts")[0]["conflict"]


def test_a_third_answer_of_another_version_is_at_least_not_observed(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were the check to miss it, the entry itself observes nothing but what was shown."""
    record, listed = conflict(office)
    late = third(office, tmp_path, record)
    editing = late.open(record)._replace(observed=())
    while_deciding(office, late, lambda: late.save(editing, FORM, 1, {"/toegang": "alleen_bij_deur"}), monkeypatch)
    monkeypatch.setattr(decisions, "_nothing_unseen", lambda *_: None)
    answer = office.ask("resolve", conflict=listed["conflict"], value="binnen")
    assert answer[0]["open"]
    assert {"binnen", "alleen_bij_deur"} == {one["value"] for one in office.ask("conflicts")[0]["survivors"]}


def test_a_list_that_was_printed_before_is_refused_with_the_answers_of_now(office: Office, tmp_path: Path) -> None:
    record, listed = conflict(office)
    late = third(office, tmp_path, record)
    late.save(late.open(record)._replace(observed=()), FORM, 1, {"/toegang": "alleen_bij_deur"})
    Sync(late, LocalTransport(office.server)).run()
    now: list[dict[str, Any]] = []
    with pytest.raises(DecisionChanged):
        office.ask("resolve", into=now, conflict=listed["conflict"], keep="2")
    assert 3 == len(now[0]["survivors"])
    with pytest.raises(ConflictUnknown):
        office.ask("resolve", conflict="f" * 32, keep="1")


def test_a_number_needs_the_whole_id_and_an_answer_does_not(office: Office) -> None:
    _, listed = conflict(office)
    kept = listed["survivors"][1]["value"]
    with pytest.raises(WholeIdNeeded, match=listed["conflict"]):
        office.ask("resolve", conflict=listed["conflict"][:8], keep="2")
    with pytest.raises(NotASurvivor):
        office.ask("resolve", conflict=listed["conflict"], keep='"iets anders"')
    assert [kept] == [row["value"] for row in office.ask("resolve", conflict=listed["conflict"][:8], keep=f'"{kept}"')]
    assert [] == office.ask("conflicts")


@pytest.mark.parametrize("value", [12, {"a": 1}, "bestaat_niet", ["binnen"], True])
def test_an_answer_of_the_wrong_kind_closed_the_conflict_and_stood_in_the_record(office: Office, value: Any) -> None:
    _, listed = conflict(office)
    before = len(office.ask("audit"))
    with pytest.raises(AnswerDoesNotFit) as refused:
        office.ask("resolve", conflict=listed["conflict"], value=value)
    assert [listed] == office.ask("conflicts")
    assert "resolve" not in [line["act"] for line in office.ask("audit")[: -before or None]]
    for language in ("nl", "en"):
        assert "{" not in told(refused.value, language).message.replace('{"a":1}', "")
    assert not office.ask("resolve", conflict=listed["conflict"], value="binnen")[0]["open"]


def test_a_contested_delete_is_deleted_anew_or_restored(office: Office) -> None:
    for choice, left in (("delete", 0), ("restore", 1)):
        record = office.shared("dossier", {"/case_ref": "ABCD-2345"})
        first, second = office.one.open(record), office.two.open(record)
        office.one.delete(first)
        office.two.save(second, "dossier", 1, {"/roepnaam": "De molen"})
        office.sync()
        waits = one_of(office, "contested")
        with pytest.raises(NotAChoice):
            office.ask("decide", decision=waits["decision"], choice="decline")
        assert [False] == [row["open"] for row in office.ask("decide", decision=waits["decision"], choice=choice)]
        assert left == len(office.ask("records", form="dossier"))
        assert [] == office.ask("attention")
        office.sync()
        assert (choice == "delete") == office.one.view(record).deleted == office.two.view(record).deleted
        with pytest.raises(DecisionUnknown):
            office.ask("decide", decision="0" * 32, choice=choice)


def test_a_delete_is_not_decided_over_a_word_that_came_since(office: Office) -> None:
    record = office.shared("dossier", {"/case_ref": "ABCD-2345"})
    first, second = office.one.open(record), office.two.open(record)
    office.one.delete(first)
    office.two.save(second, "dossier", 1, {"/roepnaam": "De molen"})
    office.sync()
    waits = one_of(office, "contested")
    office.two.save(office.two.open(record), "dossier", 1, {"/postcode4": "1234"})
    office.sync()
    with pytest.raises(DecisionChanged):
        office.ask("decide", decision=waits["decision"], choice="delete")
    assert 1 == len(office.ask("records", form="dossier"))


def test_a_record_with_answers_of_weight_is_deleted_by_who_types_its_code_over(office: Office) -> None:
    """The page asked so, and the command did not."""
    record = office.shared(FORM, {"/case_ref": "ABCD-2345", "/zorg": "twijfel", "/toegang": "binnen"})
    first, second = office.one.open(record), office.two.open(record)
    office.one.delete(first)
    office.two.save(second, FORM, 1, {"/toegang": "geweigerd"})
    office.sync()
    waits = one_of(office, "contested")
    for typed in ("", "ABCD-2346"):
        with pytest.raises(ConfirmNeeded) as refused:
            office.ask("decide", decision=waits["decision"], choice="delete", confirm=typed)
        assert "ABCD-2345" in told(refused.value, "nl").message and "--confirm" in told(refused.value, "nl").remedy
        assert "veldpost" not in told_on_page(refused.value, "nl").remedy
    assert 1 == len(office.ask("records", form=FORM))
    office.ask("decide", decision=waits["decision"], choice="delete", confirm="ABCD-2345")
    assert [] == office.ask("records", form=FORM)


@pytest.mark.parametrize("choice", ["remove", "keep"])
def test_a_contested_item_is_removed_or_kept(office: Office, choice: str) -> None:
    record = office.shared("dossier", {CHILD: {}, f"{CHILD}/kind_ref": "KIND-2222"})
    office.parallel(record, "dossier", {CHILD: None, f"{CHILD}/kind_ref": None}, {f"{CHILD}/kind_ref": "KIND-3333"})
    waits = one_of(office, "item-contested")
    assert "KIND-3333" in [word["value"] for word in waits["words"]]
    office.ask("decide", decision=waits["decision"], choice=choice)
    assert "item-contested" not in {row["kind"] for row in office.ask("attention")}
    items = office.find("select * from dossier__kind")
    assert (choice == "keep") == bool(items)


# --- words that do not count ---


def revoked(office: Office, at: str = "/duiding") -> bytes:
    record = office.shared(FORM, {"/toegang": "binnen"})
    last = office.two.pen.head.seq
    office.two.save(office.two.open(record), FORM, 1, {at: "woorden van twee"})
    office.two.save(office.two.open(record), FORM, 1, {at: "latere woorden van twee"})
    office.sync(office.two)
    office.server.clock.ms += 3_600_000
    office.server.run(office.server.municipality.acts.revoke(office.two.id, "beheer", last_seq=last))
    return record


def test_words_of_a_revoked_device_are_taken_in_under_their_author_and_time(office: Office, tmp_path: Path) -> None:
    record = revoked(office)
    waits = [row for row in office.ask("attention") if row["kind"] == "held-revoked"]
    assert {"woorden van twee", "latere woorden van twee"} == {row["words"][0]["value"] for row in waits}
    written = waits[0]["words"][0]["at_ms"]
    for row in sorted(waits, key=lambda row: len(row["words"][0]["value"])):
        office.ask("decide", decision=row["decision"], choice="take-in")
    shown = office.ask("show", record=record.hex())[0]["shown"]["/duiding"]
    assert ("latere woorden van twee", "werker-twee", written) == (shown["value"], shown["author"], shown["at_ms"])
    assert not any("decision" in row or row["kind"].startswith("held") for row in office.ask("attention"))
    office.sync(office.one)
    assert "latere woorden van twee" == office.one.view(record).answers["/duiding"]
    assert office.dump() == office.rebuilt(tmp_path)


def test_words_that_are_taken_in_do_not_win_over_what_their_author_had_not_seen(office: Office) -> None:
    record = revoked(office)
    office.one.save(office.one.open(record), FORM, 1, {"/duiding": "woorden van een"})
    office.sync(office.one)
    waits = [row for row in office.ask("attention") if row["kind"] == "held-revoked"]
    office.ask("decide", decision=waits[0]["decision"], choice="take-in")
    shown = office.ask("show", record=record.hex())[0]["shown"]["/duiding"]
    assert {"woorden van een", waits[0]["words"][0]["value"]} == {part["text"] for part in shown["texts"]}


def test_words_that_a_person_leaves_stay_kept_and_wait_no_longer(office: Office, tmp_path: Path) -> None:
    record = revoked(office)
    for row in [row for row in office.ask("attention") if row["kind"] == "held-revoked"]:
        office.ask("decide", decision=row["decision"], choice="decline")
    assert not any("decision" in row or row["kind"].startswith("held") for row in office.ask("attention"))
    assert "/duiding" not in office.ask("show", record=record.hex())[0]["shown"]
    assert 2 == rows(office.server.municipality.journal, "held")
    assert office.dump() == office.rebuilt(tmp_path)


def test_a_declined_entry_counts_again_when_nothing_else_is_against_it() -> None:
    """Admission ignores the reason: that a person left words says nothing about who may write."""
    for reason, aside in (("declined", False), ("sig", True)):
        book = FactBook(lambda _record, _device: False)
        book.add(SetAside("GM9901", bytes(16), b"h" * 32, reason, None))
        assert (aside, not aside) == (book.set_aside(b"h" * 32), book.declined(b"h" * 32))


def test_a_report_declines_nothing() -> None:
    assert "declined" in SET_ASIDE_REASONS and "declined" not in REPORT_REASONS


# --- words of a journal that parted ---


def parted(office: Office, folder: Path) -> tuple[bytes, Device]:
    """A phone was copied, and both went on; the copy's words are kept apart."""
    record = office.shared(FORM, {"/toegang": "binnen"})
    copy = folder / "copy.db"
    office.two.store.db.conn.execute("vacuum into ?", (str(copy),))
    twin = Device(DeviceStore(copy, None), office.two.clock)
    office.two.save(office.two.open(record), FORM, 1, {"/duiding": "woorden van de eerste"})
    office.sync(office.two)
    twin.save(twin.open(record), FORM, 1, {"/duiding": "woorden van de kopie"})
    twin.save(twin.open(record), FORM, 1, {"/duiding": "latere woorden van de kopie"})
    office.sync(twin)
    return record, twin


def test_a_forks_kept_entries_are_listed_and_taken_in(office: Office, tmp_path: Path) -> None:
    record, _ = parted(office, tmp_path)
    waits = [row for row in office.ask("attention") if row["kind"] == "forked"]
    assert ["woorden van de kopie", "latere woorden van de kopie"] == [row["words"][0]["value"] for row in waits]
    for row in waits:
        office.ask("decide", decision=row["decision"], choice="take-in")
    assert "forked" not in {row["kind"] for row in office.ask("attention")}
    shown = office.ask("show", record=record.hex())[0]["shown"]["/duiding"]
    texts = {(part["text"], part["author"]) for part in shown["texts"]}
    assert ("woorden van de eerste", "werker-twee") in texts
    assert ("latere woorden van de kopie", "werker-twee") in texts
    assert office.dump() == office.rebuilt(tmp_path)


def test_a_fork_that_its_heir_wrote_anew_waits_for_nobody(office: Office, tmp_path: Path) -> None:
    _, twin = parted(office, tmp_path)
    office.server.replace(twin)
    office.sync(twin)
    assert "forked" not in {row["kind"] for row in office.ask("attention")}


def test_an_ordinary_workers_from_settles_nothing(office: Office, tmp_path: Path) -> None:
    """Somebody who names another's kept words as the source of their own makes them nobody's but their own."""
    record, _ = parted(office, tmp_path)
    source = bytes.fromhex(next(row["name"] for row in office.ask("attention") if row["kind"] == "forked"))
    device = office.one
    keys, known = device.keys_of(record), device.store.record_key(record)
    assert keys is not None and known is not None
    with device.store.transaction():
        words = {"/duiding": "in andermans naam"}
        observed = seen_on_screen(device.taken(record).admitted)
        at = device.clock.now_ms()
        header = compose(device.pen, at, record, known[0], "write", observed, keys.touches(words), source=source)
        device.chain(header, keys.seal(encode_header(header), encode_plaintext(FORM, 1, words)))
    office.sync(device)
    assert 2 == len([row for row in office.ask("attention") if row["kind"] == "forked"])
    shown = office.ask("show", record=record.hex())[0]["shown"]["/duiding"]
    assert ("in andermans naam", "werker-een") in {(part["text"], part["author"]) for part in shown["texts"]}


def test_declined_words_of_a_fork_wait_no_longer(office: Office, tmp_path: Path) -> None:
    parted(office, tmp_path)
    for row in [row for row in office.ask("attention") if row["kind"] == "forked"]:
        office.ask("decide", decision=row["decision"], choice="decline")
    assert "forked" not in {row["kind"] for row in office.ask("attention")}
    assert 2 == rows(office.server.municipality.journal, "forked")


def test_words_of_a_fork_in_a_record_that_nobody_else_has_are_listed(office: Office, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    office.two.store.db.conn.execute("vacuum into ?", (str(copy),))
    twin = Device(DeviceStore(copy, None), office.two.clock)
    office.two.create(FORM, 1, {"/duiding": "woorden van de eerste"})
    office.sync(office.two)
    record = twin.create(FORM, 1, {"/duiding": "woorden van de kopie"})
    office.sync(twin)
    listed = [row for row in office.ask("attention") if row["kind"] == "forked"]
    assert [(record.hex(), "werker-twee; nothing else of its record is held")] == [
        (row["record"], row["detail"]) for row in listed
    ]


def test_a_delete_is_not_decided_over_a_word_that_comes_while_one_decides(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = office.shared("dossier", {"/case_ref": "ABCD-2345"})
    first, second = office.one.open(record), office.two.open(record)
    office.one.delete(first)
    office.two.save(second, "dossier", 1, {"/roepnaam": "De molen"})
    office.sync()
    waits, editing = one_of(office, "contested"), office.two.open(record)
    while_deciding(
        office, office.two, lambda: office.two.save(editing, "dossier", 1, {"/postcode4": "1234"}), monkeypatch
    )
    with pytest.raises(DecisionChanged):
        office.ask("decide", decision=waits["decision"], choice="delete")
    assert [{"postcode4": "1234"}] == office.find("select postcode4 from dossier")
    assert waits["decision"] != one_of(office, "contested")["decision"]


def test_a_late_stamp_gives_no_number_of_a_conflict_to_another_answer() -> None:
    """What is shown first may change under the same id, and `--keep 1` must keep what was read as 1."""
    one, other = {"entry": "aa", "value": 1}, {"entry": "bb", "value": 2}
    assert [1, 2] == [row["value"] for row in answers._numbered([one, other])]
    assert [1, 2] == [row["value"] for row in answers._numbered([other, one])]
    assert [False, True] == [row["shown"] for row in answers._numbered([other, one])]


def test_the_reason_of_a_decision_is_read_on_the_devices(office: Office) -> None:
    record, listed = conflict(office)
    office.ask("resolve", conflict=listed["conflict"], keep="1", reason="Nagevraagd bij het gezin.")
    office.sync()
    (outcome,) = office.one.picture(record).outcomes
    assert "Nagevraagd bij het gezin." == outcome.reason
    assert {"geweigerd", "niemand_thuis"} == {word.value for word in outcome.were}
