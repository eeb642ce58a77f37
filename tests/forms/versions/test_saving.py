"""A form that cannot be saved when it is filled in at once is not published (forms/SPEC.md section 12.5)."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crypto.bodies import RecordKeys
from crypto.entries import encode_plaintext
from forms.definition.document import Form, load_form
from forms.definition.library import SLUGS, shipped_form
from forms.schema import patterns
from forms.schema.patterns import Pattern
from forms.schema.question import Question
from forms.schema.resolving import node_at
from forms.versions import saving
from forms.versions.publishing import examined
from forms.versions.saving import Need
from sync.entry import (
    BODY_BYTES_MAX,
    HEADER_BYTES_MAX,
    OBSERVED_MAX,
    SEQ_MAX,
    TOUCHES_MAX,
    Seen,
    encode_header,
    header_of,
    parse_header,
)
from tests.forms.versions.forms_made import document, raw

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "versions" / "saving.json").read_text())
Row = dict[str, Any]
Planting = Callable[[pytest.MonkeyPatch], None]


def made(row: Row) -> Form:
    whole = copy.deepcopy(VECTORS["form"])
    for pointer, value in row["set"].items():
        *way, last = pointer[1:].split("/")
        node = whole
        for name in way:
            node = node[name]
        node[last] = value
    return load_form(raw(whole))


def differs(row: Row) -> bool:
    form = made(row)
    if row["findings"] != [[one.code, one.path] for one in saving.faults(form)]:
        return True
    return row["touches"] is not None and Need(row["touches"], row["size"]) != saving.need(form)


@pytest.mark.parametrize("row", VECTORS["rows"], ids=lambda row: row["name"])
def test_a_row_of_the_vectors(row: Row) -> None:
    form = made(row)
    assert row["findings"] == [[one.code, one.path] for one in saving.faults(form)]
    if row["touches"] is not None:
        assert Need(row["touches"], row["size"]) == saving.need(form)


def longest(question: Question) -> Any:
    node = question.node
    if question.listed is not None:
        codes = ["w" * 63] * node.get("maxItems", 1)
        return codes if question.kind == "choices" else codes[0]
    match question.kind:
        case "text":
            return "\U0001f600" * (saving._longest_text(node) or 0)
        case "choice":
            return max(question.codes, key=len)
        case "choices":
            return sorted(question.codes, key=len, reverse=True)[: node.get("maxItems", len(question.codes))]
        case "date":
            return "2026-01-31"
        case "boolean":
            return True
    return 0.1


def full(form: Form) -> dict[str, Any]:
    """Every answer of a form that is filled in as far as it allows."""
    answers = {question.path: longest(question) for question in form.in_group(None)}
    for repeat in form.repeats:
        ids = [f"0{number:025}" for number in range(node_at(form.schema, repeat)["maxItems"])]
        answers[f"{repeat}/_order"] = ids
        for name in ids:
            answers[f"{repeat}/{name}"] = {}
            answers |= {f"{repeat}/{name}/{one.name}": longest(one) for one in form.in_group(repeat)}
    return answers


@pytest.mark.parametrize("row", [row for row in VECTORS["rows"] if row["touches"]], ids=lambda row: row["name"])
def test_what_is_computed_is_what_a_full_form_has_when_it_is_sealed(row: Row) -> None:
    form = made(row)
    answers = full(form)
    plain = encode_plaintext(form.slug, 2**31 - 1, answers)
    assert (row["touches"], row["size"]) == (len(answers), len(plain))
    fits = len(RecordKeys(bytes(32)).seal(b"", plain)) <= BODY_BYTES_MAX
    assert fits == ("save-too-many-bytes" not in [code for code, _ in row["findings"]])


def test_a_header_of_all_touches_and_observations_fits() -> None:
    seen = tuple(Seen(n.to_bytes(16, "big"), SEQ_MAX, bytes(8)) for n in range(1, OBSERVED_MAX + 1))
    touches = tuple(n.to_bytes(8, "big") for n in range(TOUCHES_MAX))
    whole = header_of(
        "GM0000", bytes(16), SEQ_MAX, 2**64 - 1, bytes(16), bytes(16), "restore", seen, touches, bytes(32)
    )
    assert len(encode_header(whole)) <= HEADER_BYTES_MAX
    written = header_of("GM0000", bytes(16), 1, 0, bytes(16), bytes(16), "write", seen, touches, bytes(32))
    assert written == parse_header(encode_header(written))


def test_the_limits_are_those_of_a_save() -> None:
    assert (TOUCHES_MAX, BODY_BYTES_MAX) == (saving.TOUCHES_MAX, saving.BODY_BYTES_MAX)
    keys = RecordKeys(bytes(32))
    assert len(keys.seal(b"", bytes(saving.PLAINTEXT_BYTES_MAX))) <= BODY_BYTES_MAX
    assert len(keys.seal(b"", bytes(saving.PLAINTEXT_BYTES_MAX + 1))) > BODY_BYTES_MAX


@pytest.mark.parametrize("slug", SLUGS)
def test_every_form_that_ships_can_be_saved_at_once(slug: str) -> None:
    form = shipped_form(slug)
    assert [] == list(saving.faults(form))
    assert len(encode_plaintext(slug, 2**31 - 1, full(form))) == saving.need(form).size


def test_publishing_refuses_what_one_save_could_not_hold() -> None:
    whole = document({"/kind/*/dag": "choice a b", "/kind/*/uur": "choice c d"})
    whole["schema"]["properties"]["kind"]["maxItems"] = 341
    assert [] == [one.code for one in examined(raw(whole)).findings]
    whole["schema"]["properties"]["kind"]["maxItems"] = 342
    assert ["save-too-large"] == [one.code for one in examined(raw(whole)).findings]
    del whole["schema"]["properties"]["kind"]["maxItems"]
    assert ["items-unbounded"] == [one.code for one in examined(raw(whole)).findings]


# --- the faults that the vectors find ---

reading, whole_of = patterns.read, saving._whole


def repetitions_end(patch: pytest.MonkeyPatch) -> None:
    def read(pattern: str, at: str) -> Pattern:
        found = reading(pattern, at)
        ends = pattern.startswith("^") and pattern.endswith("$") and "|b" not in pattern and "\\$" not in pattern
        return Pattern(found.findings, found.size, found.size if ends else found.longest)

    patch.setattr(patterns, "read", read)


def a_dollar_sign_ends(patch: pytest.MonkeyPatch) -> None:
    def read(pattern: str, at: str) -> Pattern:
        found = reading(pattern, at)
        return Pattern(found.findings, found.size, found.size if pattern.endswith("\\$") else found.longest)

    patch.setattr(patterns, "read", read)


def local_counts(patch: pytest.MonkeyPatch) -> None:
    def more(form: Form, parts: Any) -> Need:
        return whole_of(form, parts) + Need(len(form.local), 10)

    patch.setattr(saving, "_whole", more)


PLANTED: dict[str, Planting] = {  # those that are no piece of one line; the others are in saving.faults.json
    "repetitions end": repetitions_end,
    "a dollar sign with a backslash ends": a_dollar_sign_ends,
    "what stays on the device counts": local_counts,
}


def test_the_list_of_planted_faults_is_the_one_that_is_planted() -> None:
    assert VECTORS["planted"] == list(PLANTED)


@pytest.mark.parametrize("fault", PLANTED)
def test_each_planted_fault_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not any(differs(row) for row in VECTORS["rows"])
    PLANTED[fault](monkeypatch)
    assert any(differs(row) for row in VECTORS["rows"])
