"""The attacker against a real server process: sockets, files, restarts and kill -9 between the acts."""

from pathlib import Path

from tests.attacker.abroad import Abroad
from tests.attacker.line import signed
from tests.attacker.phone import Phone
from tests.attacker.taken_away import Visit, every_route, told_its_end
from tests.attacker.wire import seal_attachment

LATE_MS = 11 * 60_000


def is_told_its_end(town: Abroad, phone: Phone, visit: Visit) -> None:
    """On every route, for a record in which it never wrote: of the others it may finish its photos."""
    for reply in every_route(phone, bytes(16), visit.name):
        headless = reply.status == 403 and not reply.body
        assert headless or (reply.code == "device-revoked" and told_its_end(town, phone, reply)), reply


def test_a_stolen_phone_is_told_its_end_by_a_process_that_was_killed_too(tmp_path: Path) -> None:
    town = Abroad(tmp_path)
    visit = Visit(town)
    with town.process_of_its_own():
        visit.bert.write(visit.bert.records[visit.record], {"/zorg": "woord-goed"})
        visit.bert.push()
        assert visit.bert.download(visit.name).status == 200
    town.revoke(visit.bert)
    with town.process_of_its_own():
        visit.write_on()
        is_told_its_end(town, visit.bert, visit)
        town.kill()
        visit.bert.recertify()
        is_told_its_end(town, visit.bert, visit)
        visit.bert.write(visit.bert.records[visit.record], {"/zorg": "woord-dief"})
        assert visit.bert.hand_in([visit.bert.chain[-1].wire]).status == 200
        visit.anna.pull()
        assert {"woord-goed"} == visit.anna.texts() & {"woord-goed", "woord-dief"}
    visit.nobody_reads_on(visit.bert)
    assert [] == town.settle()


def test_a_recorded_line_is_worth_nothing_to_a_process_that_was_killed(tmp_path: Path) -> None:
    town = Abroad(tmp_path)
    visit = Visit(town)
    with town.process_of_its_own():
        town.recorded.clear()
        visit.bert.sync()
        every_route(visit.bert, visit.record, visit.name)
        sealed, name = seal_attachment(visit.anna.records[visit.record], b"foto", b"\1" * 32)
        town.model.attachments[name] = visit.record
        assert [201, 204] == [reply.status for reply in visit.anna.upload(visit.record, name, sealed)]
        town.off_ms = -LATE_MS
        late = every_route(visit.bert, visit.record, visit.name)
        assert {"clock"} == {reply.code for reply in late if reply.body}
        assert all(reply.status >= 400 for reply in late)
        town.off_ms = 0
    town.revoke(visit.bert)
    with town.process_of_its_own():
        visit.write_on()
        town.kill()
        for sent in signed(town):
            town.resend(sent)
        assert visit.anna.download(name).body == sealed
    visit.nobody_reads_on(visit.bert)
    assert [] == town.settle()


def test_a_withdrawn_worker_gets_nothing_more_from_a_process(tmp_path: Path) -> None:
    town = Abroad(tmp_path)
    visit = Visit(town)
    second = town.phone("bert", honest=False)
    visit.bert.pull()
    town.withdraw(visit.record, "bert")
    with town.process_of_its_own():
        for device in (second, visit.eve):
            visit.bert.grant(visit.record, device.id)
        visit.write_on()
        town.kill()
        for device in (visit.bert, second, visit.eve):
            device.exchange(cursor=b"", lacking=[visit.record], limit=2_000)
            device.pull()
            assert device.download(visit.name).status >= 400
        visit.bert.write(visit.bert.records[visit.record], {"/zorg": "woord-offline"})
        visit.bert.push()
        visit.anna.pull()
        assert "woord-offline" in visit.anna.texts()
    visit.nobody_reads_on(visit.bert, second, visit.eve)
    assert [] == town.settle()
