"""Words that a condition hides: who is told, and when a person is asked (forms/SPEC.md section 10.8)."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms import answers, paths
from forms.check_vectors import difference
from forms.definition.document import load_form
from forms.definition.library import SLUGS, shipped_form, shipped_raw
from forms.policies import Edit, resolve
from forms.records import deciding, items
from forms.records.deciding import Decider, Deciders, hidden_answers
from forms.records.relevance import Examiner
from forms.records.withholding import Reader

VECTORS = Path(__file__).parents[1] / "vectors" / "logic"
SEEN = json.loads((VECTORS / "seen.json").read_text())
FORM = load_form(json.dumps(SEEN["form"]).encode())
EXAMINER, DECIDERS = Examiner(FORM), Deciders(FORM)
ROWS = json.loads((VECTORS / "hidden.json").read_text())
Row = dict[str, Any]
Edits = dict[str, list[Edit]]


def edits_of(row: Row) -> Edits:
    return {
        path: [
            Edit(name.encode(), (at, name[:1].encode(), at), name[:1], at, value, frozenset(k.encode() for k in knows))
            for name, at, value, knows in listed
        ]
        for path, listed in row["edits"].items()
    }


def found(edits: Edits, today: str, deciders: Deciders | None = None) -> list[list[Any]]:
    removed = {
        path for path, own in edits.items() if paths.is_item(path) and items.standing(own, leaves(edits, path)).hidden
    }
    shown = {
        path: resolve(FORM.policy(path) or "ask", own).value if not paths.is_item(path) else {}
        for path, own in edits.items()
    }
    seen = EXAMINER.examine(answers.assemble(shown, removed), today)
    return [
        [one.path, one.parallel, list(one.by), [name.decode() for name in one.shown]]
        for one in hidden_answers(deciders or DECIDERS, edits, seen.hidden, removed)
    ]


def leaves(edits: Edits, item: str) -> list[list[Edit]]:
    return [own for path, own in edits.items() if path.startswith(item + "/")]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_hidden_answers_are_as_the_table_says(row: Row) -> None:
    assert difference("hidden", {"rows": [row], "form": SEEN["form"]}) is None


def one_sided(alive: Any, others: Any) -> bool:
    return any(other.hash != one.hash and one.hash not in other.knows for one in alive for other in others)


PLANTED: dict[str, tuple[Any, str, Callable[..., Any]]] = {
    "only what a condition names decides": (Deciders, "_computing", lambda _self, _name: []),
    "groups and sections do not decide": (Deciders, "_conditions", lambda self, name: list(self._hides.get(name, ()))),
    "answers of other items decide": (deciding, "_same_item", lambda _one, _other: True),
    "who answered after seeing it is asked": (deciding, "_parallel", one_sided),
    "nobody is ever asked": (deciding, "_parallel", lambda _one, _other: False),
    "one's own words are weighed against each other": (
        deciding, "_parallel",
        lambda alive, others: any(o.hash not in one.knows and one.hash not in o.knows for one in alive for o in others),
    ),
    "replaced words decide too": (deciding, "survivors", tuple),
}  # fmt: skip


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found_by_a_row(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, name, wrong = PLANTED[fault]
    monkeypatch.setattr(where, name, wrong)
    fresh = Deciders(FORM)
    assert any(row["expected"] != found(edits_of(row), row["today"], fresh) for row in ROWS)


def test_deciding_is_transitive_through_conditions_groups_and_computed_fields() -> None:
    assert {Decider("/thuis", False), Decider("/zorg", False)} == DECIDERS.of("/zorg_welke")
    assert {Decider("/kind/*/geboren", True), Decider("/thuis", False), Decider("/aantal", False)} == DECIDERS.of(
        "/kind/*/leerplichtig_vraag"
    )
    assert frozenset() == DECIDERS.of("/aantal")


@pytest.mark.parametrize("slug", SLUGS)
def test_what_decides_in_a_form_that_ships_is_a_question_of_it(slug: str) -> None:
    form = load_form(shipped_raw(slug))
    deciders = Deciders(form)
    for question in form.questions:
        assert all(form.leaf(one.path) or one.path.endswith("/*") for one in deciders.of(question.path))
        assert question.path not in {one.path for one in deciders.of(question.path) if one.own}


# --- what holds for any history ---

PATHS = ("/thuis", "/wie", "/aantal", "/zorg", "/zorg_welke")
VALUES: dict[str, list[Any]] = {
    "/thuis": ["ja", "nee", None], "/wie": ["x", None], "/aantal": [0, 1], "/zorg": [True, False], "/zorg_welke": ["y"],
}  # fmt: skip


@st.composite
def histories(draw: st.DrawFn) -> Edits:
    """Entries of three people, each knowing some of those before and all that these know."""
    edits: Edits = {}
    known: list[frozenset[bytes]] = []
    for number in range(draw(st.integers(1, 7))):
        seen = draw(st.sets(st.integers(0, number - 1))) if number else set()
        knows = frozenset().union(*(known[one] | {b"%d" % one} for one in seen))
        known.append(knows)
        for path in draw(st.sets(st.sampled_from(PATHS), min_size=1, max_size=2)):
            value = draw(st.sampled_from(VALUES[path]))
            edits.setdefault(path, []).append(Edit(b"%d" % number, (number, b"d", number), "w", number, value, knows))
    return edits


@given(histories(), st.randoms(use_true_random=False))
def test_the_order_of_edits_does_not_matter(edits: Edits, random: Any) -> None:
    mixed = [(path, random.sample(own, len(own))) for path, own in edits.items()]
    random.shuffle(mixed)
    assert found(edits, "2026-11-24") == found(dict(mixed), "2026-11-24")


@given(histories())
def test_no_word_vanishes(edits: Edits) -> None:
    """Every answer that survives is shown or listed."""
    listed = {row[0] for row in found(edits, "2026-11-24")}
    shown = {path: resolve("ask", own).value for path, own in edits.items()}
    document = EXAMINER.examine(answers.assemble(shown), "2026-11-24").document
    given_ = {path for path, value in shown.items() if value is not None}
    assert given_ == set(answers.disassemble(document)) | (listed & given_)


@given(histories())
def test_whoever_writes_having_seen_all_leaves_nothing_parallel(edits: Edits) -> None:
    hashes = frozenset(edit.hash for own in edits.values() for edit in own)
    after = {
        path: [*own, Edit(b"last", (99, b"d", 99), "w", 99, resolve("ask", own).value, hashes)]
        for path, own in edits.items()
    }
    assert not any(row[1] for row in found(after, "2026-11-24"))


def test_a_hidden_answer_is_withheld_whatever_its_condition_would_say() -> None:
    """Its condition reads what is hidden too, and a comparison with nothing is false."""
    parents, child = Reader(shipped_form("huisbezoek"), "parents"), Reader(shipped_form("huisbezoek"), "child")
    kept = "/kind/01J9ZZZZZZZZZZZZZZZZZZZZZ1/kind_stem"
    assert parents.withholds_hidden(kept) and parents.withholds_hidden("/delen_grondslag")
    assert not parents.withholds_hidden("/toegang") and not child.withholds_hidden(kept)
