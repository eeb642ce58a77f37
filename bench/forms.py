"""What it costs to look at a record: hide, compute, check and validate, beside a control in the same run.

    .venv/bin/python bench/forms.py [--documents 1000] [--runs 7]

The records are home visits, filled in as far as a worker would, with children and agreements; two in ten found nobody
at home. Prints medians of CPU seconds per 1,000 documents and as a multiple of 1,000 Ed25519 checks in the same run:
that ratio holds on any machine. `assembled` is the way from answers by path to a document; `opened` is what making a
form ready costs, once for each version (per 1,000 forms); `linted` is the privacy lint of one form of 459 KB.
"""

import argparse
import gc
import json
import re
import statistics
import sys
import time
from collections.abc import Callable
from copy import deepcopy
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.ingest import control
from bench.projection import WORDS, filled
from forms import answers, paths
from forms.definition.document import load_form
from forms.definition.library import first_raw, shipped_form
from forms.lint.check import lint
from forms.records.relevance import Examiner
from forms.schema.question import Question

FORM = "huisbezoek"
TODAY = "2026-03-02"
TARGET = 0.15  # CPU seconds per 1,000 documents, on a machine that checks 1,000 signatures in 0.1
LARGE = 459_000  # bytes: the form that the lint has a second for
NOBODY_HOME = 0.2
AT_THE_DOOR = (  # what is asked although nobody opens
    "/case_ref", "/bezoek_datum", "/bezoek_soort", "/afgesproken", "/rollen", "/gelegitimeerd", "/doel_uitgelegd",
    "/zorg", "/werker_ok",
)  # fmt: skip


def visit(random: Random) -> dict[str, Any]:
    """The answers of one home visit, by path."""
    found = filled(random)
    found |= {"/delen_met": ["geen"], "/toegang": "binnen"}
    if random.random() < NOBODY_HOME:
        return {**{path: found[path] for path in AT_THE_DOOR}, "/toegang": "niemand_thuis"}
    for group, most in (("/kind", 4), ("/afspraak", 3)):
        for place in range(random.randint(0, most)):
            item = f"{group}/01J9ZZZZZZZZZZZZZZZZZZZZZ{place}"
            found[item] = {}
            for question in shipped_form(FORM, 1).in_group(group):
                found[f"{item}/{question.name}"] = answer(question, place, random)
    return found


def answer(question: Question, place: int, random: Random) -> Any:
    """An answer to a question of an item that fits it: a code, a date, a month, or some words."""
    if question.codes:
        return random.choice(question.codes)
    if question.kind == "date":
        return f"2026-04-{random.randint(1, 28):02}"
    group = shipped_form(FORM, 1).schema["properties"][paths.parse(question.path)[0]]
    pattern = group["items"]["properties"][question.name].get("pattern", "")
    written = (f"ABCD-234{place + 2}", f"201{random.randint(0, 9)}-04", " ".join(random.choices(WORDS, k=6)))
    return next(text for text in reversed(written) if re.search(pattern, text))


def large(run: int) -> dict[str, Any]:
    """A form of 459 KB: the questions of the home visit again and again, with other words in each run."""
    base: dict[str, Any] = json.loads(first_raw(FORM))
    form, size = deepcopy(base), 0
    for copy in count():
        if size > LARGE:
            return form
        for name, node in base["schema"]["properties"].items():
            form["schema"]["properties"][f"{name}{copy}"] = node
        for path, field in base["fields"].items():
            first, _, rest = path.removeprefix("/").partition("/")
            said = {language: f"{text} ({run}, {copy})" for language, text in field.get("label", {}).items()}
            form["fields"][f"/{first}{copy}" + (f"/{rest}" if rest else "")] = field | ({"label": said} if said else {})
        size = len(json.dumps(form, ensure_ascii=False).encode())
    raise AssertionError


def spent(work: Callable[[], object]) -> float:
    """CPU seconds of some work, without a clearing of what this run keeps for its other rows."""
    gc.collect()
    started = time.process_time()
    work()
    return time.process_time() - started


def main() -> None:
    """Run everything and print a table; the last line is JSON for machines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=1_000)
    parser.add_argument("--runs", type=int, default=7)
    chosen = parser.parse_args()
    random, examiner = Random(1), Examiner(shipped_form(FORM, 1))
    visits = [visit(random) for _ in range(chosen.documents)]
    documents = [answers.assemble(one) for one in visits]
    forms = iter([large(run) for run in range(chosen.runs)])
    work: dict[str, Callable[[], object]] = {
        "examined": lambda: [examiner.examine(document, TODAY) for document in documents],
        "assembled": lambda: [answers.assemble(one) for one in visits],
        "opened": lambda: [Examiner(load_form(first_raw(FORM))) for _ in range(10)],
        "linted": lambda: lint(next(forms)),
    }
    share = {"opened": 10, "linted": 1_000}
    rows: dict[str, list[float]] = {name: [] for name in (*work, "control")}
    for _ in range(chosen.runs):
        for name, one in work.items():
            rows[name].append(spent(one) * 1_000 / share.get(name, chosen.documents))
        rows["control"].append(control())
    medians = {name: statistics.median(found) for name, found in rows.items()}
    questions = len(shipped_form(FORM, 1).questions)
    faulty = sum(bool(examiner.examine(document, TODAY).findings) for document in documents)
    print(f"{FORM}: {questions} questions, {chosen.documents} documents, {faulty} with findings")
    print(f"{'':12} CPU s/1000   x Ed25519   (target of examined: {TARGET})")
    for name, median in medians.items():
        print(f"{name:12} {median:10.4f} {median / medians['control']:11.2f}")
    print(json.dumps(medians))


if __name__ == "__main__":
    main()
