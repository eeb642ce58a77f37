"""What is written as XPath means what it meant when it is read again (interchange/xlsform_export/SPEC.md section 2)."""

import json
from collections import Counter, defaultdict
from typing import Any

import pytest

from forms.expressions.checking import read
from forms.expressions.evaluation import evaluate
from forms.expressions.kinds import BOOLEAN, DATE, NUMBER, TEXT, Kind, list_of, scope_of
from forms.interchange.xlsform_export.xpath import Impossible, Names, Printer
from forms.interchange.xlsform_import.translate import translate
from forms.interchange.xlsform_import.values import Named, Scope
from tests.forms.expression_generator import CODES, LEAVES, REPEATS, rows

SCOPE = scope_of(LEAVES, REPEATS, {})
CHOICE = Kind("text", codes=CODES)
KINDS = {
    "integer": NUMBER, "decimal": NUMBER, "text": TEXT, "date": DATE, "boolean": BOOLEAN, "choice": CHOICE,
    "choices": list_of(CHOICE),
}  # fmt: skip
NAMES = Names(
    {"/kind": "kind", **{leaf.path: leaf.name for leaf in LEAVES}},
    {"/kind": "items", **{leaf.path: leaf.kind for leaf in LEAVES}},
)


def known() -> dict[str, list[Named]]:
    found = defaultdict(list)
    for leaf in LEAVES:
        plain = leaf.repeat is not None or leaf.path.count("/") == 1
        found[leaf.name].append(Named(leaf.name if plain else leaf.path, KINDS[leaf.kind], leaf.repeat, leaf.path))
    found["kind"].append(Named("kind", Kind("items", group="/kind"), None, "/kind"))
    return found


NAMED = known()


def outcome(row: dict[str, Any]) -> str:
    """What became of one random condition on its way out and back."""
    repeat = None if row["item"] is None else "/kind"
    try:
        xpath = Printer(NAMES, repeat).condition(row["tree"])
    except Impossible:
        return "no XPath"
    back = translate(xpath, Scope(lambda name, *_: tuple(NAMED.get(name, ())), repeat), True)
    if back.node is None:
        return "not read back"
    checked = read(back.text, SCOPE, repeat=repeat)
    assert checked.node is not None, (row["text"], xpath, back.text)
    given = evaluate(checked.node.tree, row["document"], row["today"], row["item"])
    if given != row["expect"] and sums_of_nothing(row):
        return "NaN"
    return "same" if given == row["expect"] else f"{row['text']}  ->  {xpath}  ->  {back.text}"


def sums_of_nothing(row: dict[str, Any]) -> bool:
    """Whether something may be reckoned with a number that is missing: XPath makes NaN of it, which equals nothing."""
    group = row["document"].get("groep")
    given = [row["document"].get("a"), group.get("b") if isinstance(group, dict) else None]
    given += [] if row["item"] is None else [row["item"].get("n"), row["item"].get("m")]
    reckoned = any(
        f'["{sign}", ' in json.dumps(row["tree"]) for sign in ("+", "-", "*", "/", "%", "round", "abs", "floor")
    )
    return reckoned and not all(isinstance(number, int | float) for number in given)


def yes_or_no_may_be_missing(tree: Any) -> bool:
    """Whether `coalesce` stands at an answer of yes or no, which an importer takes for an acknowledgement."""
    return '"coalesce", ["answer", "/ja"]' in json.dumps(tree) or '"coalesce", ["name", "hier"]' in json.dumps(tree)


def test_conditions_that_go_out_and_come_back_give_what_they_gave() -> None:
    chosen = [row for row in rows(7, 6_000) if isinstance(row["expect"], bool)]
    found = Counter(outcome(row) for row in chosen if not yes_or_no_may_be_missing(row["tree"]))
    assert found["same"] > len(chosen) // 2
    assert {"same", "no XPath", "not read back"} == set(found) - {"NaN"}
    assert found["NaN"] < 10


@pytest.mark.parametrize("text", [
    '"" <= t', 't > "a"', "t < u", 'if(ja, t, "b") >= "a"', 'coalesce(t, "x") < "y"', "school_year(d) < school_year(e)",
    'min([t, "b"]) == t', 'max(kind, s) == "a"', "count(kind, s < t) > 0", 'maand >= "2026-01"',
])  # fmt: skip
def test_the_order_of_texts_has_no_xpath(text: str) -> None:
    """XPath would make numbers of them: what holds here would never hold there, and nobody would be told."""
    with pytest.raises(Impossible):
        Printer(NAMES).condition(read(text, SCOPE).tree)


@pytest.mark.parametrize("text", ['d >= "2026-01-01"', "d < e", "today() > d", "n < a", "min([d, e]) == d"])
def test_days_and_numbers_are_put_in_order(text: str) -> None:
    repeat = "/kind" if "n <" in text else None
    row = {"text": text, "tree": read(text, SCOPE, repeat=repeat).tree, "today": "2026-03-01", "expect": True}
    document = {"d": "2026-02-01", "e": "2026-02-28", "a": 3}
    assert "same" == outcome(row | {"document": document, "item": {"n": 2} if repeat else None})


@pytest.mark.parametrize(("text", "near"), [
    ('t == ""', True), ('"" != t', True), ('t in ["", "a"]', True), ("contains(t, u)", True), ('contains(t, "")', True),
    ("starts_with(t, u)", True), ('t == "a"', False), ("t == null", False), ('contains(t, "a")', False),
])  # fmt: skip
def test_a_text_of_nothing_beside_an_answer_that_may_be_missing_is_said_to_be_near(text: str, near: bool) -> None:
    printer = Printer(NAMES)
    printer.condition(read(text, SCOPE).tree)
    assert near == printer.is_near


def test_every_random_expression_has_an_xpath_or_a_reason() -> None:
    for row in rows(11, 3_000):
        printer = Printer(NAMES, None if row["item"] is None else "/kind")
        try:
            assert printer.value(row["tree"])
        except Impossible as impossible:
            assert all(impossible.why)
