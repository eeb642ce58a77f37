"""A forgotten secret is replaced by two colleagues, and by nobody alone: whoever does it could act as that person.

The attacker knows the municipality's passphrase, holds its machine, and has an account and a secret of their own.
"""

import pytest

from backend.desk.own_secrets import ACCOUNT_AGE_MS, RENEWAL_MS, kept_secret
from crypto.keyslots import KEY_FILE
from tests.desk.office import STAFF, Office
from tests.desk.test_own_secrets import OTHER, OWN, asked, known, proposed, refused

assert known  # the office of those tests
NINA = ("replace-secret", "nina", "het geheim van nina zelf")
FRESH, CAROL = "bram koos iets anders", "alleen carol weet dit"


@pytest.fixture
def three(known: Office) -> Office:
    """Three people with secrets of their own, whose accounts are older than a week."""
    asked(known, "own-secret", STAFF, new=OTHER)
    for name, secret in (("bram", OWN), ("carol", CAROL)):
        asked(known, "add-staff", STAFF, name=name, secret=secret)
    known.server.clock.ms += ACCOUNT_AGE_MS
    return known


def asks(office: Office, new: str = FRESH) -> None:
    asked(office, "replace-secret", STAFF, OTHER, name="bram", new=new)


def counts(office: Office, secret: str) -> bool:
    """Tell whether a secret is bram's: it would be exchanged for itself."""
    try:
        asked(office, "own-secret", "bram", secret, new=secret)
    except Exception:  # noqa: BLE001 - any refusal
        return False
    return True


def test_nobody_puts_another_secret_in_the_place_of_one_alone(three: Office) -> None:
    """With a key file, a name, the passphrase, their own secret, and the one that they chose for bram."""
    assert "person-needed" == refused(three, "replace-secret", STAFF, OTHER, slot=KEY_FILE, name="bram", new=FRESH)
    for own, code in (("", "secret-needed"), (CAROL, "wrong-own-secret")):
        assert code == refused(three, "replace-secret", STAFF, own, name="bram", new=FRESH)
    asks(three)
    assert "second-person-needed" == refused(three, "replace-secret", STAFF, OTHER, name="bram", agree=True)
    for own, code in (("", "secret-needed"), (OTHER, "wrong-own-secret")):
        assert code == refused(three, "replace-secret", "carol", own, name="bram", agree=True)
    for own, code in ((FRESH, "wrong-own-secret"), (OWN, "renewal-asked")):
        assert code == refused(three, "replace-secret", "bram", own, name="bram", agree=True)
    assert not counts(three, FRESH) and counts(three, OWN)


def test_a_second_account_that_was_made_for_it_agrees_with_nothing(three: Office) -> None:
    """The attacker makes an account, chooses its secret, and would be two people."""
    asked(three, "add-staff", STAFF, name="eva", secret="het geheim van eva zelf")
    three.server.clock.ms += ACCOUNT_AGE_MS - 1
    asks(three)
    eva = ("replace-secret", "eva", "het geheim van eva zelf")
    assert "second-person-needed" == refused(three, *eva, name="bram", agree=True)
    three.server.clock.ms += 60_000
    assert "second-person-needed" == refused(three, *eva, name="bram", agree=True), "waiting after it is no way out"
    asked(three, "own-secret", "bram", OWN, new=OWN)
    asked(three, "add-staff", STAFF, name="nina", secret=NINA[2])
    assert "second-person-needed" == refused(three, *NINA, name="bram", new=FRESH), "nor asks for anything"


def test_whoever_remembers_hears_of_it_and_ends_it(three: Office) -> None:
    """Somebody asked for it while bram was away."""
    digest = proposed(three, STAFF, OTHER)
    asks(three)
    assert "renewal-asked" == refused(three, "form-approve", "bram", OWN, form="proef", digest=digest)
    assert "wrong-own-secret" == refused(three, "form-approve", "bram", FRESH, form="proef", digest=digest)
    asked(three, "own-secret", "bram", OWN, new=OWN)
    assert "nothing-to-renew" == refused(three, "replace-secret", "carol", CAROL, name="bram", agree=True)
    assert "published" == asked(three, "form-approve", "bram", OWN, form="proef", digest=digest)[-1]["state"]


def test_what_was_asked_long_ago_is_agreed_with_no_more(three: Office) -> None:
    asks(three)
    three.server.clock.ms += RENEWAL_MS
    assert "nothing-to-renew" == refused(three, "replace-secret", "carol", CAROL, name="bram", agree=True)
    digest = proposed(three, STAFF, OTHER)
    assert "published" == asked(three, "form-approve", "bram", OWN, form="proef", digest=digest)[-1]["state"]


@pytest.mark.parametrize(
    ("name", "new", "code"),
    [("nina", FRESH, "staff-unknown"), (STAFF, FRESH, "second-person-needed"), ("bram", "kort", "weak-passphrase"),
     ("bram", "", "secret-missing"), ("bram", "paard batterij nietje proef", "secret-not-own")],
)  # fmt: skip
def test_what_cannot_be_a_secret_or_an_account_is_refused(three: Office, name: str, new: str, code: str) -> None:
    assert code == refused(three, "replace-secret", STAFF, OTHER, name=name, new=new)
    assert "nothing-to-renew" == refused(three, "replace-secret", "carol", CAROL, name="bram", agree=True)


def test_two_colleagues_replace_one_and_the_audit_names_all_three(three: Office) -> None:
    asks(three)
    assert [{"staff": "bram", "asked_by": STAFF, "agreed_by": "carol"}] == asked(
        three, "replace-secret", "carol", CAROL, name="bram", agree=True
    )
    assert counts(three, FRESH) and not counts(three, OWN)
    lines = [(line["staff"], line["act"], line["detail"]) for line in three.ask("audit")]
    assert {(STAFF, "replace-secret", "bram"), ("carol", "agree-secret", "bram")} <= set(lines)
    assert "nothing-to-renew" == refused(three, "replace-secret", "carol", CAROL, name="bram", agree=True)


def test_what_was_asked_for_stands_nowhere_in_clear(three: Office) -> None:
    asks(three)
    town = three.server.municipality
    for path in town.folder.parent.rglob("*"):
        assert not path.is_file() or FRESH.encode() not in path.read_bytes()
    assert kept_secret(town.custody.vault, "bram")
