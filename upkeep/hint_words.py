"""The words at which the field app gives a hint, made from the rules of the privacy lint.

`.venv/bin/python -m upkeep.hint_words > field/app/filling/hint_words.js`. Only entries of one word: what phrases mean
depends on questions, and a hint that strikes at everything is read by nobody.
"""

import json
import sys
from typing import Final

from forms.lint.rules import Rule, rules

CODES: Final = ("P01", "P02", "P03", "P04", "P05", "P06")  # about people; the others are about forms


def main() -> None:
    """Write the module."""
    sys.stdout.write(module())


def module() -> str:
    """Return the words as a module of the field app."""
    chosen = [rule for rule in rules() if rule.code in CODES]
    groups: dict[str, list[str]] = {}
    for rule in chosen:
        groups.setdefault(rule.group, []).extend(_words(rule))
    friends = sorted({friend for rule in chosen for friend in map(_bare, rule.friends) if _is_one_word(friend)})
    said = {"words": {group: sorted(set(words)) for group, words in groups.items()}, "friends": friends}
    head = "// Made from the rules of the privacy lint by `python -m upkeep.hint_words`, never by hand."
    return f"{head}\nexport default {json.dumps(said, ensure_ascii=False, separators=(',', ':'))};\n"


def _words(rule: Rule) -> list[str]:
    return [word for words in rule.words.values() for word in map(_bare, words) if _is_one_word(word)]


def _bare(written: str) -> str:
    """The entry without its language, and without the sign for parts of compounds."""
    language, colon, rest = written.partition(":")
    return (rest if colon and len(language) == 2 else written).strip("+")


def _is_one_word(entry: str) -> bool:
    letters = entry.strip("*")
    return letters.isalpha() and len(letters) >= 3


if __name__ == "__main__":
    main()
