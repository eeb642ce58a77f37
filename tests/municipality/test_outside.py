"""The list outside the backups: what is on it survives, and a damaged line is named and harms no other."""

from pathlib import Path

import msgspec
import pytest

from backend.files import append_line
from backend.municipality.outside import AUDIT_HEAD, ERASURES_FILE, OUTSIDE_FILE, ListNotWritable, Outside, Row
from backend.sentences import library
from sync.facts import Erasure, Withdrawal, encode_fact
from tests.fleet.world import Server
from tests.spoken import english

RECORD = b"r" * 16


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of the municipality that the rows below name."""
    made = tmp_path / "GM9901"
    made.mkdir()
    return made


def erasure(at_ms: int) -> bytes:
    return encode_fact(Erasure("GM9901", RECORD, "request", at_ms, b"s" * 64))


def withdrawal(at_ms: int) -> bytes:
    return encode_fact(Withdrawal("GM9901", RECORD, "bert", at_ms, b"s" * 64))


def test_a_row_is_done_only_after_its_commit(folder: Path) -> None:
    outside = Outside(folder)
    outside.append("erasure", erasure(1))
    outside.drop()
    outside.append("withdrawal", withdrawal(2))
    assert [False, False] == [row.done for row in Outside(folder).rows()]
    outside.settle()
    expected = [Row("erasure", erasure(1), False), Row("withdrawal", withdrawal(2), True)]
    assert expected == list(outside.rows()) == list(Outside(folder).rows())


@pytest.mark.parametrize("cut", [1, 9, 10, 40, 41, 99])
def test_a_torn_last_line_is_named_and_the_next_row_stands_on_a_line_of_its_own(folder: Path, cut: int) -> None:
    outside = Outside(folder)
    outside.append("erasure", erasure(1))
    outside.settle()
    whole = (folder / OUTSIDE_FILE).read_bytes()
    line = f"withdrawal {withdrawal(2).hex()}".encode()
    (folder / OUTSIDE_FILE).write_bytes(whole + line[:-cut])
    torn = Outside(folder)
    assert ["outside.log: line 3 cannot be read"] == [english(fault) for fault in torn.faults]
    torn.append("withdrawal", withdrawal(3))
    torn.settle()
    expected = [Row("erasure", erasure(1), True), Row("withdrawal", withdrawal(3), True)]
    assert expected == list(Outside(folder).rows())


def test_junk_of_any_kind_in_either_file_is_named_and_the_rows_beside_it_are_read(folder: Path) -> None:
    (folder / ERASURES_FILE).write_bytes(erasure(1).hex().encode() + b"\n\xff\xfe\x00 junk\n" + b"9\n")
    (folder / OUTSIDE_FILE).write_bytes(b"erasure \nwhat 00\ndone 00\n" + f"erasure {erasure(2).hex()}\n".encode())
    outside = Outside(folder)
    assert [erasure(1), erasure(2)] == [row.raw for row in outside.rows()]
    assert (3, "and 2 more") == (len(outside.faults[:-1]), english(outside.faults[-1]))


def test_the_copy_beside_the_keys_outlives_the_folder_and_the_other_way_round(tmp_path: Path) -> None:
    town, keys = tmp_path / "GM9901", tmp_path / "keys"
    for number, lost in enumerate((town / OUTSIDE_FILE, keys / "GM9901.list"), 1):
        outside = Outside(town, keys)
        outside.append("erasure", erasure(number))
        outside.append(AUDIT_HEAD, msgspec.msgpack.encode(["GM9901", number]))
        outside.settle()
        before = list(outside.rows())
        lost.unlink()
        assert before == list(Outside(town, keys).rows())
    assert (town / OUTSIDE_FILE).read_bytes() == (keys / "GM9901.list").read_bytes()


def test_a_copy_that_cannot_be_written_is_named_and_what_must_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys" / "GM9901.list").mkdir(parents=True)
    outside = Outside(tmp_path / "GM9901", tmp_path / "keys")
    outside.append("erasure", erasure(1))
    assert outside.alone is not None
    assert f"{tmp_path}/keys/GM9901.list: dat is een map" == library().words(outside.alone, "nl")
    (tmp_path / "other" / OUTSIDE_FILE).mkdir(parents=True)
    with pytest.raises(ListNotWritable, match="is-a-folder"):
        Outside(tmp_path / "other").append("erasure", erasure(1))


def test_the_rows_of_one_act_are_written_in_two_writes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writes: list[str] = []

    def counted(path: Path, line: str) -> None:
        writes.append(line)
        append_line(path, line)

    monkeypatch.setattr("backend.municipality.outside.append_line", counted)
    outside = Outside(folder)
    with outside.together():
        for number in range(9):
            outside.append("withdrawal", withdrawal(number))
            outside.append("withdrawal", withdrawal(number))
    assert [(withdrawal(number), False) for number in range(9)] == [row[1:] for row in Outside(folder).rows()]
    outside.settle()
    assert [(withdrawal(number), True) for number in range(9)] == [row[1:] for row in Outside(folder).rows()]
    assert [9, 9] == [len(one.splitlines()) for one in writes]


def test_the_rows_of_an_act_that_failed_are_written_when_it_is_done_again(folder: Path) -> None:
    outside = Outside(folder)
    outside.append("erasure", erasure(1))
    with pytest.raises(RuntimeError), outside.together():
        outside.append("withdrawal", withdrawal(1))
        raise RuntimeError
    outside.settle()
    assert [Row("erasure", erasure(1), True)] == list(Outside(folder).rows())
    outside.append("withdrawal", withdrawal(1))
    outside.settle()
    assert [erasure(1), withdrawal(1)] == [row.raw for row in Outside(folder).rows() if row.done]


def test_what_staff_take_away_is_listed_and_what_was_refused_is_not_done(tmp_path: Path) -> None:
    server = Server(tmp_path)
    device = server.enrol(tmp_path / "one.db", "anna")
    town = server.municipality
    server.run(town.opening.withdraw(RECORD, "bert", "beheer"))
    server.run(town.acts.revoke(device.id, "beheer"))
    assert [("withdrawal", True), ("revocation", True)] == [(row.kind, row.done) for row in town.outside.rows()]
    server.stop()
