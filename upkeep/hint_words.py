"""The words at which the field app gives a hint, made from the rules of the privacy lint.

`.venv/bin/python -m upkeep.hint_words > field/app/filling/hint_words.js`. Entries of one word, and phrases in the
notation of forms/lint/SPEC.md 3.2 with the sets that they name. A few phrases are left out: in a question they ask for
what the lint refuses, in a report they are ordinary words, and a hint that strikes at everything is read by nobody.
"""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from forms.lint.entries import TOGETHER, spread
from forms.lint.rules import Rule, rules, sets

NAMED: Final = ("people", "kin", "lands", "nations")
CODES: Final = ("P01", "P02", "P03", "P04", "P05", "P06")  # about people; the others are about forms
# Phrases that mean something else, or nothing, where nobody is asked.
ORDINARY: Final = frozenset({
    "fout in", "in de fout", "afkomstig uit", "oorspronkelijk uit", "a nummer", "v nummer", "document nummer",
    "document number", "id nummer", "welke taal", "welke talen", "eerste taal", "arrived in", "geboren te",
    "language|languages|tongue spoken|speaks|speak|do|at", "grow|grew|grown up where|before", "ne en", "l origine",
    "d origine", "people group", "carte identite|d", "in jail", "in custody",
})  # fmt: skip


def main() -> None:
    """Write the module."""
    sys.stdout.write(module())


def module() -> str:
    """Return the words as a module of the field app."""
    chosen = [rule for rule in rules() if rule.code in CODES]
    groups: dict[str, list[str]] = {}
    for rule in chosen:
        groups.setdefault(rule.group, []).extend(word for word in _words(rule) if word.isascii())
    friends = sorted({friend for rule in chosen for friend in map(_bare, rule.friends) if _is_one_word(friend)})
    said = {
        "words": {group: sorted(set(words)) for group, words in groups.items()},
        "friends": friends,
        "phrases": _phrases(chosen, lambda rule: [one for words in rule.words.values() for one in words]),
        "excused": _phrases(chosen, lambda rule: filter(_is_of_any_language, rule.friends)),
        "names": _phrases(chosen, lambda rule: filter(_is_of_any_language, rule.names)),
        "sets": {name: [word for word in spread("{" + name + "}") if word.isascii()] for name in NAMED},
        "articles": list(sets().articles),
    }
    head = "// Made from the rules of the privacy lint by `python -m upkeep.hint_words`, never by hand."
    return f"{head}\nexport default {json.dumps(said, ensure_ascii=False, separators=(',', ':'))};\n"


def _words(rule: Rule) -> list[str]:
    return [word for words in rule.words.values() for word in map(_bare, words) if _is_one_word(word)]


def _phrases(chosen: Sequence[Rule], entries: Callable[[Rule], Iterable[str]]) -> dict[str, list[str]]:
    """The entries of several words, by group."""
    found: dict[str, set[str]] = {}
    for rule in chosen:
        phrases = {_bare(one) for one in entries(rule) if " " in one and not one.startswith("[") and _is_row(one)}
        found.setdefault(rule.group, set()).update(phrases - ORDINARY)
    return {group: sorted(phrases) for group, phrases in found.items() if phrases}


def _is_of_any_language(written: str) -> bool:
    """Whether an entry counts where nobody knows the language: `AS Roma` is a club in Dutch and none in English."""
    return _bare(written) == written.strip("+")


def _is_row(written: str) -> bool:
    """True if the words of an entry stand in a row; those that only stand near each other ask, and report ordinary."""
    return TOGETHER not in written and written.isascii()


def _bare(written: str) -> str:
    """The entry without its language, and without the sign for parts of compounds."""
    language, colon, rest = written.partition(":")
    return (rest if colon and len(language) == 2 else written).strip("+")


def _is_one_word(entry: str) -> bool:
    letters = entry.strip("*")
    return letters.isascii() and letters.isalpha() and len(letters) >= 3


if __name__ == "__main__":
    main()
