"""The audit is a chain with a signed head (sync/SPEC.md section 13)."""

from pathlib import Path
from typing import Any

import pytest

from backend.municipality.auditing import genuine_heads, kept_head, note_lost
from backend.sentences import words
from backend.stores.rows import ACCOUNT
from sync.audit import faults
from tests.fleet.world import Server
from tests.looking import inside
from tests.spoken import english


@pytest.fixture
def server(tmp_path: Path) -> Server:
    made = Server(tmp_path / "data")
    for number in range(5):
        made.run(made.municipality.enrolling.invite(f"werker-{number}", "worker", "beheer"))
    made.run(made.municipality.auditing.sign_head(now=True))
    return made


def found(server: Server) -> list[str]:
    town = server.municipality
    assert town.book.keys is not None
    heads = genuine_heads(town.journal, town.outside, town.code, town.book.keys.signing)
    assert heads
    broken = faults(town.journal.audit_chain(), heads)
    return [english(words(one.code, first=one.first, last=one.last)) for one in broken]


def by_hand(server: Server, sql: str) -> Any:
    return inside(server.municipality.journal).execute(sql)


def test_an_untouched_audit_has_no_fault(server: Server) -> None:
    assert [] == found(server)
    server.run(server.municipality.enrolling.invite("later", "worker", "beheer"))
    assert [] == found(server)


def test_a_line_that_was_changed_by_hand_is_found(server: Server) -> None:
    by_hand(server, "update audit set staff = 'ander' where number = 3")
    assert ["audit: line 3 was changed or put in"] == found(server)


def test_a_line_that_was_taken_out_is_found(server: Server) -> None:
    by_hand(server, "delete from audit where number = 2")
    assert "audit: lines 2 to 2 are missing" in found(server)


def test_lines_that_were_cut_at_the_end_are_found(server: Server) -> None:
    by_hand(server, "delete from audit where number > 3")
    assert ["audit: line 5 was signed and is missing"] == sorted(set(found(server)))


def test_a_chain_that_was_made_anew_is_no_match_for_the_head(server: Server) -> None:
    by_hand(server, "delete from audit")
    with server.municipality.stores.unit():
        for number in range(5):
            server.municipality.journal.audit(1, "ander", "invite", None, f"werker-{number}")
    assert ["audit: line 5 is not the line that was signed"] == sorted(set(found(server)))


def test_a_forged_head_counts_for_nothing(server: Server) -> None:
    town = server.municipality
    assert town.book.keys is not None and kept_head(town.journal) is not None
    assert [] == genuine_heads(town.journal, town.outside, town.code, bytes(32))


def test_a_restore_says_which_lines_it_lacks(server: Server) -> None:
    town = server.municipality
    assert town.book.keys is not None
    by_hand(server, "delete from audit where number > 3")
    with town.stores.unit():
        assert note_lost(town.journal, town.outside, town.code, town.book.keys.signing, 1)
    assert [] == found(server)
    by_hand(server, "update audit set detail = 'weg' where number = 2")
    assert ["audit: line 2 was changed or put in"] == found(server)


def test_a_line_names_the_account_that_spoke_and_another_job_of_the_group_does_not(server: Server) -> None:
    async def both() -> None:
        import asyncio

        async def spoken() -> None:
            ACCOUNT.set("anna (1000)")
            await server.municipality.enrolling.invite("een", "worker", "anna")

        async def silent() -> None:
            await server.municipality.enrolling.invite("twee", "worker", "beheer")

        await asyncio.gather(asyncio.create_task(spoken()), asyncio.create_task(silent()))

    server.run(both())
    lines = server.municipality.journal.audit_lines(None, 2)
    assert {("een", "anna (1000)"), ("twee", "")} == {(line.detail, line.account) for line in lines}
