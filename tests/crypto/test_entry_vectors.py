"""The published sealed journals open step by step, and refuse every change (crypto/SPEC.md sections 1 to 6)."""

import json
from pathlib import Path
from typing import Any

import pytest

from crypto.bodies import RecordKeys
from crypto.entries import Plaintext, Sealed, open_entry
from crypto.epochs import open_epoch, unwrap
from crypto.errors import (
    BadSignature,
    BodyDoesNotOpen,
    EpochDoesNotOpen,
    GrantDoesNotOpen,
    KeyMismatch,
    SuiteTooWeak,
    TouchesMismatch,
    WrapDoesNotOpen,
)
from crypto.grants import open_grant
from crypto.keys import SealingKey, SigningKey, VerifyKey, record_commitment, record_id
from crypto.secrets import Secret
from sync.entry import entry_hash, parse_header

VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "vectors" / "entry.json").read_text())
h = bytes.fromhex


def sealed_of(vector: dict[str, Any], number: int) -> Sealed:
    entry = vector["entries"][number]
    header = parse_header(h(entry["header"]))
    return Sealed(h(entry["header"]), h(entry["body"]), h(entry["hash"]), h(entry["sig"]), header.key, header.touches)


def author_of(vector: dict[str, Any]) -> VerifyKey:
    return VerifyKey(h(vector["device_signing_public"]))


@pytest.fixture(params=VECTORS, ids=lambda v: v["record"][:8])
def vector(request: pytest.FixtureRequest) -> dict[str, Any]:
    return request.param


def test_seeds_give_the_published_public_keys(vector: dict[str, Any]) -> None:
    municipality = SealingKey.from_seed(h(vector["municipality_seed"]))
    assert (vector["municipality_public"], vector["municipality_key_id"]) == (
        municipality.public.hex(),
        municipality.key_id.hex(),
    )
    assert vector["device_sealing_public"] == SealingKey.from_seed(h(vector["device_sealing_seed"])).public.hex()


def test_the_record_follows_from_its_creator_and_key(vector: dict[str, Any]) -> None:
    assert vector["key"] == record_commitment(h(vector["record_key"])).hex()
    assert vector["record"] == record_id(h(vector["device"]), h(vector["key"])).hex()


def epoch_key_of(vector: dict[str, Any], **changed: Any) -> Secret:
    epoch, _, suite, sealed = vector["epoch"]
    parts = {"municipality": vector["municipality"], "device": h(vector["device"]), "epoch": h(epoch)}
    parts |= {"suite": suite, "sealed": h(sealed)} | changed
    return open_epoch(SealingKey.from_seed(h(vector["municipality_seed"])), minimum_suite=2, **parts)


def test_epoch_wrap_and_grant_open_to_the_published_keys(vector: dict[str, Any]) -> None:
    epoch_key = epoch_key_of(vector)
    assert vector["epoch_key"] == epoch_key.reveal().hex()
    wrap: Any = tuple(h(part) for part in vector["wrap"])
    assert vector["record_key"] == unwrap(epoch_key, vector["municipality"], wrap).hex()
    assert vector["record_key"] == granted(vector).hex()


def granted(vector: dict[str, Any], **changed: Any) -> bytes:
    grant = vector["grant"]
    parts = {"municipality": vector["municipality"], "record": h(grant["record"]), "key": h(grant["key"])}
    parts |= {"device": h(grant["to"]), "suite": grant["suite"], "sealed": h(grant["sealed"])} | changed
    return open_grant(SealingKey.from_seed(h(vector["device_sealing_seed"])), minimum_suite=2, **parts)


def test_entries_open_to_the_published_answers(vector: dict[str, Any]) -> None:
    keys = RecordKeys(h(vector["record_key"]))
    prev = bytes(32)
    for number, entry in enumerate(vector["entries"]):
        expected = Plaintext(entry["form"], entry["form_version"], entry["answers"])
        assert expected == open_entry(sealed_of(vector, number), author_of(vector), keys)
        assert entry["touches"] == {path: keys.touch(path).hex() for path in entry["answers"]}
        from hashlib import sha256

        assert entry["hash"] == entry_hash(prev, h(entry["header"]), sha256(h(entry["body"])).digest()).hex()
        prev = h(entry["hash"])


def flips(raw: bytes, step: int = 1) -> list[bytes]:
    return [raw[:n] + bytes([raw[n] ^ 1]) + raw[n + 1 :] for n in range(0, len(raw), step)]


def test_a_changed_byte_of_an_entry_is_refused_by_the_first_check_it_fails(vector: dict[str, Any]) -> None:
    keys, author = RecordKeys(h(vector["record_key"])), author_of(vector)
    whole: Any = sealed_of(vector, 0)
    members = {"sig": BadSignature, "hash": BadSignature, "key": KeyMismatch}
    for member, error in members.items():
        for changed in flips(getattr(whole, member)):
            with pytest.raises(error):
                open_entry(whole._replace(**{member: changed}), author, keys)
    for member in ("header", "body"):
        for changed in flips(getattr(whole, member)):
            with pytest.raises(BodyDoesNotOpen):
                open_entry(whole._replace(**{member: changed}), author, keys)
    for place, touch in enumerate(whole.touches):
        for changed in flips(touch):
            touches = (*whole.touches[:place], changed, *whole.touches[place + 1 :])
            with pytest.raises(TouchesMismatch):
                open_entry(whole._replace(touches=touches), author, keys)


def test_a_changed_byte_of_a_wrap_an_epoch_or_a_grant_is_refused(vector: dict[str, Any]) -> None:
    epoch_key = epoch_key_of(vector)
    wrap = [h(part) for part in vector["wrap"]]
    for place, part in enumerate(wrap):
        for changed in flips(part):
            with pytest.raises(WrapDoesNotOpen):
                unwrap(epoch_key, vector["municipality"], (*wrap[:place], changed, *wrap[place + 1 :]))  # type: ignore[arg-type]
    for changed in flips(h(vector["epoch"][3]), 37):
        with pytest.raises(EpochDoesNotOpen):
            epoch_key_of(vector, sealed=changed)
    for changed in flips(h(vector["grant"]["sealed"]), 37):
        with pytest.raises(GrantDoesNotOpen):
            granted(vector, sealed=changed)


def test_nothing_opens_in_another_ones_place() -> None:
    one, two = VECTORS
    with pytest.raises(EpochDoesNotOpen):
        epoch_key_of(one, municipality="GM0229")
    with pytest.raises(EpochDoesNotOpen):
        epoch_key_of(one, device=h(two["device"]))
    with pytest.raises(EpochDoesNotOpen):
        epoch_key_of(one, epoch=h(two["epoch"][0]))
    with pytest.raises(EpochDoesNotOpen):
        epoch_key_of(one, sealed=h(two["epoch"][3]))
    for swapped in ({"municipality": "GM0229"}, {"record": h(two["record"])}, {"device": h(two["device"])}):
        with pytest.raises(GrantDoesNotOpen):
            granted(one, **swapped)
    with pytest.raises(WrapDoesNotOpen):
        unwrap(epoch_key_of(two), one["municipality"], tuple(h(part) for part in one["wrap"]))  # type: ignore[arg-type]


def test_an_entry_of_another_device_or_record_is_refused() -> None:
    one, two = VECTORS
    with pytest.raises(BadSignature):
        open_entry(sealed_of(one, 0), author_of(two), RecordKeys(h(one["record_key"])))
    with pytest.raises(KeyMismatch):
        open_entry(sealed_of(one, 0), author_of(one), RecordKeys(h(two["record_key"])))
    swapped = sealed_of(one, 0)._replace(body=sealed_of(one, 1).body)
    with pytest.raises(BodyDoesNotOpen):
        open_entry(swapped, author_of(one), RecordKeys(h(one["record_key"])))


def test_a_suite_below_the_minimum_is_refused_before_anything_is_opened(vector: dict[str, Any]) -> None:
    for suite in (0, 1, 3):
        with pytest.raises(SuiteTooWeak):
            epoch_key_of(vector, suite=suite)


def test_secrets_show_nothing_and_do_not_pickle() -> None:
    import pickle

    seed = bytes(range(32))
    for secret in (Secret(seed), SigningKey(seed), SealingKey(seed), RecordKeys(seed)):
        for shown in (repr(secret), str(secret), f"{secret}", f"{secret!r:>40}"):
            assert seed.hex() not in shown and "\\x01" not in shown
        with pytest.raises(TypeError):
            pickle.dumps(secret)
