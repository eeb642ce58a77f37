"""What people see of a record, made from the journal: incremental, restartable, equal to a rebuild."""

import json
from pathlib import Path
from typing import Any

from backend.device.device import Device
from backend.projection.keeper import Keeper
from backend.stores.record_rows import shown_answers
from backend.stores.records import Records
from crypto.entries import encode_plaintext
from sync.device import compose, seen_on_screen
from sync.entry import encode_header
from tests.fleet.world import SkewedClock
from tests.forms.versions.forms_made import document, raw
from tests.looking import rows
from tests.projection.town import Town

VECTORS = Path(__file__).parents[1] / "vectors"
CHILD = "/kind/01J9ZZZZZZZZZZZZZZZZZZZZZ1"


def test_edits_of_different_questions_stand_in_one_row_without_a_question(town: Town) -> None:
    record = town.shared("dossier", {"/case_ref": "ABCD-2345"})
    town.parallel(record, "dossier", {"/roepnaam": "De vuurtoren"}, {"/postcode4": "1234"})
    rows = town.find("select case_ref, roepnaam, postcode4 from dossier")
    assert [{"case_ref": "ABCD-2345", "roepnaam": "De vuurtoren", "postcode4": "1234"}] == rows
    assert [] == town.find("select * from _conflict")


def test_two_answers_to_one_question_are_a_conflict_with_both_words(town: Town) -> None:
    record = town.shared("dossier", {"/case_ref": "ABCD-2345"})
    town.parallel(record, "dossier", {"/roepnaam": "De vuurtoren"}, {"/roepnaam": "De molen"})
    found = town.find("select path, policy, survivors from _conflict")
    assert [("/roepnaam", "ask")] == [(row["path"], row["policy"]) for row in found]
    assert "De vuurtoren" in found[0]["survivors"] and "De molen" in found[0]["survivors"]
    editing = town.one.open(record)
    town.one.save(editing, "dossier", 1, {"/roepnaam": "De molen"})
    town.sync()
    assert [] == town.find("select * from _conflict")
    assert [{"roepnaam": "De molen"}] == town.find("select roepnaam from dossier")


def test_an_item_that_two_workers_add_stands_twice_in_the_child_table(town: Town) -> None:
    record = town.shared("dossier", {"/case_ref": "ABCD-2345"})
    other = CHILD[:-1] + "2"
    town.parallel(
        record,
        "dossier",
        {CHILD: {}, f"{CHILD}/kind_ref": "KIND-2222"},
        {other: {}, f"{other}/kind_ref": "KIND-3333"},
    )
    rows = town.find("select kind_ref from dossier__kind order by _place")
    assert ["KIND-2222", "KIND-3333"] == [row["kind_ref"] for row in rows]


def test_notes_keep_every_text_under_its_author(town: Town) -> None:
    record = town.shared("huisbezoek", {"/duiding": "eerste woord"})
    town.parallel(record, "huisbezoek", {"/duiding": "tweede woord"}, {"/duiding": "derde woord"})
    shown = town.find("select shown from _record")[0]["shown"]
    assert all(word in shown for word in ("eerste woord", "tweede woord", "derde woord"))
    assert 1 == len(town.searched("eerste"))


def test_what_does_not_validate_is_shown_and_listed(town: Town) -> None:
    town.shared("dossier", {"/case_ref": "geen code"})
    assert [{"case_ref": "geen code"}] == town.find("select case_ref from dossier")
    assert [{"kind": "wrong-pattern", "name": "/case_ref"}] == town.find("select kind, name from _attention")


def test_an_unknown_form_is_kept_and_listed(town: Town) -> None:
    town.shared("onbekend", {"/vraag": "antwoord"})
    assert [{"kind": "unknown-form"}] == town.find("select kind from _attention")
    assert "antwoord" in town.find("select shown from _record")[0]["shown"]


def test_an_entry_whose_touches_lie_is_left_out_and_set_aside_for_every_merge(town: Town) -> None:
    record = town.shared("dossier", {"/case_ref": "ABCD-2345"})
    keys, device = town.two.keys_of(record), town.two
    assert keys is not None
    known = device.store.record_key(record)
    assert known is not None
    with device.store.transaction():
        observed = seen_on_screen(device.taken(record).admitted)
        touches = keys.touches(["/postcode4"])
        header = compose(device.pen, device.clock.now_ms(), record, known[0], "write", observed, touches)
        lie = encode_plaintext("dossier", 1, {"/case_ref": "ZZZZ-9999"})
        device.chain(header, keys.seal(encode_header(header), lie))
    town.sync()
    assert [{"case_ref": "ABCD-2345"}] == town.find("select case_ref from dossier")
    assert 1 == rows(town.server.municipality.journal, "held")
    assert [{"kind": "held-set-aside"}] == town.find("select kind from _attention")
    town.sync()
    assert {"/case_ref": "ABCD-2345"} == town.one.view(record).answers


def test_what_is_hidden_is_left_out_and_what_is_computed_has_a_column(town: Town, tmp_path: Path) -> None:
    form = json.loads((VECTORS / "logic" / "seen.json").read_text())["form"]
    form["legal_basis"] = "Wmo 2015, artikel 2.3.2"
    for path in ("/wie", "/zorg_welke", "/kind/*/leerplichtig_vraag"):
        form["fields"][path]["hint"] = {"nl": "Kort, zonder namen.", "en": "Short, without names."}
    form["lint"] = [{"rule": "P15", "at": "/kind/*/geboren", "reason": "De proef rekent met hele datums."}]
    town.server.publish(json.dumps(form).encode())
    kid = {f"{CHILD}/geboren": "2018-01-01", f"{CHILD}/leerplichtig_vraag": "ja hoor"}
    record = town.shared(
        "proef", {"/thuis": "ja", "/wie": "Testouder", "/aantal": 1, "/van": "2026-03-04", "/tot": "2026-03-01", **kid}
    )
    assert [{"wie": "Testouder", "dagen": -3, "oudste": 8}] == town.find("select wie, dagen, oudste from proef")
    assert [{"leeftijd": 8}] == town.find("select leeftijd from proef__kind")
    assert {("check-error", "/tot")} == {
        (row["kind"], row["name"]) for row in town.find("select kind, name from _attention")
    }
    town.two.save(town.two.open(record), "proef", 1, {"/thuis": "nee"})
    town.sync()
    assert [{"wie": None, "oudste": None}] == town.find("select wie, oudste from proef")
    assert [] == town.find("select leeftijd from proef__kind")
    assert "Testouder" not in town.find("select shown from _record")[0]["shown"]
    assert [{"record": record.hex()}] == town.searched("testouder")
    listed = [(row["path"], row["parallel"]) for row in town.find("select path, parallel from _hidden")]
    assert ("/wie", 0) in listed and (f"{CHILD}/geboren", 0) in listed
    town.one.save(town.one.open(record), "proef", 1, {"/thuis": "ja"})
    town.sync()
    assert [{"wie": "Testouder", "oudste": 8}] == town.find("select wie, oudste from proef")
    assert town.dump() == town.rebuilt(tmp_path)


def crafted(device: Device, record: bytes, key: bytes, keys: Any, sealed: bytes | None = None) -> None:
    """An entry that a device's app would never make: chained and signed, but wrong in what it holds."""
    answers = {"/duiding": "van wie hier niets mag"}
    with device.store.transaction():
        observed = seen_on_screen(device.taken(record).admitted)
        header = compose(device.pen, device.clock.now_ms(), record, key, "write", observed, keys.touches(answers))
        device.chain(header, sealed or keys.seal(encode_header(header), encode_plaintext("huisbezoek", 1, answers)))


def test_a_body_that_does_not_open_is_kept_left_out_and_listed(town: Town) -> None:
    record = town.shared("huisbezoek", {"/duiding": "rustig"})
    keys, known = town.two.keys_of(record), town.two.store.record_key(record)
    assert keys is not None and known is not None
    crafted(town.two, record, known[0], keys, sealed=b"x" * 300)
    town.sync()
    shown = town.find("select shown from _record")[0]["shown"]
    assert "rustig" in shown and "van wie" not in shown
    assert "held-set-aside" in {row["kind"] for row in town.find("select kind from _attention")}
    assert 2 == town.server.municipality.health.counts()["entries"]


def test_who_was_not_granted_a_record_is_kept_left_out_and_listed_until_they_are(town: Town) -> None:
    record = town.one.create("huisbezoek", 1, {"/toegang": "binnen"})
    town.sync(town.one)
    keys, known = town.one.keys_of(record), town.one.store.record_key(record)
    assert keys is not None and known is not None
    town.two.store.keep_key(record, *known)  # however it came by the key
    crafted(town.two, record, known[0], keys)
    town.sync(town.two)
    assert "van wie" not in town.find("select shown from _record")[0]["shown"]
    assert "held-not-granted" in {row["kind"] for row in town.find("select kind from _attention")}
    town.server.run(town.server.municipality.opening.grant(record, "werker-twee", "beheer"))
    assert "van wie" in town.find("select shown from _record")[0]["shown"]
    assert "held-not-granted" not in {row["kind"] for row in town.find("select kind from _attention")}


def test_what_a_revoked_device_wrote_after_its_end_is_kept_left_out_and_listed(town: Town) -> None:
    record = town.shared("huisbezoek", {"/toegang": "binnen"})
    town.two.save(town.two.open(record), "huisbezoek", 1, {"/toegang": "geweigerd"})
    town.sync(town.two)
    town.server.run(town.server.municipality.acts.revoke(town.two.id, "beheer", last_seq=0))
    assert [{"toegang": "binnen"}] == town.find("select toegang from huisbezoek")
    assert "held-revoked" in {row["kind"] for row in town.find("select kind from _attention")}
    assert 2 == town.server.municipality.health.counts()["entries"]


def test_words_that_came_after_a_withdrawal_count_and_are_listed_for_the_office(town: Town) -> None:
    """An honest worker may have been offline: what they wrote counts, and somebody should know."""
    record = town.shared("huisbezoek", {"/toegang": "binnen"})
    town.two.save(town.two.open(record), "huisbezoek", 1, {"/duiding": "offline geschreven"})
    town.server.run(town.server.municipality.opening.withdraw(record, "werker-twee", "beheer"))
    town.server.clock.ms += 60_000
    town.sync(town.two)
    assert [{"duiding": "offline geschreven"}] == town.find("select duiding from huisbezoek")
    listed = town.find("select detail from _attention where kind = 'after-withdrawal'")
    assert [{"detail": "werker-twee"}] == listed


def test_a_withdrawal_and_a_new_assignment_change_what_is_listed_as_a_rebuild_lists_it(
    town: Town, tmp_path: Path
) -> None:
    record, municipality = town.shared("huisbezoek", {"/toegang": "binnen"}), town.server.municipality
    town.server.clock.ms += 10_000
    town.two.save(town.two.open(record), "huisbezoek", 1, {"/duiding": "rustig"})
    town.sync(town.two)
    assert town.dump()
    town.server.clock.ms -= 60_000  # a wrong clock dates the withdrawal before what the server had received
    town.server.run(municipality.opening.withdraw(record, "werker-twee", "beheer"))
    assert town.find("select 1 from _attention where kind = 'after-withdrawal'")
    assert town.rebuilt(tmp_path) == town.dump()
    town.server.run(municipality.opening.grant(record, "werker-twee", "beheer"))
    assert [] == town.find("select 1 from _attention where kind = 'after-withdrawal'")
    (tmp_path / "rebuilt.db").unlink()
    assert town.rebuilt(tmp_path) == town.dump()


def test_a_deleted_record_leaves_its_row_and_a_contested_one_is_listed(town: Town) -> None:
    record = town.shared("dossier", {"/case_ref": "ABCD-2345"})
    first, second = town.one.open(record), town.two.open(record)
    town.one.delete(first)
    town.sync()
    assert [] == town.find("select * from dossier")
    town.two.save(second, "dossier", 1, {"/roepnaam": "De molen"})
    town.sync()
    assert [{"roepnaam": "De molen"}] == town.find("select roepnaam from dossier")
    assert [{"kind": "contested"}] == town.find("select kind from _attention")


def test_an_erased_record_leaves_no_word_in_any_file(town: Town, tmp_path: Path) -> None:
    record = town.shared("dossier", {"/case_ref": "ABCD-2345", "/roepnaam": "Uitzonderlijkwoord"})
    assert 1 == len(town.find("select * from dossier"))
    town.server.run(town.server.municipality.erasing.erase(record, "request", "beheer"))
    assert [] == town.find("select * from dossier")
    assert [] == town.find("select * from _opened")
    assert [] == town.find("select * from _search")
    assert town.rebuilt(tmp_path) == town.dump()


def test_incremental_equals_a_rebuild_also_after_a_restart_and_a_revocation(town: Town, tmp_path: Path) -> None:
    for number in range(12):
        record = town.shared("dossier", {"/case_ref": f"ABCD-234{number % 8 + 2}"})
        town.parallel(record, "dossier", {"/roepnaam": f"een {number}"}, {"/roepnaam": f"twee {number}"})
        town.dump()
    town.server.run(town.keeper.close())
    town.keeper = Keeper(town.server.municipality)
    town.server.run(town.server.municipality.acts.revoke(town.two.id, "beheer", last_seq=4))
    assert 8 == len(town.find("select * from _attention where kind = 'held-revoked'"))
    assert town.rebuilt(tmp_path) == town.dump()


def test_a_locked_municipality_takes_in_and_is_projected_when_unlocked(town: Town) -> None:
    town.server.run(town.keeper.lock())
    town.one.create("dossier", 1, {"/case_ref": "ABCD-2345"})
    town.sync(town.one)
    town.server.unlock()
    assert [{"case_ref": "ABCD-2345"}] == town.find("select case_ref from dossier")


def test_records_of_another_key_are_thrown_away_and_made_again(town: Town) -> None:
    town.shared("dossier", {"/case_ref": "ABCD-2345"})
    before = town.dump()
    town.server.run(town.keeper.close())
    path = town.server.folder / "records.db"
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    Records(path, bytes(32)).close()
    town.keeper = Keeper(town.server.municipality)
    assert before == town.dump()


def test_no_answer_stands_in_clear_on_the_disk(town: Town) -> None:
    town.shared("dossier", {"/case_ref": "ABCD-2345", "/roepnaam": "Uitzonderlijkwoord"})
    town.dump()
    for path in town.server.folder.rglob("*"):
        if path.is_file():
            assert b"Uitzonderlijkwoord" not in path.read_bytes()


def test_an_answer_that_should_have_stayed_on_the_device_is_shown_to_nobody(town: Town, tmp_path: Path) -> None:
    """An app that is broken or old may send it all the same: sealed, so nobody can refuse it (forms/SPEC.md 6.5)."""
    town.shared("huisbezoek", {"/case_ref": "ABCD-2345", "/toegang": "binnen", "/tolk_taal": "geheimtaal"})
    found = {(row["kind"], row["name"]) for row in town.find("select kind, name from _attention")}
    assert ("local-only", "/tolk_taal") in found
    assert "ABCD-2345" in json.dumps(town.dump()) and "geheimtaal" not in json.dumps(town.dump())
    assert [] == town.searched("geheimtaal")
    assert "tolk_taal" not in town.find("select * from huisbezoek")[0]
    assert town.dump() == town.rebuilt(tmp_path)


def test_a_local_question_that_is_gone_is_no_earlier_answer(town: Town) -> None:
    first = document({"/naam": "text", "/woord": "text"})
    first["fields"]["/woord"]["local_only"] = True
    town.server.publish(raw(first))
    town.shared("proef", {"/naam": "Testgezin", "/woord": "geheimtaal"})
    town.server.publish(raw(document({"/naam": "text"}, 2)))
    town.sync()
    assert [{"naam": "Testgezin"}] == town.find("select naam from proef")
    assert "geheimtaal" not in json.dumps(town.dump())


def test_nothing_is_shown_with_a_time_after_its_receipt(town: Town) -> None:
    """A record written with a clock of the year 10889 took the list of its form away from all."""
    clock = SkewedClock(town.server.clock)
    town.one.clock = clock
    clock.off_ms = (1 << 48) - 1 - town.server.clock.ms
    town.shared("dossier", {"/case_ref": "ABCD-2345"})
    now_ms = town.server.clock.ms
    assert [{"created_ms": now_ms, "changed_ms": now_ms}] == town.find("select created_ms, changed_ms from _record")
    shown = shown_answers(town.find("select shown from _record")[0]["shown"])
    assert {now_ms} == {one["at_ms"] for one in shown.values()}
    assert ["clock-ahead"] == [row["kind"] for row in town.find("select kind from _attention")]
