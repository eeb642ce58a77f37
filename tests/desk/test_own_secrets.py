"""Two accounts are two people: whoever only types the name of the second one agrees with nothing."""

import asyncio
import base64
import json
from hashlib import sha256
from typing import Any

import pytest

from backend.desk import commands
from backend.desk.desk import WRONG_MAX, WRONG_MS
from backend.desk.own_secrets import kept_secret
from backend.desk.wire import Ask
from backend.errors import ROOM_ERRORS
from backend.municipality import custody as custodies
from backend.municipality.custody import opened_with
from backend.municipality.kept_backups import proved
from crypto.keyslots import KEY_FILE, PASSPHRASE
from crypto.own_secrets import proves
from tests.desk.office import STAFF, Office
from tests.forms.versions.forms_made import document

PHRASE = "paard batterij nietje proef"
OWN = "alleen bram weet dit"
OTHER = "alleen beheer weet dit"


@pytest.fixture
def known(office: Office) -> Office:
    """An office whose municipality has a passphrase that everybody who unlocks knows, and one account."""
    office.ask("passphrase", new=PHRASE)
    return office


def asked(office: Office, command: str, staff: str, own: str = "", slot: str = PASSPHRASE, **args: Any) -> list[Any]:
    key = PHRASE if slot == PASSPHRASE else office.server.key_file.hex() if slot == KEY_FILE else ""
    ask = Ask(command, office.server.municipality.code, args, "", slot, key, secret=own, token=office.token(staff))

    async def rows() -> list[Any]:
        return [row async for row in commands.run(office.desk, ask, lambda _done, _all: None)]

    return office.server.run(rows())


def refused(office: Office, command: str, staff: str, own: str = "", slot: str = PASSPHRASE, **args: Any) -> str:
    with pytest.raises(ROOM_ERRORS) as error:
        asked(office, command, staff, own, slot, **args)
    found: Any = error.value
    return str(found.code)


def draft() -> dict[str, str]:
    """The bytes, as the command line sends them, of a form that carries a warning with its reason."""
    form = document({"/naam": "text", "/geboren": "date"}) | {
        "lint": [{"rule": "P15", "at": "/geboren", "reason": "De proef rekent met hele datums."}]
    }
    return {"document": base64.b64encode(json.dumps(form).encode()).decode(), "register": "https://example.org/12"}


def proposed(office: Office, staff: str, own: str = "") -> str:
    """Put a form with a warning forward; gives the digest that a second person would agree with."""
    asked(office, "form-publish", staff, own, **draft())
    return str(asked(office, "form-draft", staff, form="proef")[-1]["digest"])


@pytest.mark.parametrize(
    ("secret", "code"),
    [("", "secret-missing"), ("kort", "weak-passphrase"), (PHRASE, "secret-not-own"), (PHRASE.upper(), "")],
)
def test_a_second_account_without_a_secret_of_its_own_is_not_made(known: Office, secret: str, code: str) -> None:
    """Nothing, too little, or what everybody knows who unlocks the municipality."""
    if code:
        assert code == refused(known, "add-staff", STAFF, name="bram", secret=secret)
        assert [STAFF] == [account.name for account in known.server.municipality.staff.all()]
    else:
        asked(known, "add-staff", STAFF, name="bram", secret=secret)


def test_whoever_only_types_the_second_name_agrees_with_nothing(known: Office) -> None:
    """The operator put a form forward and agreed with it as `--staff bram`, whose name is all they knew."""
    asked(known, "add-staff", STAFF, name="bram", secret=OWN)
    asked(known, "own-secret", STAFF, new=OTHER)
    digest = proposed(known, STAFF, OTHER)
    for slot in (KEY_FILE, PASSPHRASE):
        assert "secret-needed" == refused(known, "form-approve", "bram", slot=slot, form="proef", digest=digest)
    assert "wrong-own-secret" == refused(known, "form-approve", "bram", OTHER, form="proef", digest=digest)
    assert "wrong-own-secret" == refused(known, "form-approve", "bram", PHRASE, form="proef", digest=digest)
    assert "published" == asked(known, "form-approve", "bram", OWN, form="proef", digest=digest)[-1]["state"]
    lines = [(line["staff"], line["act"], line["detail"]) for line in known.ask("audit")]
    assert ("bram", "secret-failed", "form-approve: wrong-own-secret") in lines


def test_nor_puts_one_forward_in_the_second_name_and_agrees_in_their_own(known: Office) -> None:
    asked(known, "add-staff", STAFF, name="bram", secret=OWN)
    asked(known, "own-secret", STAFF, new=OTHER)
    assert "secret-needed" == refused(known, "form-publish", "bram", **draft())
    assert [] == known.server.municipality.shelf.drafts()


def test_an_account_that_has_no_secret_agrees_with_nothing_once_there_are_two(known: Office) -> None:
    asked(known, "add-staff", STAFF, name="bram", secret=OWN)
    digest = proposed(known, "bram", OWN)
    assert "no-own-secret" == refused(known, "form-approve", STAFF, form="proef", digest=digest)
    assert "person-needed" == refused(known, "own-secret", STAFF, slot=KEY_FILE, new=OTHER)
    asked(known, "own-secret", STAFF, new=OTHER)
    assert "published" == asked(known, "form-approve", STAFF, OTHER, form="proef", digest=digest)[-1]["state"]


def test_nobody_puts_another_secret_in_the_place_of_one(known: Office) -> None:
    """With the passphrase of the municipality alone, which is not bram's."""
    asked(known, "add-staff", STAFF, name="bram", secret=OWN)
    assert "secret-needed" == refused(known, "own-secret", "bram", new=OTHER)
    assert "wrong-own-secret" == refused(known, "own-secret", "bram", OTHER, new=OTHER)
    assert "account-exists" == refused(known, "add-staff", STAFF, name="bram", secret=OTHER)
    assert "secret-not-own" == refused(known, "own-secret", "bram", OWN, new=PHRASE)
    asked(known, "own-secret", "bram", OWN, new="bram weet nu iets anders")
    assert "wrong-own-secret" == refused(known, "own-secret", "bram", OWN, new=OTHER)


def test_guessing_one_is_slowed_down_and_written_down(known: Office) -> None:
    asked(known, "add-staff", STAFF, name="bram", secret=OWN)
    for _ in range(WRONG_MAX):
        assert "wrong-own-secret" == refused(known, "own-secret", "bram", "geraden geraden", new=OTHER)
    assert "too-many-attempts" == refused(known, "own-secret", "bram", OWN, new=OTHER)
    acts = [line["act"] for line in known.ask("audit")]  # another secret: the municipality's is not slowed down
    assert WRONG_MAX == acts.count("secret-failed")
    known.server.clock.ms += WRONG_MS
    asked(known, "own-secret", "bram", OWN, new=OTHER)


def test_a_first_account_is_confirmed_by_a_person_and_not_by_a_name(known: Office) -> None:
    town = known.server.municipality
    known.server.run(town.submit(lambda: town.staff.add("dora", "admin", 1, "")))
    asked(known, "add-staff", "dora", name="bram", secret=OWN)
    assert "secret-needed" == refused(known, "confirm-account", "bram", name="dora")
    assert "no-own-secret" == refused(known, "confirm-account", STAFF, name="dora")
    assert "wrong-own-secret" == refused(known, "confirm-account", "bram", PHRASE, name="dora")
    assert ["dora"] == town.staff.unconfirmed()
    asked(known, "confirm-account", "bram", OWN, name="dora")
    assert [] == town.staff.unconfirmed()


def test_a_secret_stands_nowhere_in_clear_and_comes_back_with_a_backup(known: Office) -> None:
    town = known.server.municipality
    asked(known, "add-staff", STAFF, name="bram", secret=OWN)
    known.ask("backup", to=str(town.folder.parent / "b"))
    asked(known, "own-secret", "bram", OWN, new=OTHER)
    for path in town.folder.parent.rglob("*"):
        assert not path.is_file() or not any(one.encode() in path.read_bytes() for one in (OWN, OTHER))
    again = opened_with(proved(town.folder.parent / "b", town.code)[1], PASSPHRASE, PHRASE)
    assert proves(kept_secret(again, "bram"), OWN) and not proves(kept_secret(again, "bram"), OTHER)


def test_what_two_people_change_in_the_vault_at_once_is_all_kept(known: Office) -> None:
    """A new passphrase was written over what came into the vault while it was being made."""
    town, newer = known.server.municipality, "een heel ander zinnetje"
    visit = known.shared("dossier", {"/roepnaam": "Voorbeeld"})

    token = known.token()

    async def together() -> None:
        async def run(command: str, **args: Any) -> None:
            ask = Ask(command, town.code, args, "", PASSPHRASE, PHRASE, token=token)
            async for _ in commands.run(known.desk, ask, lambda _done, _all: None):
                pass

        changing = asyncio.create_task(run("passphrase", new=newer))
        adding = asyncio.create_task(run("add-staff", name="bram", secret=OWN))
        await asyncio.sleep(0.05)  # the passphrase is being made, and a desk device enrols meanwhile
        await known.desk.write_as(town, STAFF, visit, lambda device: device.id)
        await asyncio.gather(changing, adding, return_exceptions=True)

    known.server.run(together())
    kept = custodies.opened_with(town.keyring.vault(), PASSPHRASE, newer)
    assert kept.has(f"desk/{sha256(STAFF.encode()).hexdigest()[:16]}")
    assert kept_secret(kept, "bram") or ["beheer"] == [one.name for one in town.staff.all()]
