"""The words of a workbook in the languages of our forms: Dutch always, whatever else there is (SPEC.md section 2.3)."""

import re
from collections.abc import Iterator
from typing import Final

from forms.definition.shape import TEXT_MAX
from forms.findings import Finding, finding
from forms.interchange.ledger import Ledger
from forms.interchange.xlsform_import.tables import Line, Table, language_code

DUTCH: Final = "nl"
ANSWER: Final = re.compile(r"\$\{\s*([^{}]*?)\s*\}")
_MARKUP: Final = re.compile(r"</?[A-Za-z][^<>]*>")

Words = dict[str, str]


def fits(words: Words) -> bool:
    """True if a form can hold these words in one place."""
    return all(len(text) <= TEXT_MAX for text in words.values())


def below(one: Words, two: Words) -> Words:
    """Two texts below each other, language by language; the Dutch of one stands in where it lacks a language."""
    both = [words for words in (one, two) if words]
    return {
        tongue: "\n".join(words.get(tongue) or words.get(DUTCH, "") for words in both).strip()
        for tongue in {**one, **two}
    }


class Speech:
    """Reads words, and counts what has to be translated."""

    def __init__(self, default: str, tables: list[Table], ledger: Ledger) -> None:
        self._default = (language_code(default) or "") if default else ""
        self._ledger = ledger
        self._borrowed: dict[str, int] = {}
        self._assumed = False
        self.mentioned: dict[str, set[str]] = {}
        """The names that the words of each row mention."""
        named = [language for table in tables for language in table.languages if language]
        if (
            not self._default
            and DUTCH not in named
            and len(set(named)) == 1
            and not any("" in table.languages for table in tables)
        ):
            self._default = named[0]

    def words(self, line: Line, column: str) -> Words:
        """The words of one column by language; empty if there are none."""
        said: Words = {}
        for language, text in line.words.get(column, {}).items():
            code = language or self._default
            clean = self._clean(text, line)
            if clean and code:
                said.setdefault(code, clean)
            elif clean and DUTCH not in line.words[column]:
                self._assumed = True
                said[DUTCH] = clean
        return self.in_dutch(said)

    def titled(self, text: str) -> Words:
        """A text that names no language, such as the title of the form."""
        return self.in_dutch({self._default or DUTCH: text})

    def in_dutch(self, said: Words) -> Words:
        """The same words with Dutch among them, borrowed from another language if need be."""
        if DUTCH in said:
            return {DUTCH: said[DUTCH], **said}
        if said:
            language = self._default if self._default in said else next(iter(said))
            self._borrowed[language] = self._borrowed.get(language, 0) + 1
            return {DUTCH: said[language], **said}
        return said

    def _clean(self, text: str, line: Line) -> str:
        plain = _MARKUP.sub("", text) if "<" in text else text
        if plain != text:
            self._ledger.carried(line.source, "import-words-markup")
        plain = plain.strip()
        if "${" in plain:
            names = {match[1].rpartition("/")[2] for match in ANSWER.finditer(plain)}
            self.mentioned.setdefault(line.source, set()).update(names)
        if len(plain) > TEXT_MAX:
            self._ledger.changed(line.source, "import-words-cut", limit=TEXT_MAX)
        return plain[:TEXT_MAX]

    def todo(self) -> Iterator[Finding]:
        """The texts that are to be translated."""
        if self._assumed:
            yield finding("import-language-assumed", "")
        for language, count in self._borrowed.items():
            yield finding("import-no-dutch", "", count=count, language=language)
