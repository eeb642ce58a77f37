"""The shared vectors of the forms room: every file in the folder is walked, each row cites its section."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from forms import answers, paths
from forms.check_vectors import CHECKS
from forms.definition.document import load_form
from forms.errors import FormsError
from forms.policies import Edit, Outcome, resolve
from forms.records import items
from forms.records.validation import Validator

FOLDER = Path(__file__).parents[1] / "vectors" / "forms"
Row = dict[str, Any]


def edit(row: Row) -> Edit:
    clock, device, seq = row["order"]
    knows = frozenset(bytes.fromhex(name) for name in row["knows"])
    order = (clock, bytes.fromhex(device), seq)
    return Edit(bytes.fromhex(row["hash"]), order, row["author"], row["at_ms"], row["value"], knows)


def written(outcome: Outcome) -> Row:
    return {
        "value": outcome.value,
        "shown": outcome.shown.hex(),
        "kind": outcome.kind,
        "conflict": outcome.conflict,
        "asked": [name.hex() for name in outcome.asked],
        "parts": [[part.hash.hex(), part.author, part.at_ms, part.text] for part in outcome.parts],
    }


def policies(row: Row) -> tuple[Any, Any]:
    return row["expected"], written(resolve(row["policy"], [edit(one) for one in row["edits"]], row["choices"]))


def items_(row: Row) -> tuple[Any, Any]:
    leaves = [[edit(one) for one in leaf] for leaf in row["leaves"].values()]
    standing = items.standing([edit(one) for one in row["item"]], leaves)
    return row["expected"], {"hidden": standing.hidden, "contested": standing.contested}


def paths_(row: Row) -> tuple[Any, Any]:
    path = row["path"]
    try:
        names = paths.parse(path)
    except FormsError as error:
        return row["expected"], {"error": error.code}
    assert paths.format(names) == path
    return row["expected"], {
        "names": list(names),
        "template": paths.template(path),
        "item": paths.item_of(path),
        "is_item": paths.is_item(path),
        "policy": paths.reserved_policy(path),
    }


def spelt(text: str) -> Any:
    try:
        return answers.canonical(json.loads(text)).decode()
    except FormsError as error:
        return {"error": error.code}


def canonical(row: Row) -> tuple[Any, Any]:
    return row["expected"], spelt(row["json"])


def documents(row: Row) -> tuple[Any, Any]:
    document = answers.assemble(row["values"], row["hidden"])
    return (row["document"], row["back"]), (document, answers.disassemble(document))


def validation(row: Row) -> tuple[Any, Any]:
    found = Validator(load_form((FOLDER / "forms" / f"{row['form']}.json").read_bytes())).findings(row["document"])
    return row["expected"], [[one.code, one.path] for one in found]


def patterns(row: Row) -> tuple[Any, Any]:
    return CHECKS["patterns"](row, {})


WALK: dict[str, Callable[[Row], tuple[Any, Any]]] = {
    "answers.json": documents,
    "canonical.json": canonical,
    "items.json": items_,
    "paths.json": paths_,
    "policies.json": policies,
    "validation.json": validation,
    "patterns.json": patterns,
}
ELSEWHERE = ("theme.json", "written.json", "own_day.json")  # test_theme.py, and tests/test_vectors.py
ROWS = [(name, row) for name in WALK for row in json.loads((FOLDER / name).read_text())]


@pytest.mark.parametrize(("name", "row"), ROWS, ids=lambda part: part["why"] if isinstance(part, dict) else part)
def test_a_published_row_holds(name: str, row: Row) -> None:
    expected, actual = WALK[name](row)
    assert expected == actual


def test_every_file_of_the_folder_is_walked() -> None:
    assert sorted([*WALK, *ELSEWHERE]) == sorted(
        path.name for path in FOLDER.glob("*.json") if not path.name.endswith(".faults.json")
    )


def test_every_row_cites_a_section_that_the_spec_has() -> None:
    spec = (Path(paths.__file__).parent / "SPEC.md").read_text()
    for _, row in ROWS:
        section, _, rule = row["spec"].partition(".")
        chapter = spec.split(f"\n## {section}. ")[1].split("\n## ")[0]
        assert not rule or f"\n{rule}. " in chapter, row["why"]
