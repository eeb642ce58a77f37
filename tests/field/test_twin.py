"""What `field/` gives for every vector, and for rows that Python makes by chance: no difference, or it is named."""

import json
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

from forms import answers
from forms.definition.document import load_form
from forms.definition.library import SLUGS, shipped_raw
from forms.policies import POLICIES, Edit, resolve
from forms.records.relevance import Examiner
from forms.sentences import LANGUAGES, speech
from sync.admission import FactSet
from sync.merge import Arrival
from tests.field import twin
from tests.field.rows import devices, pictures
from tests.field.twin import Checker, Row
from tests.forms.expression_generator import rows as expression_rows
from tests.forms.test_patterns import in_python
from tests.forms.test_patterns import rows as pattern_rows
from tests.sync.reference import reference
from tests.sync.test_laws import world

VECTORS = Path(__file__).parents[1] / "vectors"
EXPRESSIONS = sorted({*(VECTORS / "expressions").glob("*.json")} - {*(VECTORS / "expressions").glob("*.faults.json")})
EVERY = {
    str(path.relative_to(VECTORS).with_suffix(""))
    for path in VECTORS.rglob("*.json")
    if not path.name.endswith(".faults.json")
    and path.parent not in (VECTORS / "expressions", VECTORS / "forms" / "forms")
}
SERVERS = {  # what only a server needs: read by `tests/independent/`
    "sync/chains", "sync/push", "sync/handin", "sync/life", "sync/delivery", "sync/proofs", "sync/uploads",
    "sync/acting", "sync/enrolling", "sync/uploading", "members/withheld", "forms/theme", "attachments",
}  # fmt: skip
IN_NEITHER = {  # what no JavaScript does yet
    # findings of publishing: a form is judged by the server alone
    "logic/faults", "versions/saving", "versions/beginning", "saying/mentioned",
    "vault",  # a municipality's keys never leave the server
}  # fmt: skip
MANY = 2_000  # rows of each kind in `make test`
SOAK = 100_000
ITEM = "01J9ZZZZZZZZZZZZZZZZZZZZZ"


@pytest.fixture(scope="module")
def checker() -> Iterator[Checker]:
    made = Checker()
    yield made
    made.close()


@pytest.mark.parametrize("name", sorted(EVERY - SERVERS - IN_NEITHER | {"sync/delivery"}))
def test_every_vector_holds(name: str, checker: Checker) -> None:
    assert checker.difference("field", Path(name).name, VECTORS / f"{name}.json") is None


@pytest.mark.parametrize("name", sorted(SERVERS))
def test_every_vector_that_only_a_server_needs_holds(name: str, checker: Checker) -> None:
    assert checker.difference("independent", Path(name).name, VECTORS / f"{name}.json") is None


def test_the_words_that_answers_are_said_with_are_those_of_the_server() -> None:
    source = (VECTORS.parents[1] / "field" / "forms" / "said.js").read_text()
    there = json.loads(source.partition("({")[2].join(["{", ""]).rpartition("})")[0] + "}")
    ours = {
        language: {name: speech(language).phrases[f"words-{name}"] for name in ("yes", "no", "months")}
        for language in LANGUAGES
    }
    assert ours == there


@pytest.mark.parametrize("path", EXPRESSIONS, ids=lambda path: path.stem)
def test_every_table_of_expressions_holds(path: Path, checker: Checker) -> None:
    assert checker.difference("field", "expressions", path) is None


def test_a_difference_is_named_and_a_kind_that_is_none_is_refused(tmp_path: Path, checker: Checker) -> None:
    """By the commands as somebody types them, and by what compares many files in one process."""
    rows = json.loads((VECTORS / "forms" / "paths.json").read_text())
    rows[3]["expected"] = {"error": "something else"}
    wrong = tmp_path / "paths.json"
    wrong.write_text(json.dumps(rows))
    done = twin.run("check-vectors.js", "paths", str(wrong))
    assert 1 == done.returncode and "row 3" in done.stderr
    assert "row 3" in (checker.difference("field", "paths", wrong) or "")
    assert 2 == twin.run("check-vectors.js", "pfade", str(wrong)).returncode
    assert checker.difference("field", "pfade", wrong) is not None
    done = twin.run("check-vectors.js", "paths", str(VECTORS / "forms" / "paths.json"))
    assert (0, "") == (done.returncode, done.stderr)


def test_a_difference_in_what_only_a_server_needs_is_named(tmp_path: Path, checker: Checker) -> None:
    rows = json.loads((VECTORS / "sync" / "uploads.json").read_text())
    rows[2]["taken"] = not rows[2]["taken"]
    wrong, right = tmp_path / "uploads.json", VECTORS / "sync" / "uploads.json"
    wrong.write_text(json.dumps(rows))
    done = twin.run("../tests/independent/check.js", "uploads", str(wrong))
    assert 1 == done.returncode and "row 2" in done.stderr
    assert "row 2" in (checker.difference("independent", "uploads", wrong) or "")
    done = twin.run("../tests/independent/check.js", "uploads", str(right))
    assert (0, "") == (done.returncode, done.stderr)


# --- rows by chance ---


def merges(count: int, seed: int) -> Iterator[Row]:
    for number in range(count):
        _, arrivals, facts = world(seed + number)
        yield (
            "merge",
            {"entries": list(map(entry, arrivals)), "facts": said(facts), "state": reference(arrivals, facts)},
            None,
        )


def entry(arrival: Arrival) -> dict[str, Any]:
    header = arrival.header
    return {
        "device": header.device.hex(), "seq": header.seq, "clock": f"{header.clock:016x}",
        "stamps": [] if arrival.received is None else [arrival.received], "record": header.record.hex(),
        "key": header.key.hex(), "act": header.act, "hash": arrival.hash.hex(),
        "observed": [[seen.device.hex(), seen.seq, seen.short.hex()] for seen in header.observed],
        "touches": [touch.hex() for touch in header.touches],
    }  # fmt: skip


def said(facts: FactSet) -> dict[str, Any]:
    return {
        "certified": [device.hex() for device in facts.certificates],
        "granted": {record.hex(): [device.hex() for device in devices] for record, devices in facts.grants.items()},
        "grants": [[g.record.hex(), g.key.hex(), g.by and g.by.hex(), g.to.hex()] for g in facts.gifts],
        "workers": {device.hex(): worker for device, worker in facts.workers.items()},
        "withdrawn": [[record.hex(), worker] for record, worker in facts.withdrawals],
        "revoked": {device.hex(): seq for device, seq in facts.revocations.items()},
        "set_aside": [hash_.hex() for hash_ in facts.asides],
        "parted": [[record.hex(), hash_.hex()] for record, hash_ in facts.parted],
        "erased": [record.hex() for record in facts.erasures],
        "holes": [[device.hex(), first, last] for device, holes in facts.holes.items() for first, last in holes],
        "succeeds": {heir.hex(): old.hex() for heir, old in facts.predecessors.items()},
    }


def expressions(count: int, seed: int) -> Iterator[Row]:
    for row in expression_rows(seed, count):
        yield "evaluation", row, None


COUNTED = [
    (f"^(?:ab){times}$", ["ab" * n for n in range(6)]) for times in ("{2}", "{1,3}", "{0,2}", "{2,}", "*", "+?", "?")
]


def patterns(count: int, _seed: int) -> Iterator[Row]:
    for pattern, texts in [*COUNTED, *pattern_rows()[:count]]:
        fits = [in_python(pattern).search(text) is not None for text in texts]
        yield "patterns", {"pattern": pattern, "texts": texts, "fits": fits}, None


def policies(count: int, seed: int) -> Iterator[Row]:
    random = Random(seed)
    for number in range(count):
        policy = POLICIES[number % len(POLICIES)]
        edits = [edit(random, policy, n) for n in range(random.randint(1, 7))]
        found = resolve(policy, edits, ("acuut", "ja", "geen"))
        yield "policies", {
            "policy": policy, "choices": ["acuut", "ja", "geen"], "edits": list(map(edit_row, edits)),
            "expected": {
                "value": found.value, "shown": found.shown.hex(), "kind": found.kind, "conflict": found.conflict,
                "asked": [one.hex() for one in found.asked],
                "parts": [[part.hash.hex(), part.author, part.at_ms, part.text] for part in found.parts],
            },
        }, None  # fmt: skip


def edit(random: Random, policy: str, number: int) -> Edit:
    several = [random.sample(["acuut", "ja", "é", "e\u0301", "x"], random.randint(0, 3)), None]
    single = ["acuut", "ja", "geen", "onbekend", None, "é", "e\u0301", 2, 2.0, True]
    clock, device = random.randint(0, 2), random.choice([b"p", b"q"])
    knows = frozenset(bytes([one]) for one in range(number) if random.random() < 0.4)
    value = random.choice(several if policy == "union" and random.random() < 0.9 else single)
    return Edit(bytes([number]), (clock, device, number), f"werker-{device.decode()}", clock, value, knows)


def edit_row(one: Edit) -> dict[str, Any]:
    clock, device, seq = one.order
    return {
        "hash": one.hash.hex(), "order": [clock, device.hex(), seq], "author": one.author, "at_ms": one.at_ms,
        "value": one.value, "knows": [name.hex() for name in one.knows],
    }  # fmt: skip


def documents(count: int, seed: int) -> Iterator[Row]:
    """Records of the forms that ship, with answers that fit, nearly fit, or do not."""
    random = Random(seed)
    ready = []
    for slug in SLUGS:
        form = load_form(shipped_raw(slug))
        ready.append((form, Examiner(form), {**json.loads(shipped_raw(slug)), "trees": dict(form.logic.trees)}))
    for number in range(count):
        form, examiner, raw = ready[number % len(ready)]
        values = {}
        ids = [ITEM + str(n) for n in range(random.randint(0, 2))]
        for question in form.questions:
            for path in [question.path.replace("*", id_) for id_ in ids] if question.repeat else [question.path]:
                if random.random() < 0.6:
                    values[path] = answer(random, question)
        document = answers.assemble({path: value for path, value in values.items() if value is not None})
        seen = examiner.examine(document, "2026-11-24")
        yield "seen", {
            "document": document, "today": "2026-11-24",
            "seen": {
                "document": seen.document, "hidden": list(seen.hidden), "computed": dict(seen.computed),
                "findings": [[one.code, one.path] for one in seen.findings], "banners": list(seen.banners),
            },
        }, {"form": raw}  # fmt: skip


def answer(random: Random, question: Any) -> Any:
    if random.random() < 0.1:
        return random.choice([None, "", "x" * 5_000, 1.5, -1, True, [], ["x", "x"], "2026-02-30", "0000-01-01"])
    match question.kind:
        case "choice":
            return random.choice([*question.codes, "anders_dan_alles"])
        case "choices":
            codes = list(question.codes) or ["een"]
            return random.choices(codes, k=random.randint(0, 3))
        case "date":
            return random.choice(["2010-04-01", "2026-11-24", "2026-11-25", "2027-01-01", "2024-02-29"])
        case "boolean":
            return random.random() < 0.5
        case "integer" | "decimal":
            return random.choice([0, 1, 3, 12, 17, 40, 200, 0.5])
    return random.choice(["ABCD-2345", "2010-04", "Een zin.", "😀", "12:30", "KKKK-2222"])


GENERATORS = {
    "merge": merges, "expressions": expressions, "patterns": patterns, "policies": policies, "documents": documents,
    "devices": devices, "pictures": pictures,
}  # fmt: skip


@cache
def by_chance(kind: str) -> Sequence[Row]:
    """The rows of a kind that chance makes in each run, made once for all that ask them."""
    return [*GENERATORS[kind](MANY, 7)]


@pytest.mark.parametrize("kind", GENERATORS)
def test_nothing_that_chance_makes_is_judged_otherwise(kind: str) -> None:
    assert [] == twin.differences(by_chance(kind))


@pytest.mark.soak
@pytest.mark.parametrize("kind", GENERATORS)
def test_nothing_of_a_hundred_thousand_is_judged_otherwise(kind: str) -> None:
    for part in range(0, SOAK, 10_000):
        assert [] == twin.differences(GENERATORS[kind](10_000, part + 1_000_000))
