"""Forms that were made to hurt, or by accident: a finding that says what to do, never an exception, within a second.

Times are printed (`-s`) and not judged, for a machine may be busy: what bounds them are the limits, and those are held.
"""

import copy
import json
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms import findings
from forms.definition import inspection, shape
from forms.definition.document import faults, load_form
from forms.definition.library import SLUGS, shipped_raw
from forms.errors import UnusableForm
from forms.expressions import tree
from forms.expressions.checking import SUGGESTIONS_MAX
from forms.schema import reading
from forms.schema.questions import CHOICES_MAX, QUESTIONS_MAX
from forms.versions.publishing import published_bytes
from tests.forms.form_samples import (
    TEXT,
    Form,
    checks,
    choice,
    computed,
    form,
    many,
    questions,
    with_definitions,
    words,
)
from tests.strength import tries

HUGE = "9" * 400
ALL = many(QUESTIONS_MAX)
CODES = [f"c{place}" for place in range(CHOICES_MAX)]


def raw(document: Any) -> bytes:
    return json.dumps(document).encode()


def codes(document: bytes) -> list[str]:
    started = time.process_time()
    found = faults(document)
    spent = time.process_time() - started
    sys.stdout.write(f"{spent:.3f} CPU s for {len(document)} bytes, {len(found)} findings\n")
    assert len(found) <= findings.FINDINGS_MAX + 1
    return sorted({one.code for one in found})


def branching(width: int, **beside: Any) -> Form:
    """A definition that refers to itself so many times: its paths are more than the atoms of the world."""
    own = {f"x{place}": {"$ref": "#/$defs/d"} for place in range(width)}
    return with_definitions({"d": {"type": "object", "properties": own, **beside}})


def chain(count: int, first: str) -> Form:
    texts = {f"/c{place}": f"c{place - 1} + 1" if place else first for place in range(count)}
    return computed(form(), texts)


BYTES: dict[str, tuple[bytes, list[str]]] = {
    "nothing at all": (b"", ["not-json"]),
    "half a document": (raw(form())[:-9], ["not-json"]),
    "UTF-16": (json.dumps(form()).encode("utf-16"), ["not-utf8"]),
    "UTF-8 with a mark before it": (b"\xef\xbb\xbf" + raw(form()), ["not-utf8"]),
    "Latin-1": ('{"purpose": "één"}'.encode("latin-1"), ["not-utf8"]),
    "NaN": (raw(form(version=float("nan"))), ["not-a-number"]),
    "Infinity": (raw(form({"type": "number", "minimum": float("-inf")})), ["not-a-number"]),
    "a list in a list, for ever": (b"[" * 200_000, ["form-too-deep"]),
    "as deep as its length allows": (b"[" * 5_000 + b"]" * 5_000, ["form-too-deep"]),
    "deep objects": (b'{"a":' * 900 + b"1" + b"}" * 900, ["form-too-deep"]),
    "as deep as fits": (raw(form(trees={"/x": json.loads("[" * 62 + "]" * 62)})), ["trees-differ"]),
    "deeper than fits": (raw(form(trees={"/x": json.loads("[" * 63 + "]" * 63)})), ["form-too-deep"]),
    "names twice": (b'{"a": 1, "b": {"c": 1, "c": 2}, "a": 3}', ["duplicate-name"]),
    "every name twice": (b"[" + b'{"a":1,"a":2},' * 9_000 + b"1]", ["duplicate-name", "more-findings"]),
    "half a character": (raw(form(purpose="\ud800")), ["bad-character"]),
    "half a character in a name": (raw({**form(), "\udfff": 1}), ["bad-character"]),
    "half a character in a code": (raw(choice(["\ud83d"])), ["bad-character"]),
    "a character that ends texts": (raw(form(legal_basis="Jeugdwet\0")), ["bad-character"]),
    "a whole character of two halves": (raw(form(purpose="\U0001f600 en\n\teen regel")), []),
    "a number with a million digits": (b'{"version": ' + b"9" * 500_000 + b"}", ["number-too-large"]),
    "a number beyond every double": (raw(form()).replace(b'"version": 1', b'"version": 1e400'), ["number-too-large"]),
    "a list of a hundred thousand": (raw({"layout": [1] * 100_000}), ["too-many-parts"]),
    "larger than fits": (b" " * (reading.FORM_BYTES_MAX + 1), ["form-too-large"]),
    **{f"only {text}": (text.encode(), ["wrong-member"]) for text in ("[]", "1", "null", '"x"', "true")},
}

ELSEWHERE: Form = {"a/b": {"type": "integer"}, "ab": {"type": "integer"}, "a": {"b": {"type": "integer"}}}

DOCUMENTS: dict[str, tuple[Callable[[], Form], list[str]]] = {
    # numbers
    "a whole number beyond every double": (
        lambda: form({"type": "integer", "maximum": int(HUGE)}),
        ["number-too-large"],
    ),
    "a length beyond every double": (lambda: form({"type": "string", "maxLength": 10**30}), ["number-too-large"]),
    "a version that nobody can sign": (lambda: form(version=1.0), ["wrong-member"]),
    "a version that no database holds": (lambda: form(version=2**31), ["wrong-member"]),
    "a step of nearly nothing": (lambda: form({"type": "number", "multipleOf": 1e-300}), ["step-too-small"]),
    "the smallest step": (lambda: form({"type": "number", "multipleOf": 1e-9}), []),
    "a step of nothing": (lambda: form({"type": "number", "multipleOf": 0}), ["schema-invalid"]),
    "limits the wrong way round": (lambda: form({"type": "string", "minLength": 9, "maxLength": 3}), ["nothing-fits"]),
    # sizes
    "as many questions as fit": (lambda: questions(ALL), []),
    "a question too many": (lambda: questions([*ALL, "z"]), ["too-many-questions"]),
    "computed fields count too": (lambda: computed(questions(ALL), {"/z": "1"}), ["too-many-questions"]),
    "as many choices as fit": (lambda: choice(CODES), []),
    "a choice too many": (lambda: choice([*CODES, "z"]), ["too-many-choices"]),
    "ten thousand choices": (lambda: choice([f"c{place}" for place in range(10_000)]), ["too-many-choices"]),
    "as many checks as fit": (lambda: form(checks=checks("a != null") * inspection.CHECKS_MAX), []),
    "a check too many": (lambda: form(checks=checks("a != null") * (inspection.CHECKS_MAX + 1)), ["too-many-checks"]),
    "large checks": (lambda: form(checks=checks("a == null or " * 99 + "a != null") * 300), ["expressions-too-large"]),
    "a long layout": (
        lambda: form(layout=[{"section": {"nl": "Een"}, "fields": ["/a"] * 40_000}]),
        ["layout-twice", "more-findings"],
    ),
    "everything unreachable": (
        lambda: {**questions(ALL), "layout": form()["layout"]},
        ["layout-no-leaf", "more-findings", "unreachable"],
    ),
    "many fields of nothing": (
        lambda: form(fields={f"/z{n}": {} for n in range(20_000)}),
        ["field-no-leaf", "more-findings"],
    ),
    "a sentence of a page": (lambda: form(purpose="x" * shape.TEXT_MAX), []),
    "a sentence of a book": (lambda: form(purpose="x" * 300_000), ["text-too-long"]),
    # references
    "a reference to elsewhere": (lambda: form({"$ref": "https://voorbeeld.example/x"}), ["broken-ref", "remote-ref"]),
    "a reference to a file": (lambda: form({"$ref": "file:///etc/passwd"}), ["broken-ref", "remote-ref"]),
    "elsewhere, where nobody looks": (
        lambda: with_definitions({"d": {"type": "string"}, "e": {"$ref": "//x/y"}}),
        ["remote-ref"],
    ),
    "a broken address where nobody looks": (
        lambda: with_definitions({"d": {"type": "string"}, "e": {"$id": "::::"}}),
        ["schema-invalid"],
    ),
    "another dialect where nobody looks": (
        lambda: with_definitions(
            {"d": TEXT, "e": {"$schema": "http://json-schema.org/draft-04/schema#", "exclusiveMinimum": 1}}
        ),
        [],
    ),
    "another dialect": (lambda: {**form(), "schema": {"$schema": "urn:x", **form()["schema"]}}, ["schema-invalid"]),
    "a circle of one": (lambda: with_definitions({"d": {"$ref": "#/$defs/d"}}), ["broken-ref"]),
    "a circle of two": (
        lambda: with_definitions({"d": {"$ref": "#/$defs/e"}, "e": {"$ref": "#/$defs/d"}}),
        ["broken-ref"],
    ),
    "a chain of a thousand": (
        lambda: with_definitions({"d" if n == 0 else f"d{n}": {"$ref": f"#/$defs/d{n + 1}"} for n in range(1_000)}),
        ["broken-ref"],
    ),
    **{
        f"a reference spelled {spelled!r}, which readers follow to different places": (
            partial(with_definitions, {spelled: TEXT, **ELSEWHERE}, {"$ref": f"#/$defs/{spelled}"}),
            ["broken-ref"],
        )
        for spelled in ("a~1b", "a%62", "a/b", "")
    },
    "a reference with every other sign that an address may have": (
        lambda: with_definitions({"_a.b-c!$&'()*+,;=:@?": TEXT}, {"$ref": "#/$defs/_a.b-c!$&'()*+,;=:@?"}),
        [],
    ),
    "two of itself": (lambda: branching(2), ["unsupported-kind"]),
    "nine of itself": (lambda: branching(9), ["more-findings", "unsupported-kind"]),
    "fifteen thousand of itself": (lambda: branching(15_000), ["more-findings", "unsupported-kind"]),
    "ten to the seventh questions in eight lines": (
        lambda: with_definitions(
            {
                **{
                    f"{'d' if n == 0 else f'd{n}'}": {
                        "type": "object",
                        "properties": {f"x{m}": {"$ref": f"#/$defs/d{n + 1}"} for m in range(10)},
                    }
                    for n in range(6)
                },
                "d6": {"type": "string"},
            }
        ),
        ["duplicate-name", "more-findings", "too-many-questions"],
    ),
    "one long list for every question": (
        lambda: {
            **questions(ALL, lambda _: {"$ref": "#/$defs/c"}),
            "schema": {
                "type": "object",
                "properties": {name: {"$ref": "#/$defs/c"} for name in ALL},
                "$defs": {"c": {"type": "string", "enum": CODES}},
            },
        },
        ["choices-differ", "more-findings"],
    ),
    # patterns
    "a pattern that takes for ever where engines go back": (lambda: form({"type": "string", "pattern": "^(a+)+$"}), []),
    "a pattern that counts far": (lambda: form({"type": "string", "pattern": "a{1,100000}"}), ["pattern-too-large"]),
    "a pattern that counts within a count": (
        lambda: form({"type": "string", "pattern": "((a{1,99}){1,99}){1,99}"}),
        ["pattern-too-large"],
    ),
    "a pattern of a thousand brackets": (lambda: form({"type": "string", "pattern": "(" * 400}), ["pattern-broken"]),
    "a long pattern": (lambda: form({"type": "string", "pattern": "a" * 100_000}), ["pattern-too-large"]),
    "a large pattern for every question": (
        lambda: questions(ALL, lambda _: {"type": "string", "pattern": "^([à-ÿ]{1,45}x){10}$"}),
        ["pattern-too-large"],
    ),
    "as many large patterns as fit": (
        lambda: questions(many(100), lambda _: {"type": "string", "pattern": "^([à-ÿ]{1,45}x){10}$"}),
        [],
    ),
    # expressions
    "a circle of a thousand": (lambda: chain(1_000, "c999 + 1"), ["expression-circle"]),
    "a thousand fields that each need the one before": (lambda: chain(1_000, "1"), []),
    "brackets in brackets": (lambda: form(checks=checks("(" * 999 + "a")), ["expression-too-deep"]),
    "a sum as long as fits": (lambda: form(checks=checks("+".join(["a"] * 999))), ["expression-too-deep"]),
    "denied for ever": (lambda: form(checks=checks("not " * 499 + "a")), ["expression-too-deep"]),
    "a long expression": (lambda: form(checks=checks("a == null or " * 900)), ["expression-too-long"]),
    "names that are nearly right": (
        lambda: questions([*many(999), "a"], checks=checks(*(f"qq{n} == null or qqq{n} == null" for n in range(600)))),
        ["more-findings", "unknown-name"],
    ),
    "every answer hidden, and read beside others": (
        lambda: hidden(checks(*(" and ".join(f'q{n} == "x"' for n in range(part, part + 90)) for part in range(80)))),
        ["may-be-hidden", "more-findings"],
    ),
    "every answer hidden, and every reader said so": (
        lambda: hidden(checks(*['a == "x" and ' + " and ".join(f'q{n} == "x"' for n in range(89))] * 80)),
        [],
    ),
    "long lists of codes": (
        lambda: {**choice(CODES), "checks": checks(f"a in {json.dumps(CODES[-180:])}") * 80},
        [],
    ),
    "codes put together again and again": (
        lambda: {**choice(CODES), "checks": checks("[" + ", ".join(["a"] * 390) + "] != null") * 36},
        [],
    ),
    "trees of nothing": (
        lambda: form(trees={f"/x{n}": ["name", "a"] for n in range(9_000)}),
        ["more-findings", "trees-differ"],
    ),
    "a deep tree": (lambda: form(trees={"/x": json.loads("[" * 50 + "]" * 50)}), ["trees-differ"]),
}


def hidden(looks: list[Form]) -> Form:
    """A form in which every question but `a` is asked only if `a` says so."""
    document = questions(["a", *many(200)], checks=looks)
    for name in many(200):
        document["fields"][f"/{name}"] = {**words(name), "show_if": 'a == "x"'}
    return document


@pytest.mark.parametrize("name", BYTES)
def test_bytes_of_any_kind_give_a_finding(name: str) -> None:
    document, expected = BYTES[name]
    assert expected == codes(document)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_of_any_size_gives_a_finding_or_works(name: str) -> None:
    make, expected = DOCUMENTS[name]
    assert expected == codes(raw(make()))


def test_a_form_with_a_fault_is_refused_as_such_and_in_no_other_way() -> None:
    for document, expected in BYTES.values():
        if expected:
            with pytest.raises(UnusableForm):
                load_form(document)


def test_a_finding_says_how_many_more_there_are() -> None:
    (*first, last) = faults(raw(form(fields={f"/z{n}": {} for n in range(2_000)})))
    assert findings.FINDINGS_MAX == len(first)
    assert ("more-findings", "There are 1,502 more faults. Mend those above first, and look again.") == (
        last.code, last.en,
    )  # fmt: skip


def test_near_names_are_looked_for_only_so_often() -> None:
    document = questions([*many(300), "a"], checks=checks(*(f"qq{place} == null" for place in range(300))))
    near = [one for one in faults(raw(document)) if one.suggestion is not None]
    assert SUGGESTIONS_MAX == len(near)


def test_the_place_of_a_fault_never_carries_half_a_character() -> None:
    twice = b'{"a": {"\\udfff": {"x": "\\u0000"}, "\\udfff": 1e999}}'
    places = [(one.code, one.path) for one in faults(twice)]
    assert [("duplicate-name", "/a"), ("bad-character", "/a"), ("number-too-large", "/a")] == places
    assert all(one.nl.encode() and one.en.encode() for one in faults(twice))


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
))  # fmt: skip
def test_any_json_is_refused_without_an_exception(document: Any) -> None:
    assert faults(raw(document))


@given(st.binary(max_size=60))
def test_any_bytes_are_refused_without_an_exception(document: bytes) -> None:
    assert faults(document)


# --- shipped forms with something in them changed ---

FORMS = {slug: json.loads(shipped_raw(slug)) for slug in SLUGS}
OTHER: list[Any] = [
    None, True, 0, -1, 1.5, 2**60, "", "x", "/kind", "/kind/*/a", "a == 1", "#/$defs/x", "string", [], ["x"], [[1]], {},
    {"type": "object"}, {"type": "array", "items": {"type": "object"}}, {"$ref": "#"}, {"nl": "x"}, "\ud800", "kind/*/",
    "/_order", "~", "/~2", "*", "/*/*", {"/": {}}, {"show_if": "x"}, {"enum": [1, None, "x", "x"]}, ["/kind", None],
]  # fmt: skip


def spots(node: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [way, *(spot for name, member in inside for spot in spots(member, (*way, name)))]


SPOTS = {slug: spots(document) for slug, document in FORMS.items()}


def changed(document: Any, change: tuple[Any, ...], spot: tuple[Any, ...]) -> Any:
    """Delete what stands at a spot, replace it, give it another name, or put something beside it."""
    document = copy.deepcopy(document)
    if not spot:
        return change[1]
    around = document
    for name in spot[:-1]:
        around = around[name]
    match change[0], around:
        case "delete", _:
            del around[spot[-1]]
        case "rename", dict():
            around[str(change[1])] = around.pop(spot[-1])
        case "add", dict():
            around[str(change[1])] = change[2]
        case "add", list():
            around.insert(0, change[2])
        case _:
            around[spot[-1]] = change[1]
    return document


CHANGE = st.tuples(
    st.sampled_from(["delete", "replace", "rename", "add"]), st.sampled_from(OTHER), st.sampled_from(OTHER)
)


@settings(max_examples=tries(300), deadline=None)
@given(st.data(), st.sampled_from(SLUGS), st.integers(1, 3))
def test_a_shipped_form_with_anything_changed_loads_or_is_refused_with_findings(
    data: Any, slug: str, times: int
) -> None:
    document: Any = FORMS[slug]
    for _ in range(times):
        if not isinstance(document, dict):
            break
        places = SPOTS[slug] if document is FORMS[slug] else spots(document)
        document = changed(document, data.draw(CHANGE), data.draw(st.sampled_from(places)))
    found = faults(raw(document))
    try:
        load_form(raw(document))
    except UnusableForm as error:
        assert found == error.findings
    else:
        assert () == found


def test_a_form_at_the_limits_can_still_carry_the_trees_of_its_expressions() -> None:
    document = form({"type": "number"}, checks=checks(*["1e300 > " + " + ".join(["a"] * 30)] * 450))
    assert [] == codes(raw(document))
    trees = load_form(raw(document)).logic.trees
    assert [] == codes(published_bytes(document, trees))


def test_the_limits_leave_room_for_the_forms_of_the_field() -> None:
    """An XLSForm of a thousand rows, each with a condition, is no more than half of what fits."""
    document = questions(many(1_000))
    for before, name in zip(many(1_000), many(1_000)[1:], strict=False):
        document["fields"][f"/{name}"]["show_if"] = f'coalesce({before}, "") == "ja" or starts_with({before}, "x")' \
            if name == "q1" else 'q0 == "ja" and q0 != "misschien"'  # fmt: skip
    assert [] == codes(raw(document))
    assert tree.LENGTH_MAX >= 2_000
