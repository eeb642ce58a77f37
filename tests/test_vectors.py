"""Every file of vectors is read by `veldpost check-vectors`, and finds the faults that its list names."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.check_vectors import KINDS, difference
from forms.definition.document import load_form
from tests.planting import VECTORS, clear_caches, names_of, plant, rows_of
from tests.vector_faults import FAULTS

FILES = sorted(
    path for path in VECTORS.rglob("*.json")
    if not path.name.endswith(".faults.json") and path.parent != VECTORS / "forms" / "forms"
)  # fmt: skip
EXPECTED = (
    "expect", "expected", "error", "refused", "restored", "genuine", "state", "seen", "withheld", "travelling", "moved",
    "findings", "filled", "writers", "sent", "document", "names", "mac", "picture", "opened", "hash", "resolved",
    "tree", "today", "said",
    "code", "touches", "bytes", "size", "fits", "key", "taken", "proven",
)  # fmt: skip
PLANTED = [(file, fault) for file, faults in FAULTS.items() for fault in faults]


def kind_of(path: Path) -> str:
    return "expressions" if path.parent.name == "expressions" else path.stem


def read(path: Path) -> Any:
    return json.loads(path.read_bytes())


def rows_in(document: Any) -> list[Any]:
    """The rows of a file, whatever holds them."""
    if isinstance(document, list):
        inner: list[Any] = document[0]["facts"] if "certificates" in document[0] else document
        return inner
    names = ("cases", "rows", "requests", "answers", "sealed", "learn", "next")
    return next(document[name] for name in names if isinstance(document.get(name), list))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(VECTORS)))
def test_check_vectors_reads_every_file_without_a_difference(path: Path) -> None:
    assert kind_of(path) in KINDS
    assert difference(kind_of(path), read(path), path.parent) is None


def forms_in(document: Any) -> Iterator[dict[str, Any]]:
    """The form documents in a file of vectors, wherever they stand."""
    if isinstance(document, dict):
        if {"schema", "layout"} <= set(document):
            yield document
        for member in document.values():
            yield from forms_in(member)
    elif isinstance(document, list):
        for member in document:
            yield from forms_in(member)


def test_every_form_of_a_vector_carries_the_trees_of_its_expressions() -> None:
    """A device reads no texts of expressions, so a form without its trees would be no vector for it."""
    carried = 0
    for path in sorted(VECTORS.rglob("*.json")):
        for form in forms_in(read(path)):
            trees = form.get("trees", {})
            assert set(load_form(json.dumps(form).encode()).logic.trees) == set(trees), path
            carried += bool(trees)
    assert carried > 5


def otherwise(value: Any) -> Any:
    """Something else of the same kind."""
    if isinstance(value, dict):
        name = next(iter(value), "x")
        return {**value, name: otherwise(value[name]) if name in value else 1}
    if isinstance(value, list):
        return [*value, "x"]
    return not value if isinstance(value, bool) else f"{value}x" if isinstance(value, str) else [value]


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.stem not in ("clock", "attachments")],
    ids=lambda path: str(path.relative_to(VECTORS)),
)  # fmt: skip
def test_a_row_that_expects_something_else_is_a_difference(path: Path) -> None:
    document = read(path)
    row = copy.deepcopy(rows_in(document)[0])
    member = next(name for name in EXPECTED if name in row)
    rows_in(document)[0] = {**row, member: otherwise(row[member])}
    found = difference(kind_of(path), document, path.parent) or ""
    assert str(row.get("name") or row.get("why") or row.get("text") or " 0") in found
    assert member in found or "expected" in found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("nonsense", [[], {}, [{}], [1], {"rows": [{}]}, {"cases": [{}]}, "", None, 3])
def test_nonsense_is_a_difference_and_no_stack_trace(kind: str, nonsense: Any) -> None:
    assert difference(kind, nonsense) is not None


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        ("entry", lambda vector: vector.pop("grant"), "vector 0: it is malformed: the member `grant` is missing"),
        ("entry", lambda vector: vector.update(wrap=5), "the member `wrap` is not of its kind (TypeError"),
        (
            "entry",
            lambda vector: vector.update(record_key="zz"),
            "the member `key` or `record_key` is not of its kind (ValueError",
        ),
        ("merge", lambda vector: vector.pop("facts"), "the member `facts` is missing"),
        ("sync/grants", lambda vector: vector.pop("devices"), "the member `devices` is missing"),
    ],
)
def test_a_malformed_file_is_told_by_its_member(file: str, change: Callable[[Any], object], said: str) -> None:
    document = read(VECTORS / f"{file}.json")
    change(rows_in(document)[0])
    assert said in (difference(kind_of(VECTORS / f"{file}.json"), document) or "")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(VECTORS)))
def test_a_list_of_planted_faults_is_beside_every_file(path: Path) -> None:
    assert len(names_of(str(path.relative_to(VECTORS).with_suffix(".faults.json")))) >= 3


@pytest.mark.parametrize("file", FAULTS)
def test_the_list_beside_a_file_is_the_list_that_is_planted(file: str) -> None:
    assert names_of(f"{file}.faults.json") == list(FAULTS[file])


@pytest.mark.parametrize(("file", "fault"), PLANTED)
def test_a_planted_fault_is_found_and_its_row_named(file: str, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = VECTORS / f"{file}.json"
    document = read(path)
    if file == "merge":
        document = [row for row in document if "name" in row]  # those that were made for it
    clear_caches()
    plant(FAULTS[file][fault], monkeypatch)
    try:
        found = difference(kind_of(path), document, path.parent)
    finally:
        clear_caches()
    assert found is not None and rows_of(f"{file}.faults.json")[fault] in found
    assert "it is malformed" not in found
