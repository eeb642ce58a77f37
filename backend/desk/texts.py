"""Every text of a form in one table: where it stands, its Dutch and its English; and what somebody typed, put back.

Pure: nothing here knows a rule. A row is named by its place in the document; `mark` says what stood there when a page
was read, so that two people who fill in different rows never meet, and two who fill in one are both heard.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

import msgspec

from backend.desk.drafting import TITLE_LANGUAGES
from backend.desk.threads import TEXT_MAX
from forms import paths
from forms.definition.parts import Page, WrittenCheck, lenient
from forms.schema.fields import Field, Words, words
from forms.schema.reading import read

MARK_DIGITS: Final = 12
ROWS_PAGE: Final = 60  # of one page: some 120 cells, which a person fills in without a break
_HEAD: Final = -1  # the section of what stands above all pages


class Text(msgspec.Struct, frozen=True):
    """One text: its place in the document, what it is, the page it stands on (from 0), and its words by language."""

    place: str
    kind: str  # title, section, banner, label, hint, choice, say
    section: int
    words: Words
    path: str = ""  # of the question
    code: str = ""  # of the choice

    @property
    def lacks(self) -> bool:
        """True if a language has no words here."""
        return any(not self.words.get(language, "").strip() for language in TITLE_LANGUAGES)

    @property
    def mark(self) -> str:
        """A short name of what stands here now."""
        said = "\0".join(self.words.get(language, "") for language in TITLE_LANGUAGES)
        return sha256(said.encode()).hexdigest()[:MARK_DIGITS]

    @property
    def needs_none(self) -> bool:
        """True for a text without letters, such as a number, which is the same in every language."""
        return bool(self.words.get("nl")) and not any(sign.isalpha() for sign in self.words["nl"])


def texts(document: Mapping[str, Any], hinted: Collection[str] = ()) -> list[Text]:
    """Every text in the order in which a worker meets it; an empty hint for each question of which one is asked."""
    parts = lenient(document)
    found = [Text("/title", "title", _HEAD, words(document.get("title")))]
    seen: set[str] = set()
    for number, page in enumerate(parts.layout):
        found += _of_page(page, number)
        for path in page.templates:
            if path in parts.fields and path not in seen:
                seen.add(path)
                found += _of_question(path, parts.fields[path], number, path in hinted)
    after = len(parts.layout)
    for path, field in parts.fields.items():
        found += _of_question(path, field, after, path in hinted) if path not in seen else ()
    for number, check in enumerate(parts.checks):
        if check != WrittenCheck():  # of another shape: it has no place for words
            found.append(Text(f"/checks/{number}/say", "say", after, check.say, check.at))
    return found


def _of_page(page: Page, number: int) -> Iterator[Text]:
    if page != Page():
        yield Text(f"/layout/{number}/section", "section", number, page.section)
    if page.banner is not None:
        yield Text(f"/layout/{number}/banner/say", "banner", number, page.banner.say)


def _of_question(path: str, field: Field, section: int, hinted: bool) -> Iterator[Text]:
    at = paths.format(["fields", path])
    yield Text(f"{at}/label", "label", section, field.label, path)
    if field.hint or hinted:
        yield Text(f"{at}/hint", "hint", section, field.hint or {}, path)
    for code, said in (field.choices or {}).items():
        yield Text(f"{at}/choices{paths.format([code])}", "choice", section, said, path, code)


# --- what somebody typed ---


class Typed(msgspec.Struct, frozen=True):
    """A row as somebody sent it: its words by language, what stood there when they read it, and whether the Dutch
    serves in English too."""

    words: Words
    mark: str = ""
    same: bool = False


class Taken(msgspec.Struct, frozen=True):
    """The outcome of a table that somebody sent: the document with what fits, and the rows that do not, by place, each
    with the code of a sentence."""

    document: dict[str, Any]
    faults: Mapping[str, str]
    changed: int


def taken(document: Mapping[str, Any], rows: Mapping[str, Typed], hinted: Collection[str] = ()) -> Taken:
    """Put typed rows in a document. A row that cannot be kept, or that a colleague changed meanwhile, is left as it is
    and named; all the others are taken."""
    copied: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(document))
    faults: dict[str, str] = {}
    changed = 0
    for text in texts(document, hinted):
        row = rows.get(text.place)
        wanted = None if row is None else _wanted(text, row)
        if row is None or wanted is None or all(text.words.get(one, "") == wanted[one] for one in wanted):
            continue
        if (fault := _fault(wanted, text, row)) is not None:
            faults[text.place] = fault
            continue
        _put(copied, text, wanted)
        changed += 1
    return Taken(copied, faults, changed + _alike(copied, rows))


def _alike(document: dict[str, Any], rows: Mapping[str, Typed]) -> int:
    """Give every choice without English the English of a choice that was typed with the same Dutch; count them."""
    choices = [text for text in texts(document) if text.kind == "choice"]
    typed = {text.words.get("nl", ""): text.words.get("en", "") for text in choices if text.place in rows}
    found = [text for text in choices if not text.words.get("en") and typed.get(text.words.get("nl", ""))]
    for text in found:
        _put(document, text, {**text.words, "en": typed[text.words["nl"]]})
    return len(found)


def once(rows: Sequence[Text]) -> list[tuple[Text, int]]:
    """The rows, choices without English that say the same Dutch once; each with how often it is said."""
    found: dict[tuple[str, str], list[Text]] = {}
    for row in rows:
        alike = row.kind == "choice" and not row.words.get("en") and bool(row.words.get("nl"))
        found.setdefault(("nl", row.words["nl"]) if alike else ("", row.place), []).append(row)
    return [(group[0], len(group)) for group in found.values()]


def _wanted(text: Text, row: Typed) -> dict[str, str]:
    """The words of a row as they are to be kept; with `same` the Dutch stands in English where that is empty."""
    wanted = {one: row.words.get(one, text.words.get(one, "")).replace("\r\n", "\n").strip() for one in TITLE_LANGUAGES}
    if row.same and not wanted["en"]:
        wanted["en"] = wanted["nl"]
    return wanted


def _fault(wanted: Words, text: Text, row: Typed) -> str | None:
    if any(len(words) > TEXT_MAX for words in wanted.values()):
        return "texts-wrong-long"
    if any(read(msgspec.json.encode(words)).findings for words in wanted.values()):
        return "texts-wrong-sign"
    return "texts-wrong-other" if row.mark and row.mark != text.mark else None


def _put(document: dict[str, Any], text: Text, wanted: Words) -> None:
    names = paths_of(text.place)
    around: Any = document
    for name in names[:-1]:
        around = around[int(name)] if isinstance(around, list) else around.setdefault(name, {})
    held = around.get(names[-1])
    kept = (dict(held) if isinstance(held, Mapping) else {}) | dict(wanted)
    kept = {language: words for language, words in kept.items() if words}
    if kept or text.kind != "hint":
        around[names[-1]] = kept
    else:
        around.pop(names[-1], None)


def paths_of(place: str) -> Sequence[str]:
    """The names along a place of a document (RFC 6901)."""
    return [name.replace("~1", "/").replace("~0", "~") for name in place[1:].split("/")]
