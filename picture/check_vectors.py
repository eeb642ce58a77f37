"""Checking vectors `entries -> picture`, so that makers of other devices can test too (SPEC.md section 11)."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, Final

import msgspec

from forms.definition.document import Form, load_form
from picture.drawing import draw
from picture.parts import Picture
from picture.reading import Around, Aside, Failed, Opened, Reading, today_of_draft
from picture.sheets import Sheets
from sync.admission import BeyondReach
from sync.check_vectors import first_difference
from sync.entry import SHORT_HASH, Seen, header_of, record_id
from sync.factbook import FactBook
from sync.facts import DESK, WORKER, Assignment, Certificate, Hole, Revocation, Withdrawal
from sync.merge import EMPTY, Arrival, fold

TOWN: Final = "GM9901"
KEY: Final = b"k" * 16
RECORD: Final = record_id(b"a" * 16, KEY)
Row = Mapping[str, Any]


def today_difference(row: Mapping[str, Any]) -> str | None:
    """The day that a draft looks at."""
    found = today_of_draft(row["device_ms"], row["offset_ms"])
    return None if found == row["today"] else f"{row['name']}.today: expected {row['today']!r}, found {found!r}"


def picture_difference(document: Mapping[str, Any]) -> str | None:
    """The first row whose picture we draw otherwise than is published, with the member that differs."""
    forms = forms_of(document["forms"])
    for row in document["rows"]:
        found = first_difference(row["name"], row["picture"], published(drawn(row, forms), row))
        if found is not None:
            return found
    return None


def forms_of(documents: Iterable[Any]) -> dict[tuple[str, int], Form]:
    """The published forms of a vector file, by name and version."""
    forms = [load_form(msgspec.json.encode(document)) for document in documents]
    return {(form.slug, form.version): form for form in forms}


def drawn(row: Row, forms: Mapping[tuple[str, int], Form]) -> Picture:
    """The picture of a row's entries."""
    newest = {slug: max(version for name, version in forms if name == slug) for slug, _ in forms}
    sheets = Sheets(lambda slug, version: forms.get((slug, version)), lambda slug: newest.get(slug, 0))
    return draw(reading_of(row), Around(TOWN, sheets, book_of(row.get("facts", {}))))


def published(picture: Picture, row: Row) -> dict[str, Any]:
    """A picture as the vectors write it: entries by their names, findings as code and path."""
    names = {sha256(entry["name"].encode()).hexdigest(): entry["name"] for entry in row["entries"]}
    plain = msgspec.to_builtins(picture)
    if picture.findings:
        plain["findings"] = [[finding.code, finding.path] for finding in picture.findings]
    del plain["record"]
    named: dict[str, Any] = _named(plain, names)
    return named


def _named(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _named(member, names) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [_named(member, names) for member in value]
    return names.get(value, value) if isinstance(value, str) else value


def reading_of(row: Row) -> Reading:
    """The opened record that the entries of a row make."""
    book = book_of(row.get("facts", {}))
    by: dict[str, list[tuple[Arrival, Row]]] = {}
    for entry in row["entries"]:
        by.setdefault(entry.get("as", "counts").partition(" ")[0], []).append((_arrival(entry), entry))
    readable = row.get("readable", True)
    counted = [*by.get("counts", ()), *((a, e) for a, e in by.get("bodiless", ()) if not readable)]
    opened = tuple(Opened(a, e["form"], e["version"], e.get("answers", {})) for a, e in by.get("counts", ()))
    aside = [*by.get("revoked", ()), *by.get("forked", ())]
    held = [(a.hash, a.header.device, e["as"].partition(" ")[2]) for a, e in by.get("held", ())]
    held += [(a.hash, a.header.device, "revoked") for a, _ in by.get("revoked", ())]
    return Reading(
        RECORD,
        (lambda path: sha256(path.encode()).digest()[:8]) if readable else None,
        fold(EMPTY, (arrival for arrival, _ in counted), BeyondReach(book)),
        opened if readable else (),
        tuple(Failed(a.hash, a.header.device, e["as"].partition(" ")[2]) for a, e in by.get("failed", ())),
        tuple(held),
        tuple((a.hash, a.header.device) for a, _ in by.get("bodiless", ())),
        tuple(Aside(a, e["as"].partition(" ")[0], e.get("answers")) for a, e in aside),
    )


def _arrival(entry: Row) -> Arrival:
    name, touches = entry["name"], sorted(sha256(path.encode()).digest()[:8] for path in entry.get("answers", {}))
    observed = tuple(
        Seen(_device(seen), _seq(seen), sha256(seen.encode()).digest()[:SHORT_HASH])
        for seen in entry.get("observed", ())
    )
    source = sha256(entry["from"].encode()).digest() if "from" in entry else None
    act = entry.get("act", "write")
    touched = tuple(touches) if act == "write" else ()
    header = header_of(
        TOWN, _device(name), _seq(name), entry["at_ms"] << 16, RECORD, KEY, act, observed, touched, source
    )
    return Arrival(header, sha256(name.encode()).digest(), entry.get("received"))


def _device(name: str) -> bytes:
    return name[:1].encode() * 16


def _seq(name: str) -> int:
    return int(name[1:].rstrip("'"))


def book_of(facts: Row) -> FactBook:
    """The facts of a row; without any, four workers and the office have one device each."""
    book = FactBook()
    devices = facts.get("devices", {"a": "werker-a", "b": "werker-b", "c": "werker-c", "d": "kantoor"})
    for letter, worker in devices.items():
        old = facts.get("succeeds", {}).get(letter)
        role, device = DESK if worker == "kantoor" else WORKER, _device(letter)
        succeeds = None if old is None else _device(old)
        book.add(Certificate(TOWN, device, worker, role, 1, device, device, 0, 1, succeeds))
    for letter, last in facts.get("revoked", {}).items():
        book.add(Revocation(TOWN, _device(letter), last, bytes(32), 0, 1))
    for letter, first, last in facts.get("holes", ()):
        book.add(Hole(TOWN, _device(letter), first, last, bytes(32), 1))
    for kind, worker, at_ms in facts.get("said", ()):
        book.add((Withdrawal if kind == "withdrawal" else Assignment)(TOWN, RECORD, worker, at_ms))
    return book
