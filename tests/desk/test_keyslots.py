"""Keyslots have owners and labels; two remain, one of them a recovery code; an older file is known for one."""

from typing import Any

import msgspec
import pytest

from backend.desk import commands
from backend.desk.wire import Ask
from backend.errors import ROOM_ERRORS, VaultForeign
from backend.municipality import custody as custodies
from backend.municipality.custody import Custody
from backend.stores.places import VAULT_FILE
from crypto.keyslots import KEY_FILE, PASSPHRASE, RECOVERY
from tests.crypto.vault_before import written
from tests.desk.office import STAFF, Office

SHARED = "paard batterij nietje proef"
OWN = "een zin van Anna alleen"


@pytest.fixture
def shared(office: Office) -> Office:
    """An office with a shared passphrase beside its key file, and a second account."""
    office.ask("passphrase", new=SHARED)
    town = office.server.municipality
    office.server.run(town.submit(lambda: town.staff.add("anna", "admin", 1, STAFF)))
    return office


def asked(office: Office, command: str, *, staff: str = STAFF, slot: str = PASSPHRASE, key: str = SHARED,
          **args: Any) -> list[dict[str, Any]]:  # fmt: skip
    args = {"reason": "voor deze proef"} | args
    ask = Ask(command, office.server.municipality.code, args, "", slot, key, token=office.token(staff))

    async def rows() -> list[Any]:
        return [row async for row in commands.run(office.desk, ask, lambda _done, _all: None)]

    return office.server.run(rows())


def refused(office: Office, command: str, **args: Any) -> str:
    with pytest.raises(ROOM_ERRORS) as error:
        asked(office, command, **args)
    found: Any = error.value
    return str(found.code)


def add_own(office: Office) -> str:
    """Anna's own passphrase, which she adds with the shared one; the id of its slot."""
    (row,) = asked(office, "keyslots-add", staff="anna", kind=PASSPHRASE, new=OWN, label="Anna thuis")
    return str(row["keyslot"])


def listed(office: Office) -> list[tuple[str, str, str]]:
    return [(row["kind"], row["owner"], row["label"]) for row in asked(office, "keyslots-list")]


def test_a_key_file_adds_and_removes_nothing(shared: Office) -> None:
    """It lies on the machine: whoever holds the machine would give themselves a passphrase."""
    key = shared.server.key_file.hex()
    for command, args in (("keyslots-add", {"kind": RECOVERY}), ("keyslots-remove", {"owner": "anna"})):
        assert "person-needed" == refused(shared, command, slot=KEY_FILE, key=key, **args)


def test_a_passphrase_of_ones_own_is_of_that_person_alone(shared: Office) -> None:
    add_own(shared)
    assert [(KEY_FILE, "", ""), (PASSPHRASE, "", ""), (PASSPHRASE, "anna", "Anna thuis")] == listed(shared)
    assert "keyslot-of-another" == refused(shared, "unlock", staff=STAFF, key=OWN)
    town = shared.server.municipality
    assert "unlock: keyslot-of-another" in [line.detail for line in town.journal.audit_lines(None, 3)]
    assert [{"locked": False}] == asked(shared, "unlock", staff="anna", key=OWN)


def test_a_new_passphrase_is_ones_own_where_there_is_one_and_the_shared_one_stays(shared: Office) -> None:
    add_own(shared)
    newer = "nog een zin van Anna alleen"
    asked(shared, "passphrase", staff="anna", new=newer)
    assert "wrong-passphrase" == refused(shared, "unlock", staff="anna", key=OWN)
    for staff, key in (("anna", newer), (STAFF, SHARED)):
        assert asked(shared, "unlock", staff=staff, key=key)


def test_two_remain_and_one_of_them_is_a_recovery_code(shared: Office) -> None:
    own = add_own(shared)
    assert "too-few-keyslots" == refused(shared, "keyslots-remove", keyslot=own)  # no recovery code yet
    (made,) = asked(shared, "keyslots-add", kind=RECOVERY, label="kluis")
    assert [{"keyslot": own, "kind": PASSPHRASE, "owner": "anna", "removed": True}] == asked(
        shared, "keyslots-remove", keyslot=own
    )
    assert "too-few-keyslots" == refused(shared, "keyslots-remove", keyslot=made["keyslot"])
    assert asked(shared, "unlock", slot=RECOVERY, key=made["code"])
    assert "unknown-keyslot" == refused(shared, "keyslots-remove", keyslot=own)
    assert "bad-argument" == refused(shared, "keyslots-remove", keyslot="nothing")


def test_the_slots_of_a_person_who_leaves_are_removed_and_open_nothing(shared: Office) -> None:
    add_own(shared)
    asked(shared, "keyslots-add", kind=RECOVERY)
    assert ["anna"] == [row["owner"] for row in asked(shared, "keyslots-remove", owner="anna")]
    assert [] == asked(shared, "keyslots-remove", owner="anna")
    assert "wrong-passphrase" == refused(shared, "unlock", staff="anna", key=OWN)
    lines = [line.act for line in shared.server.municipality.journal.audit_lines(None, 10)]
    assert 1 == lines.count("remove-keyslot")


def test_the_file_of_an_earlier_day_opens_and_everybody_is_told(shared: Office) -> None:
    """With the format alone, a slot that was taken away opened again and nobody heard of it."""
    path = shared.server.municipality.folder / VAULT_FILE
    add_own(shared)
    asked(shared, "keyslots-add", kind=RECOVERY)
    before = path.read_bytes()
    asked(shared, "keyslots-remove", owner="anna")
    asked(shared, "lock")
    assert [{"locked": False}] == asked(shared, "unlock")
    asked(shared, "lock")
    path.write_bytes(before)
    (told,) = asked(shared, "unlock", staff="anna", key=OWN)
    assert "older" in told["warning"]
    lines = shared.server.municipality.journal.audit_lines(None, 2)
    assert [("anna", "vault-older"), ("anna", "unlock")] == [(line.staff, line.act) for line in lines]


def test_another_vault_in_the_place_of_the_own_one_stays_shut(shared: Office) -> None:
    """Its passphrase was right, and the server signed with keys that no device believes."""
    town = shared.server.municipality
    asked(shared, "lock")
    foreign = Custody.create(town.code, bytes(32)).vault
    foreign.set_passphrase(SHARED, memory_kib=64, passes=1)
    custodies.save(town.folder, foreign)
    assert VaultForeign.code == refused(shared, "unlock")
    assert town.locked


def test_a_vault_of_format_1_opens_unchanged_and_is_written_as_2_at_the_next_change(office: Office) -> None:
    town = office.server.municipality
    path = town.folder / VAULT_FILE
    old = written(town.code, dict(town.custody.vault.state().secrets), office.server.key_file)
    office.ask("lock")
    path.write_bytes(old)
    office.ask("unlock")
    assert path.read_bytes() == old
    office.ask("passphrase", new=SHARED)
    assert 2 == msgspec.msgpack.decode(path.read_bytes())[0]
    assert asked(office, "unlock") and office.ask("unlock")


def test_the_day_of_use_is_kept_and_a_full_disk_locks_nobody_out(
    shared: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object) -> None:
        raise OSError(28, "no space")

    with monkeypatch.context() as patch:
        patch.setattr(custodies, "save", full)
        assert [{"locked": False}] == asked(shared, "unlock")
    asked(shared, "lock")
    now_ms = shared.server.clock.now_ms()
    assert asked(shared, "unlock")
    (used,) = [row["used_ms"] for row in asked(shared, "keyslots-list") if "used_ms" in row]
    assert 0 <= used - now_ms < 60_000


def test_what_two_people_do_on_the_page_one_does_not_do_by_a_command(shared: Office) -> None:
    """A recovery code, and a colleague's keyslot: where there is a second person both wait for them."""
    own, town = add_own(shared), shared.server.municipality
    shared.server.run(town.submit(lambda: town.staff.add("carol", "admin", 1, "carol")))
    shared.seated("carol")
    before = listed(shared)
    (row,) = asked(shared, "keyslots-add", kind=RECOVERY, label="kluis")
    assert row["waits"] and "code" not in row
    shared.server.run(town.submit(lambda: None))
    for named in ({"keyslot": own}, {"owner": "anna"}):
        code = refused(shared, "keyslots-remove", **named)  # no recovery code is left: said before anybody is asked
        assert "too-few-keyslots" == code
    assert before == listed(shared)
    assert {"recovery"} == {one.kind for one in town.people.proposals()}
