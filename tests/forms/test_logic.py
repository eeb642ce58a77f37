"""What is hidden, computed, checked and warned of (forms/SPEC.md section 10): vectors, and laws for any answers."""

import copy
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms import answers
from forms.definition.document import faults, load_form
from forms.records.relevance import Examiner, Seen
from forms.records.validation import Validator

VECTORS = Path(__file__).parents[1] / "vectors" / "logic"
SEEN = json.loads((VECTORS / "seen.json").read_text())
ASKED = json.loads((VECTORS / "asked.json").read_text())
FORM: dict[str, Any] = {name: said for name, said in SEEN["form"].items() if name != "trees"}
TODAY = "2026-11-24"
ITEMS = ("01J9ZZZZZZZZZZZZZZZZZZZZZ1", "01J9ZZZZZZZZZZZZZZZZZZZZZ2")


def raw(form: dict[str, Any]) -> bytes:
    return json.dumps(form).encode()


EXAMINER = Examiner(load_form(raw(FORM)))
STRICT = {**FORM, "schema": {**FORM["schema"], "required": ["thuis", "wie", "zorg", "zorg_welke", "tot"]}}
STRICT_EXAMINER = Examiner(load_form(raw(STRICT)))


def written(seen: Seen) -> dict[str, Any]:
    return {
        "document": seen.document,
        "hidden": list(seen.hidden),
        "computed": dict(seen.computed),
        "findings": [[one.code, one.path] for one in seen.findings],
        "banners": list(seen.banners),
    }


@pytest.mark.parametrize(("table", "row"), [(table, row) for table in (SEEN, ASKED) for row in table["rows"]])
def test_a_record_is_seen_as_the_table_says(table: dict[str, Any], row: dict[str, Any]) -> None:
    examiner, before = Examiner(load_form(raw(table["form"]))), copy.deepcopy(row["document"])
    assert row["seen"] == written(examiner.examine(row["document"], row["today"]))
    assert before == row["document"]


def pointed(pointer: str) -> list[str]:
    return [name.replace("~1", "/").replace("~0", "~") for name in pointer.split("/")[1:]]


def changed(changes: dict[str, Any]) -> dict[str, Any]:
    form = copy.deepcopy(FORM)
    for pointer, value in changes.items():
        *way, last = pointed(pointer)
        inner: Any = form
        for name in way:
            inner = inner[int(name)] if isinstance(inner, list) else inner.setdefault(name, {})
        inner[int(last) if isinstance(inner, list) else last] = value
    return form


@pytest.mark.parametrize("row", json.loads((VECTORS / "faults.json").read_text()), ids=lambda row: row["name"])
def test_a_fault_of_a_form_is_named_at_its_place(row: dict[str, Any]) -> None:
    assert row["findings"] == [[one.code, one.path] for one in faults(raw(changed(row["set"])))]


def test_a_version_carries_the_trees_of_its_texts_and_no_others() -> None:
    trees = load_form(raw(FORM)).logic.trees
    assert trees == SEEN["form"]["trees"]  # as the table has them, for devices that parse nothing
    assert () == faults(raw({**FORM, "trees": trees}))
    other = {**trees, "/computed/~1dagen": 5}
    assert ["trees-differ"] == [one.code for one in faults(raw({**FORM, "trees": other}))]
    assert {"trees-differ"} == {one.code for one in faults(raw({**FORM, "trees": {}}))}


# --- what holds for any answers ---

DATES = st.sampled_from(("2019-01-31", "2022-11-25", "2026-11-01", "2026-11-24", "2027-02-28"))
KIND = st.fixed_dictionaries({}, optional={"geboren": DATES, "leerplichtig_vraag": st.just("ja hoor")})
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "thuis": st.sampled_from(("ja", "nee")),
        "wie": st.just("Testouder A"),
        "aantal": st.integers(0, 3),
        "van": DATES,
        "tot": DATES,
        "zorg": st.booleans(),
        "zorg_welke": st.just("iets"),
        "kind": st.lists(KIND, max_size=2).map(
            lambda kids: [{"_id": id_, **kid} for id_, kid in zip(ITEMS, kids, strict=False)]
        ),
    },
)


@given(DOCUMENTS)
def test_nothing_is_erased_and_nothing_is_invented(document: dict[str, Any]) -> None:
    before = copy.deepcopy(document)
    seen = EXAMINER.examine(document, TODAY)
    assert before == document
    shown, handed = answers.disassemble(seen.document), answers.disassemble(document)
    assert shown.items() <= handed.items()
    hidden = [path for path in handed if path not in shown and not path.endswith("/_order")]
    assert all(any(path == one or path.startswith(one + "/") for one in seen.hidden) for path in hidden)


@given(DOCUMENTS)
def test_looking_again_at_what_is_shown_shows_the_same(document: dict[str, Any]) -> None:
    seen = EXAMINER.examine(document, TODAY)
    again = EXAMINER.examine(seen.document, TODAY)
    assert (seen.document, seen.findings, seen.banners) == (again.document, again.findings, again.banners)


@given(DOCUMENTS, st.randoms(use_true_random=False))
def test_the_order_in_which_a_form_says_things_does_not_matter(document: dict[str, Any], random: Any) -> None:
    form = copy.deepcopy(FORM)
    for member in ("fields", "computed"):
        pairs = list(form[member].items())
        random.shuffle(pairs)
        form[member] = dict(pairs)
    assert written(Examiner(load_form(raw(form))).examine(document, TODAY)) == written(
        EXAMINER.examine(document, TODAY)
    )


@given(DOCUMENTS)
def test_what_is_hidden_is_neither_missing_nor_checked_nor_computed(document: dict[str, Any]) -> None:
    seen = EXAMINER.examine(document, TODAY)
    assert not {one.path for one in seen.findings} & set(seen.hidden)
    assert not set(seen.computed) & set(seen.hidden)


@given(DOCUMENTS)
def test_what_is_said_of_a_record_is_what_its_whole_schema_says_of_all_that_is_asked(document: dict[str, Any]) -> None:
    seen = STRICT_EXAMINER.examine(document, TODAY)
    whole = Validator(load_form(raw(STRICT))).findings(seen.document)
    meant = [one for one in whole if one.code != "missing" or one.path not in seen.hidden]
    assert meant == [one for one in seen.findings if not one.code.startswith("check-")]


def test_a_chain_of_conditions_settles_in_one_look() -> None:
    """The fixed point of fifty questions that each hang on the one before, said in the wrong order."""
    names = [f"vraag_{n:02}" for n in range(50)]
    form = copy.deepcopy(FORM)
    form["schema"]["properties"] = {name: {"type": "boolean"} for name in names}
    form["schema"]["required"] = []
    form["layout"] = [{"section": {"nl": "Keten"}, "fields": [f"/{name}" for name in reversed(names)]}]
    form["fields"] = {f"/{name}": {"label": {"nl": name}, "sensitivity": "S0"} for name in reversed(names)}
    for before, name in pairwise(names):
        form["fields"][f"/{name}"]["show_if"] = f"coalesce({before}, false)"
    form.update(computed={}, checks=[])
    examiner = Examiner(load_form(raw(form)))
    all_yes = dict.fromkeys(names, True)
    assert () == examiner.examine(all_yes, TODAY).hidden
    broken = {**all_yes, "vraag_10": False}
    assert {f"/{name}" for name in names[11:]} == set(examiner.examine(broken, TODAY).hidden)
