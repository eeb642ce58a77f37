"""The names of lands and languages that the lint knows, made from Unicode CLDR as Babel ships it.

`.venv/bin/python -m upkeep.lint_world > forms/lint/rules/world.json`. Each name is folded like any text of a form; of a
name of several words each word of five letters or more stands for it, so that an inflected form finds it too.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from typing import Final

from babel import Locale

from forms.lint.fold import plain_words

LANGUAGES: Final = ("nl", "en", "de", "fr", "ro", "tr", "ar")
LETTERS_MIN: Final = 5
ROW_MAX: Final = 100  # letters on a line of the file
COMMON: Final = frozenset({  # words of these names that are ordinary words
    "accente", "accents", "adalari", "afgelegen", "amerika", "ancient", "ander", "andere", "antarctic", "ascension",
    "aucun", "birlesik", "british", "britse", "centraal", "central", "centralafrican", "centrale", "christmas",
    "classical", "content", "cumhuriyeti", "democratic", "democratische", "demokratik", "demokratische", "dilleri",
    "eastern", "eiland", "eilanden", "etats", "european", "europese", "exterior", "gebarentaal", "gebied", "gebiet",
    "geen", "heard", "inhoud", "insel", "inseln", "insulele", "international", "island", "islands", "keine",
    "kingdom", "kleine", "koninkrijk", "language", "languages", "langue", "langues", "limba", "linguistic",
    "meerdere", "mehrere", "middle", "modern", "multiple", "national", "nieuwe", "noord", "north", "nouveau",
    "nouvelle", "occidentala", "oceaan", "ocean", "onbekend", "oost", "other", "outer", "plusieurs", "previous",
    "pseudo", "republic", "republiek", "republik", "republique", "reunion", "royaume", "saint", "sainte", "sankt",
    "sea", "signs", "simple", "sonsuz", "south", "sprache", "sprachen", "staaten", "staten", "states", "taalkundige",
    "talen", "territories", "territory", "turkish", "united", "unknown", "vereinigte", "vereinigtes", "verenigde",
    "verre", "wereld", "western", "world", "zentral", "zone", "zuid",
})  # fmt: skip


def main() -> None:
    """Write the names."""
    sys.stdout.write(world())


def world() -> str:
    """Return the names as the text of the data file: by kind, in rows."""
    locales = [Locale(language) for language in LANGUAGES]
    said = {
        "land": _words(locale.territories for locale in locales),
        "tongue": _words(locale.languages for locale in locales),
    }
    return json.dumps({kind: _rows(words) for kind, words in said.items()}, ensure_ascii=False, indent=1) + "\n"


def _words(names: Iterable[Mapping[str, str]]) -> list[str]:
    """The words of the names, each once; codes of regions (figures) are no lands."""
    found = set()
    for those in names:
        for code, name in those.items():
            words = plain_words(name)
            if code.isdigit():
                continue
            found |= {word for word in words if len(words) == 1 or len(word) >= LETTERS_MIN}
    return sorted(word for word in found - COMMON if len(word) >= LETTERS_MIN - 1 and not word.isdigit())


def _rows(words: Iterable[str]) -> list[str]:
    rows = [""]
    for word in words:
        if len(rows[-1]) + len(word) >= ROW_MAX:
            rows.append("")
        rows[-1] = f"{rows[-1]} {word}".strip()
    return rows


if __name__ == "__main__":
    main()
