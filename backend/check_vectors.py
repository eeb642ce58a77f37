"""Checking vector files of the published format, for the makers of other devices (docs/makers.md).

Each step compares what a vector publishes with what we compute or open, in the order in which a reader would; the
first difference is named. A malformed file is a difference too, never a stack trace.
"""

import json
import re
import traceback
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from backend.check_proofs import enrolment_difference, opening_difference, receipt_difference, requests_difference
from backend.signing import is_genuine
from crypto.bodies import RecordKeys
from crypto.check_vectors import attachments_difference, vault_difference
from crypto.entries import Plaintext, Sealed, open_entry
from crypto.epochs import open_epoch, unwrap
from crypto.errors import CryptoError
from crypto.grants import open_grant
from crypto.keys import SUITE_XWING, SealingKey, VerifyKey, record_commitment, record_id
from forms import check_vectors as forms_tables
from forms.errors import FormsError
from picture.check_vectors import picture_difference, today_difference
from sync.authority import signer_of
from sync.check_acts import acting_difference, enrolling_difference, uploading_difference
from sync.check_device import device_difference
from sync.check_tables import (
    chain_difference,
    clock_difference,
    hand_in_difference,
    header_difference,
    life_difference,
    limit_difference,
    push_difference,
    taking_in_difference,
    upload_difference,
)
from sync.check_vectors import book_of, delivery_difference, grants_difference, merge_difference, proofs_difference
from sync.entry import entry_hash, parse_header
from sync.errors import SyncError
from sync.facts import decode_fact

Vector = Mapping[str, Any]
_bytes: Final = bytes.fromhex
_READ: Final = re.compile(r"\[\"(\w+)\"\]")  # a member, where a line of a check reads it


def difference(kind: str, document: Any, folder: Path | None = None) -> str | None:
    """The first difference in a vector file, with the row and the member where it is; nothing when all agree.

    `folder` is where the file lies: some files lean on others beside them.
    """
    if kind in forms_tables.CHECKS:
        return _checked(lambda whole: forms_tables.difference(kind, whole), _with_forms(kind, document, folder))
    if kind in _WHOLE:
        return _checked(_WHOLE[kind], document)
    if not isinstance(document, list) or not document:
        return "the file holds no list of vectors"
    for number, vector in enumerate(document):
        found = _checked(_CHECKS[kind], vector)
        if found is not None:
            return f"vector {number}: {found}"
    return None


def _with_forms(kind: str, document: Any, folder: Path | None) -> Any:
    """A file of rows with the form documents that lie beside it."""
    if folder is None or not isinstance(document, list):
        return document
    if kind == "validation":
        return {"rows": document, "forms": {path.stem: path.read_bytes() for path in (folder / "forms").glob("*.json")}}
    if kind in ("hidden", "faults"):
        return {"rows": document, "form": json.loads((folder / "seen.json").read_bytes())["form"]}
    return document


def _checked(check: Callable[[Any], str | None], vector: Any) -> str | None:
    try:
        return check(vector)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        return f"it is malformed: {_fault(error)}"
    except (CryptoError, SyncError, FormsError) as error:
        return str(error)


def _fault(error: Exception) -> str:
    """The fault of a malformed file: the member that is missing, or at whose reading the check broke off."""
    if isinstance(error, KeyError) and error.args and isinstance(error.args[0], str):
        return f"the member `{error.args[0]}` is missing"
    lines = (_READ.findall(line.line or "") for line in reversed(traceback.extract_tb(error.__traceback__)))
    read, said = next(filter(None, lines), []), f"{type(error).__name__} {error}"
    return f"the member {' or '.join(f'`{name}`' for name in read)} is not of its kind ({said})" if read else said


def entry_difference(vector: Vector) -> str | None:
    """The first step of a sealed journal at which we differ from what is published."""
    last = "the seeds"
    try:
        for step, published, ours in _steps(vector):
            if published != ours:
                return f"{step}: published {_brief(published)}, here {_brief(ours)}"
            last = step
    except (CryptoError, SyncError) as error:
        return f"after {last}: {error}"
    return None


def _steps(vector: Vector) -> Iterator[tuple[str, Any, Any]]:
    town = SealingKey.from_seed(_bytes(vector["municipality_seed"]))
    device = SealingKey.from_seed(_bytes(vector["device_sealing_seed"]))
    yield "municipality_public", vector["municipality_public"], town.public.hex()
    yield "municipality_key_id", vector["municipality_key_id"], town.key_id.hex()
    yield "device_sealing_public", vector["device_sealing_public"], device.public.hex()
    yield "key", vector["key"], record_commitment(_bytes(vector["record_key"])).hex()
    yield "record", vector["record"], record_id(_bytes(vector["device"]), _bytes(vector["key"])).hex()
    code, (epoch, _, suite, sealed) = vector["municipality"], vector["epoch"]
    epoch_key = open_epoch(
        town, code, _bytes(vector["device"]), _bytes(epoch), suite, _bytes(sealed), minimum_suite=SUITE_XWING
    )
    yield "epoch_key", vector["epoch_key"], epoch_key.reveal().hex()
    record, key, id_, nonce, wrapped = (_bytes(part) for part in vector["wrap"])
    yield "wrap", vector["record_key"], unwrap(epoch_key, code, (record, key, id_, nonce, wrapped)).hex()
    yield "grant", vector["record_key"], _granted(vector, device).hex()
    yield from _entries(vector)


def _granted(vector: Vector, device: SealingKey) -> bytes:
    grant = vector["grant"]
    return open_grant(
        device,
        vector["municipality"],
        _bytes(grant["record"]),
        _bytes(grant["key"]),
        _bytes(grant["to"]),
        grant["suite"],
        _bytes(grant["sealed"]),
        minimum_suite=SUITE_XWING,
    )


def _entries(vector: Vector) -> Iterator[tuple[str, Any, Any]]:
    keys, author = RecordKeys(_bytes(vector["record_key"])), VerifyKey(_bytes(vector["device_signing_public"]))
    prev = bytes(32).hex()
    for number, entry in enumerate(vector["entries"], 1):
        raw, body = _bytes(entry["header"]), _bytes(entry["body"])
        header = parse_header(raw)
        yield f"entry {number} prev", entry["prev"], prev
        hash_ = entry_hash(_bytes(prev), raw, sha256(body).digest())
        yield f"entry {number} hash", entry["hash"], hash_.hex()
        yield f"entry {number} act", entry["act"], header.act
        sealed = Sealed(raw, body, hash_, _bytes(entry["sig"]), header.key, header.touches)
        said = Plaintext(entry["form"], entry["form_version"], entry["answers"])
        yield f"entry {number} answers", said, open_entry(sealed, author, keys)
        touches = {path: keys.touch(path).hex() for path in entry["answers"]}
        yield f"entry {number} touches", entry["touches"], touches
        prev = hash_.hex()


def facts_difference(vector: Vector) -> str | None:
    """The first fact whose signer, or whose signature, we judge otherwise than is published."""
    book = book_of(decode_fact(_bytes(raw)) for raw in (vector["keys"], *vector["certificates"]))
    for row in vector["facts"]:
        fact = decode_fact(_bytes(row["fact"]))
        signer = signer_of(fact, book)
        found = {"signer": signer.hex() if isinstance(signer, bytes) else signer, "genuine": is_genuine(fact, book)}
        for member, value in found.items():
            if row[member] != value:
                return f"{row['name']}.{member}: published {row[member]!r}, here {value!r}"
    return None


def _brief(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 80 else text[:77] + "…"


_CHECKS: Final[dict[str, Callable[[Vector], str | None]]] = {
    "merge": merge_difference,
    "entry": entry_difference,
    "facts": facts_difference,
    "grants": grants_difference,
    "delivery": delivery_difference,
    "proofs": proofs_difference,
    "headers": header_difference,
    "chains": chain_difference,
    "push": push_difference,
    "life": life_difference,
    "limits": limit_difference,
    "handin": hand_in_difference,
    "taking_in": taking_in_difference,
    "uploads": upload_difference,
    "acting": acting_difference,
    "enrolling": enrolling_difference,
    "uploading": uploading_difference,
    "opening": opening_difference,
    "vault": vault_difference,
    "receipts": receipt_difference,
    "today": today_difference,
}
_WHOLE: Final[dict[str, Callable[[Any], str | None]]] = {
    "picture": picture_difference,
    "attachments": attachments_difference,
    "clock": clock_difference,
    "device": device_difference,
    "requests": requests_difference,
    "enrolment": enrolment_difference,
}
KINDS: Final = (*_CHECKS, *_WHOLE, *forms_tables.CHECKS)
