"""What devices do with rights leaves a line in the audit: who was certified, by whom, and who opened what to whom."""

from pathlib import Path

from backend.sentences import words
from tests.attacker.taken_away import Visit
from tests.attacker.town import Town


def lines_of(town: Town) -> list[tuple[str, str, bytes | None, str]]:
    return [(line.staff, line.act, line.record, line.detail) for line, _ in town.product.journal.audit_chain()]


def test_enrolments_grants_and_successions_are_lines(tmp_path: Path) -> None:
    town = Town(tmp_path)
    visit = Visit(town)
    anna, bert, dora = visit.anna, visit.bert, town.phone("dora")
    anna.pull()
    anna.grant(visit.record, dora.id)
    heir = town.replace(bert)
    told = lines_of(town)
    assert ("beheer", "enrol", None, words("audit-enrol", device=dora.id.hex(), worker="dora").kept) in told
    opened = words("audit-grant", device=anna.id.hex(), to=dora.id.hex(), worker="dora").kept
    assert ("device:anna", "grant", visit.record, opened) in told
    replaced = words("audit-succeed", device=heir.id.hex(), worker="bert", old=bert.id.hex()).kept
    assert ("beheer", "succeed", None, replaced) in told
    assert ("beheer", "revoke", None, bert.id.hex()) in told


def test_each_grant_of_a_request_full_of_them_is_a_line(tmp_path: Path) -> None:
    town = Town(tmp_path)
    anna, dora = town.phone("anna"), town.phone("dora")
    records = [anna.create({"/duiding": f"woord {number}"}) for number in range(40)]
    anna.sync()
    anna.exchange(grants=[anna.grant_of(record, dora.id) for record in records])
    assert sorted(records) == sorted(record for _, act, record, _ in lines_of(town) if act == "grant" and record)


def test_an_erasure_that_a_restore_forgot_and_a_device_hands_in_is_a_line(tmp_path: Path) -> None:
    town = Town(tmp_path)
    anna = town.phone("anna")
    record = anna.create({"/duiding": "woord-gewist"})
    anna.sync()
    town.back_up()
    town.erase(record)
    anna.pull()
    erasure = next(fact for fact in anna.facts if fact[0] == "erasure")
    town.lose_list()
    town.put_back()
    anna.hand_in([made.without_body().wire for made in anna.chain], erasures=[erasure])
    assert town.product.book.erased(record)
    assert ("device:anna", "return", record, "erasure") in lines_of(town)
