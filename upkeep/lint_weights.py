"""The weights of the lint's linear model, made from judged questions (forms/lint/SPEC.md 9).

`.venv/bin/python -m upkeep.lint_weights > forms/lint/rules/weights.json` (some minutes); with `--without SET` it prints
how well weights that never saw a set judge it, and writes nothing. The same questions give the same weights: the order
is drawn from a fixed seed, and sums are made in that order.
"""

import hashlib
import json
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from math import exp, sqrt
from pathlib import Path
from typing import Any, Final

from forms.lint.fold import plain_words
from forms.lint.left_open import FORMAL
from forms.lint.rules import common
from forms.lint.weighing import Rows, features, rows_of

ROOT: Final = Path(__file__).parents[1]
LINT: Final = ROOT / "tests" / "forms" / "lint"
SPOKEN: Final = frozenset({"label", "hint", "title", "section", "banner"})
SEEN_MIN: Final = 2  # texts with a mark, or chance gave it its weight
SMALL: Final = 0.02  # a weight that turns nothing
ROUNDS: Final = 16
STEP: Final = 0.5
DECAY: Final = 5e-5
SEED: Final = 15
NOISE: Final = 1000
OPENING: Final = (*"bdfghklmnprstvwz", "pr", "st", "br", "kl", "tr")
VOWELS: Final = (*"aeiou", "aa", "ee", "oo", "en", "el", "er")
ROW_MAX: Final = 100
LIMITS: Final = (-1.0, -0.5, 0.0, 0.25, 0.5, 0.75, 1.0, 1.5)
REFUSED: Final = 1.0
DOUBTED: Final = 0.75
SPARED: Final = -1.0

Text = tuple[Rows, bool]
Judged = tuple[tuple[tuple[str, float], ...], bool]


def main(arguments: Sequence[str]) -> None:
    """Write the weights, or judge a set without it."""
    texts = {name: list(those) for name, those in sorted(judged_texts().items())}
    if arguments[:1] == ["--without"]:
        for name in arguments[1:]:
            sys.stdout.write(_without(texts, name))
        return
    bias, marks = made(list(_judged([one for those in texts.values() for one in those])))
    rows = _rows(f"{mark}:{round(weight * 100)}" for mark, weight in sorted(marks.items()))
    limits = {"refused": REFUSED, "doubted": DOUBTED, "spared": SPARED}
    said = {"made_from": digest(), "bias": round(bias, 3), **limits, "marks": rows}
    sys.stdout.write(json.dumps(said, ensure_ascii=False, indent=1) + "\n")


def judged_texts() -> dict[str, list[Text]]:
    """Every judged question at hand, by set: its words in rows, and whether it is stopped."""
    found = {}
    for path in _sets():
        found[path.stem] = [
            (rows_of(one["label"], one.get("hint", ""), [word for _, word in one.get("choices", [])]), _stopped(one))
            for one in json.loads(path.read_text())
        ]
    found["snippets"] = list(_snippets())
    found["library"] = list(_shipped())
    found["noise"] = [(rows_of(text), False) for text in _noise()]
    found["common"] = [(((word,),), False) for word in _common()]
    return found


def _stopped(entry: dict[str, Any]) -> bool:
    """True if words are to blame: what is only a warning in a photo comes of the photo, whatever is said of it."""
    return bool(entry["expected"] == "refuse" or (entry["expected"] == "warn" and entry.get("type") != "photo"))


def _snippets() -> Iterator[Text]:
    """The examples of the corpus that are a text: harmless, or stopped for what they ask."""
    for path in sorted(LINT.glob("corpus/*.json")):
        for one in json.loads(path.read_text()):
            if one.get("text") and one.get("place") in SPOKEN:
                yield rows_of(one["text"]), bool(set(one["expect"]) - FORMAL)


def _shipped() -> Iterator[Text]:
    """The questions of the forms that ship, and all else that they say: people judged it before it was published."""
    for path in sorted((ROOT / "forms" / "library").glob("*.json")):
        form = json.loads(path.read_text())
        for field in form.get("fields", {}).values():
            for tongue, label in field.get("label", {}).items():
                hint = field.get("hint", {}).get(tongue, "")
                chosen = [said.get(tongue, "") for said in (field.get("choices") or {}).values()]
                yield rows_of(label, hint, chosen), False
        yield from ((rows_of(text), False) for text in _texts({**form, "fields": {}}))


def _texts(node: Any) -> Iterator[str]:
    """Every text in Dutch or English, however deep."""
    if isinstance(node, dict):
        yield from (node[tongue] for tongue in ("nl", "en") if isinstance(node.get(tongue), str))
    for one in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _texts(one)


def _noise() -> Iterator[str]:
    """Texts of words that mean nothing among common words, so that letters alone weigh nothing."""
    drawn, known = random.Random(SEED), _common()
    for number in range(NOISE):
        size = 2 + number % 15
        yield " ".join(drawn.choice(known) if drawn.random() < 1 / 3 else _made_up(drawn) for _ in range(size))


def _made_up(drawn: random.Random) -> str:
    return "".join(drawn.choice(OPENING) + drawn.choice(VOWELS) for _ in range(drawn.randint(1, 6)))


def _common() -> list[str]:
    """The common words of the languages that are read: alone they ask nothing."""
    return sorted({word for rows in common().read.values() for row in rows for word in plain_words(row)})


def digest() -> str:
    """The judged sets that the weights were made from, as one number: a test sees that they are not older."""
    found = hashlib.sha256()
    for path in _sets():
        found.update(path.name.encode() + path.read_bytes())
    return found.hexdigest()


def _sets() -> list[Path]:
    return [*sorted(LINT.glob("corpora/*.json")), *sorted(LINT.glob("taught/*.json"))]


def made(those: Sequence[Judged]) -> tuple[float, dict[str, float]]:
    """The weights by which judged texts are told apart: logistic regression, each step by how often a mark is seen."""
    weight: dict[str, float] = dict.fromkeys((mark for marks, _ in those for mark, _ in marks), 0.0)
    moved = dict.fromkeys(weight, 1e-3)
    bias, order = 0.0, list(those)
    drawn = random.Random(SEED)
    for _ in range(ROUNDS):
        drawn.shuffle(order)
        for marks, stopped in order:
            total = bias + sum([weight[mark] * value for mark, value in marks])
            error = stopped - 1 / (1 + exp(-max(min(total, 30.0), -30.0)))
            bias += STEP / 10 * error
            for mark, value in marks:
                slope = error * value - DECAY * weight[mark]
                moved[mark] += slope * slope
                weight[mark] += STEP * slope / sqrt(moved[mark])
    return bias, {mark: one for mark, one in weight.items() if abs(one) >= SMALL}


def _judged(texts: Iterable[Text]) -> Iterator[Judged]:
    """The texts with their marks; a mark of one text alone is left out."""
    read = [(list(features(rows)), stopped) for rows, stopped in texts if rows]
    seen = Counter(mark for marks, _ in read for mark in {mark for mark, _ in marks})
    for marks, stopped in read:
        yield tuple((mark, value) for mark, value in marks if seen[mark] >= SEEN_MIN), stopped


def _rows(marks: Iterable[str]) -> list[str]:
    rows = [""]
    for mark in marks:
        if len(rows[-1]) + len(mark) >= ROW_MAX:
            rows.append("")
        rows[-1] = f"{rows[-1]} {mark}".strip()
    return rows


def _without(texts: dict[str, list[Text]], name: str) -> str:
    """How well weights that never saw a set judge it: recall and precision at each weight."""
    bias, marks = made(list(_judged([one for other, those in texts.items() if other != name for one in those])))
    weighed = [
        (bias + sum(marks.get(mark, 0.0) * value for mark, value in features(rows)), y) for rows, y in texts[name]
    ]
    every = sum(stopped for _, stopped in weighed)
    said = []
    for limit in LIMITS:
        caught = [stopped for weight, stopped in weighed if weight >= limit]
        said.append(f"{limit:5} recall {sum(caught) / every:.2f} precision {sum(caught) / max(len(caught), 1):.2f}")
    return "\n".join((name, *said, ""))


if __name__ == "__main__":
    main(sys.argv[1:])
