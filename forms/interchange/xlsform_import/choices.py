"""The lists of choices of a workbook (SPEC.md section 4.4)."""

from collections.abc import Mapping
from typing import Final

import msgspec

from forms.interchange.columns import CODE
from forms.interchange.ledger import Ledger
from forms.interchange.xlsform_import.speech import Speech, Words
from forms.interchange.xlsform_import.tables import MEDIA, Line
from forms.sentences import phrase

EXTERNAL: Final = "external_choices!"  # before the name of a list of that sheet, which may be that of another one
EXTERNAL_MAX: Final = 1_500  # choices of that sheet that a form has itself; longer lists are the municipality's

_OWN = frozenset({"list_name", "name", "label", CODE})


class ChoiceList(msgspec.Struct, frozen=True):
    """One list: its codes in their order, their words, and the other columns that a filter can name.

    A code that stands in the list twice has its columns twice: it is offered where either fits.
    """

    name: str
    codes: tuple[str, ...]
    words: Mapping[str, Words]
    columns: Mapping[str, tuple[Mapping[str, str], ...]]
    sources: tuple[str, ...]


def read_lists(lines: tuple[Line, ...], speech: Speech, ledger: Ledger) -> dict[str, ChoiceList]:
    """Every list by its name."""
    found: dict[str, list[Line]] = {}
    for line in lines:
        ledger.open(line.source, line.get("name"))
        if not line.get("list_name") or not line.get("name"):
            ledger.left(line.source, "import-list-no-name")
        else:
            found.setdefault(line.get("list_name"), []).append(line)
    return {name: _list(name, members, speech, ledger) for name, members in found.items()}


def read_external(lines: tuple[Line, ...], speech: Speech, ledger: Ledger) -> dict[str, ChoiceList]:
    """The lists of the sheet external_choices, if they are short enough for a form."""
    found = read_lists(lines, speech, ledger) if len(lines) <= EXTERNAL_MAX else {}
    return {EXTERNAL + name: listed for name, listed in found.items()}


def code_of(line: Line) -> str:
    """The code of a choice: as our own export knows it, if it had to be written otherwise there."""
    return line.get(CODE) or line.get("name")


def _list(name: str, lines: list[Line], speech: Speech, ledger: Ledger) -> ChoiceList:
    words: dict[str, Words] = {}
    columns: dict[str, tuple[Mapping[str, str], ...]] = {}
    for line in lines:
        code = code_of(line)
        cells = {column: cell for column, cell in line.cells.items() if column not in _OWN}
        columns[code] = (*columns.get(code, ()), cells)
        if code in words:
            alike = words[code] == (speech.words(line, "label") or {"nl": code})
            note = ledger.carried if alike else ledger.changed
            note(line.source, "import-code-again" if alike else "import-code-twice", name=code)
            continue
        words[code] = speech.words(line, "label")
        if not words[code]:
            words[code] = {"nl": code}
            ledger.changed(line.source, "import-no-label")
        for column in MEDIA & set(line.cells):
            ledger.changed(line.source, "import-column-left", column=column, why=MEDIA_LEFT)
    return ChoiceList(name, tuple(words), words, columns, tuple(line.source for line in lines))


MEDIA_LEFT = phrase("import-images-sounds-beside-question-not")
