"""One request costs nobody else anything: numbers that no store holds, pages without an end, enrolments unsaved."""

from pathlib import Path

import pytest

from tests.attacker.phone import Phone
from tests.attacker.town import Town
from tests.attacker.wire import enrolment, make_fact, unpack
from tests.spoken import english

HUGE = (1 << 64) - 1


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


@pytest.fixture
def anna(town: Town) -> Phone:
    return town.phone("anna")


@pytest.mark.parametrize("suite", [HUGE, 1 << 63])
def test_a_number_that_no_store_holds_is_refused_and_fails_no_neighbour(town: Town, anna: Phone, suite: int) -> None:
    bert = town.phone("bert")
    record = anna.create({"/duiding": "voor"})
    anna.sync()
    fact, sealed = anna.grant_of(record, bert.id)
    odd = make_fact(anna.keys, fact[0], *[suite if place == 5 else value for place, value in enumerate(fact[:-1])][1:])
    epoch = [b"e" * 8, b"k" * 8, suite, b"s" * 100]
    assert 400 == anna.exchange(grants=[[odd, sealed]])[0].status
    assert 400 == anna.exchange(epochs=[epoch])[0].status
    assert 400 == anna.exchange(head=[suite, bytes(32)])[0].status
    assert 200 == anna.exchange(limit=suite)[0].status
    assert 400 == anna.hand_in([anna.chain[0].wire], epochs=[epoch]).status


def test_what_a_device_lost_comes_in_pages_whatever_limit_it_names(anna: Phone) -> None:
    for _ in range(3):
        anna.create({"/duiding": "w" * 200})
    anna.sync()
    for limit, found in ((HUGE, 3), (-1, 1), (2, 2)):
        answer = anna.exchange(head=[0, bytes(32)], limit=limit)[1]
        own = [change for change in answer["changes"] if change.get("entry")]
        assert found == len(own) and bool(answer.get("more")) == (found < 3)


def test_an_enrolment_that_was_not_saved_leaves_the_invitation_open(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    invitation, dora = town.invite("dora"), town.stranger("dora")
    commit = town.product.unit.commit

    def fail() -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(town.product.unit, "commit", fail)
    assert dora.enrol(invitation).status >= 500
    monkeypatch.setattr(town.product.unit, "commit", commit)
    assert 201 == dora.enrol(invitation).status
    assert 403 == town.stranger("dora").enrol(invitation).status


def test_two_who_show_one_invitation_at_one_moment_are_one_device(town: Town) -> None:
    invitation, one, two = town.invite("dora"), town.stranger("dora"), town.stranger("dora")
    town.phones += [one, two]
    replies = town.together(
        lambda: one.plain(one.target("enrolments"), enrolment(invitation, one.keys)),
        lambda: two.plain(two.target("enrolments"), enrolment(invitation, two.keys)),
    )
    assert [201, 403] == sorted(reply.status for reply in replies)


def test_what_devices_bring_back_after_a_restore_is_audited_and_listed(town: Town, anna: Phone) -> None:
    server, cees = town.server, town.phone("cees")
    server.back_up(town.folder / "backup")
    town.serve()
    dora = town.phone("dora")
    dora.create({"/duiding": "woord"})
    town.revoke(cees)
    anna.pull()
    (server.folder / "outside.log").unlink()
    server.restore(town.folder / "backup")
    town.serve()
    town.restored()
    assert "held" == unpack(dora.hand_in([dora.chain[0].wire]).body)["entries"][0][2]
    revocation = next(fact for fact in anna.facts if fact[0] == "revocation")
    anna.exchange(facts=[revocation])
    told = [(line.staff, line.act, english(line.detail)) for line in town.product.journal.audit_lines(None, 99)]
    assert ("device:dora", "readmit", dora.id.hex()) in told
    assert ("device:anna", "return", f"revocation of {cees.id.hex()}") in told
    assert "revocation" in {row.kind for row in town.product.outside.rows() if row.done}
