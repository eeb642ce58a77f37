"""The worked example for makers of other devices, held against the product (docs/makers.md)."""

import importlib.util
import json
import re
import subprocess
import sys
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.exceptions import InvalidSignature

from backend.municipality.requests import Asked, claim_of
from crypto.bodies import RecordKeys
from crypto.entries import Plaintext, Sealed, open_entry
from crypto.epochs import open_epoch, unwrap
from crypto.errors import CryptoError
from crypto.keys import SUITE_XWING, SealingKey, VerifyKey, device_id, record_id
from sync.entry import parse_header
from sync.exchange import Checked, check_push, check_request, decide_push
from sync.facts import Fact
from sync.messages import Place, SyncRequest, read_request, request_fields

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLE = DOCS / "worked_example.py"


@cache
def example() -> Any:
    spec = importlib.util.spec_from_file_location("worked_example", EXAMPLE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def made() -> dict[str, Any]:
    return example().main()


def pushed(made: dict[str, Any]) -> tuple[SyncRequest, tuple[Checked, ...]]:
    request = read_request(made["body"])
    return request, check_push(request.entries, made["town"], made["device"].id)


def sealed_of(item: Checked) -> Sealed:
    assert item.entry.body is not None
    return Sealed(item.entry.header, item.entry.body, item.hash, item.entry.sig, item.header.key, item.header.touches)


def test_the_example_runs_by_itself_and_imports_nothing_of_the_product() -> None:
    ran = subprocess.run([sys.executable, "-I", EXAMPLE], capture_output=True, text=True, check=True)
    assert 2 == len(json.loads(ran.stdout)["entries"])
    assert not re.findall(r"^\s*(?:from|import) (?:crypto|sync|forms|backend)\b", EXAMPLE.read_text(), re.M)


def test_ids_are_the_products(made: dict[str, Any]) -> None:
    device, record = made["device"], made["record"]
    assert device_id(device.signing_public, device.sealing_public) == device.id
    assert RecordKeys(record.record_key).commitment == record.key
    assert record_id(device.id, record.key) == record.id


def test_the_server_takes_what_it_pushes(made: dict[str, Any]) -> None:
    request, items = pushed(made)
    check_request(request, int(made["headers"]["Veldpost-Time"]))
    assert made["hashes"] == [item.hash for item in items]
    decided = decide_push(items, Place(0, bytes(32)), lambda _seq: None, request.head)
    assert (items, Place(2, made["hashes"][1]), None) == (decided.fresh, decided.tail, decided.fork)
    headers = made["headers"]
    asked = Asked("POST", made["path"], {name.lower(): value for name, value in headers.items()})
    claim = claim_of(asked, request.sent)
    assert (made["device"].id, request.sent) == (claim.device, claim.time_ms)
    fields = request_fields(*asked[:2], sha256(made["body"]).digest(), claim.time_ms, asked.headers)
    VerifyKey(made["device"].signing_public).verify(claim.sig, "request", *fields)


def test_a_reader_opens_what_it_wrote(made: dict[str, Any]) -> None:
    author, keys = VerifyKey(made["device"].signing_public), RecordKeys(made["record"].record_key)
    for item, said in zip(pushed(made)[1], made["said"], strict=True):
        assert item.header == parse_header(item.entry.header)
        assert Plaintext(*said) == open_entry(sealed_of(item), author, keys)


def test_a_reader_refuses_it_once_a_byte_was_changed(made: dict[str, Any]) -> None:
    author, keys = VerifyKey(made["device"].signing_public), RecordKeys(made["record"].record_key)
    whole = sealed_of(pushed(made)[1][0])
    changed = whole.body[:-1] + bytes([whole.body[-1] ^ 1])
    with pytest.raises(CryptoError):
        open_entry(whole._replace(body=changed), author, keys)
    entry = [*made["entries"][0]]
    entry[2] = changed
    with pytest.raises(InvalidSignature):
        example().check_entry(entry, made["device"].signing_public, made["record"].record_key, bytes(32))


def test_the_municipality_opens_its_epoch_and_wrap(made: dict[str, Any]) -> None:
    request, _ = pushed(made)
    epoch, town = request.epochs[0], SealingKey.from_seed(made["town_keys"].sealing_seed)
    key = open_epoch(
        town,
        made["town"],
        made["device"].id,
        epoch.id,
        epoch.suite,
        epoch.sealed,
        minimum_suite=SUITE_XWING,
    )
    wrap = request.entries[0].wraps[0]
    parts = (wrap.record, wrap.key, wrap.epoch, wrap.nonce, wrap.wrapped)
    assert made["record"].record_key == unwrap(key, made["town"], parts)


def test_the_spec_lists_every_fact_with_its_fields_in_order() -> None:
    spec = (DOCS.parent / "sync" / "SPEC.md").read_text()
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (municipality[^|]*(?:\\\|[^|]*)*) \|", spec, re.M))
    plain = {
        tag: [re.split(r"[ \\]", field)[0] for field in row.split(", ") if field != "1)"] for tag, row in rows.items()
    }
    for kind in Fact.__args__:
        names = [field.name for field in msgspec.structs.fields(kind)][:-1]
        assert names == plain[str(kind.__struct_config__.tag)]
