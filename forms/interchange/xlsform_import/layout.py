"""Places every question: groups and repeats as pages, notes as banners (SPEC.md section 5)."""

from typing import Final

import msgspec

from forms.interchange.columns import SECTION
from forms.interchange.xlsform_import import own
from forms.interchange.xlsform_import.conditions import Conditions
from forms.interchange.xlsform_import.draft import Asked, Draft, Expression, Placed, Section
from forms.interchange.xlsform_import.speech import Speech, Words, below, fits
from forms.interchange.xlsform_import.values import Why
from forms.interchange.xlsform_import.walk import Block, Item
from forms.sentences import phrase

_NO_WORDS: Final[Why] = phrase("import-has-no-words")
_AS_HINT: Final[Why] = phrase("import-words-stand-hint-question")
_NO_PLACE: Final[Why] = phrase("import-no-question-could-stand-with")
_IN_ITEMS: Final[Why] = phrase("import-shown-outside-its-item")
_TRUE: Final = "true"


class _Note(msgspec.Struct):
    """The words of a note, said while its condition holds; `key` is the page that it stands inside, if any, and `alone`
    says that our own export wrote it as a page that asks nothing.
    """

    item: Item
    words: Words
    shown: Expression
    key: tuple[str, ...] = ()
    alone: bool = False


def _together(notes: list[_Note]) -> list[_Note]:
    """Notes that stand below each other and are shown together, as far as a banner holds them."""
    found: list[_Note] = []
    for note in notes:
        last = found[-1] if found else None
        words = below(last.words, note.words) if last is not None else {}
        if last is not None and last.shown.text == note.shown.text and last.key == note.key and fits(words):
            origins = [*last.shown.origins, *note.shown.origins]
            found[-1] = _Note(last.item, words, Expression(last.shown.text, origins), last.key, last.alone)
        else:
            found.append(note)
    return found


class Layout:
    """Puts what was made of the rows onto pages, in their order."""

    def __init__(self, draft: Draft, speech: Speech, conditions: Conditions) -> None:
        self._draft = draft
        self._ledger = draft.ledger
        self._speech = speech
        self._conditions = conditions
        self._shown: dict[tuple[str, ...], Expression | None] = {}
        self._by_repeat: dict[tuple[str, ...], Section] = {}
        self._notes: list[tuple[Item, tuple[str, ...]]] = []
        self._in_items: list[Item] = []
        self._last: tuple[tuple[str, ...], Asked] | None = None

    def all(self, placed: list[Placed]) -> None:
        """Every page."""
        for one in placed:
            if one.item.type.use == "note":
                if one.item.repeat is None:
                    self._notes.append((one.item, _key(one)))
                else:
                    self._in_items.append(one.item)
                continue
            for asked in one.asked:
                self._conditional(one, asked)
                if asked.listed:
                    self._stand(one, asked)
        self._after()

    def _conditional(self, one: Placed, asked: Asked) -> None:
        """The condition under which a question is shown: of its own row, and of the groups that no page stands for."""
        around = _inner(one) if one.repeat is not None else () if asked.listed else one.item.outer
        lines = [*(block.line for block in around), one.item.line]
        shown = self._conditions.shown(lines, one.repeat)
        if asked is not one.asked[0] and asked.show_if is not None:
            return
        asked.show_if = shown

    def _stand(self, one: Placed, asked: Asked) -> None:
        key = _key(one)
        section = self._section(one, key)
        section.fields.append(asked.path if one.repeat is None else asked.name)
        self._tell(section, key)
        self._tell_in_items(one, section, asked)
        self._last = (key, asked)

    def _section(self, one: Placed, key: tuple[str, ...]) -> Section:
        """The page it belongs on: the last one, unless it begins another or notes stand before it."""
        outer = _outer(one)
        if one.repeat is not None and key in self._by_repeat:
            return self._by_repeat[key]
        last = self._draft.sections[-1] if self._draft.sections else None
        told = any(of == key for _, of in self._notes)
        if last is not None and last.key == key and not told:
            return last
        section = Section(key, self._titled(outer), [], one.repeat, self._around(outer))
        if outer:
            own.page(outer[-1].line, section, self._ledger)
        self._draft.sections.append(section)
        if one.repeat is not None:
            self._by_repeat[key] = section
        return section

    def _around(self, outer: tuple[Block, ...]) -> Expression | None:
        """The condition of a page: those of the blocks around it, each told once of what it lost."""
        key = tuple(block.line.source for block in outer)
        if key not in self._shown:
            self._shown[key] = self._conditions.shown([block.line for block in outer], None)
        shown = self._shown[key]
        return Expression(shown.text, shown.origins) if shown is not None else None

    def _titled(self, outer: tuple[Block, ...]) -> Words:
        for block in reversed(outer):
            words = self._speech.words(block.line, "label")
            if words:
                return words
        repeat = next((block for block in outer if block.what == "repeat"), None)
        if repeat is not None:
            return {"nl": repeat.line.get("name") or "herhaling"}
        return self._draft.title

    # --- notes ---

    def _tell(self, section: Section, key: tuple[str, ...]) -> None:
        """Put the notes before a question above its page, the last of them, and on pages of their own before it."""
        notes, self._notes = self._notes, []
        told = [note for note in (self._note(item, of, key, section) for item, of in notes) if note is not None]
        said = _together(told)
        inside = said and not said[-1].alone and (said[-1].key == key or section.show_if is None)
        if inside and len(section.fields) == 1 and section.banner is None:
            last = said.pop()
            section.banner, section.banner_if = last.words, last.shown
        place = self._draft.sections.index(section)
        self._draft.sections[place:place] = [self._page(note) for note in said]

    def _note(self, item: Item, of: tuple[str, ...], key: tuple[str, ...], section: Section) -> "_Note | None":
        """The words of a note and when they are shown, seen from the page before which they stand."""
        words = self._words(item)
        if not words or words == section.banner:  # our own export writes a banner as a note too
            return None
        exact = self._written(item, of, words) if of != key else None
        page = exact is not None or (of == key and section.repeat is None)
        lines = [item.line] if page else [*(block.line for block in item.blocks), item.line]
        shown = exact or self._conditions.shown(lines, None) or Expression(_TRUE, [(item.line.source, "note")])
        return _Note(item, words, shown, of if page else (), exact is not None)

    def _written(self, item: Item, of: tuple[str, ...], words: Words) -> Expression | None:
        """The condition of a note that our own export wrote as a page without questions."""
        if not item.outer or any(section.key == of for section in self._draft.sections):
            return None
        page = Section(of, {}, [])
        own.page(item.outer[-1].line, page, self._ledger)
        return page.banner_if if page.banner == words else None

    def _page(self, note: "_Note") -> Section:
        """A page that only says something, while its condition holds."""
        title = self._titled(note.item.outer)
        around = self._around(note.item.outer) if note.key else None
        return Section(note.key, title, [], None, around, note.words, note.shown)

    def _after(self) -> None:
        """Notes behind the last question: a page of their own, if there is any question at all."""
        for item, _ in self._notes if self._last is None else ():
            self._as_hint(item, None)
        for item in self._in_items:  # behind the last question of a repeat
            self._as_hint(item, self._last[1] if self._last is not None else None)
        outside = [] if self._last is None else self._notes
        told = [self._note(item, of, (), Section((), {}, [])) for item, of in outside]
        self._draft.sections += [self._page(note) for note in _together([note for note in told if note is not None])]

    def _tell_in_items(self, one: Placed, section: Section, asked: Asked) -> None:
        """Notes in a repeat: above its page if they stand there always, otherwise with the next question."""
        notes, self._in_items = self._in_items, []
        for item in notes:
            free = not item.inner and not item.line.get("relevant") and item.repeat is one.item.repeat
            words = self._words(item)
            if words and free and len(section.fields) == 1 and words != section.banner:
                shown = Expression(_TRUE, [(item.line.source, "note")])
                section.banner = below(section.banner or {}, words)
                section.banner_if = section.banner_if or shown
            elif words and words != section.banner:
                self._as_hint(item, asked)

    def _words(self, item: Item) -> Words:
        words = below(self._speech.words(item.line, "label"), self._speech.words(item.line, "hint"))
        if not words:
            self._ledger.left(item.line.source, "import-type-left", name=item.line.get("type"), why=_NO_WORDS)
        return words

    def _as_hint(self, item: Item, asked: Asked | None) -> None:
        words = self._words(item)
        if words and asked is None:
            self._ledger.left(item.line.source, "import-type-left", name=item.line.get("type"), why=_NO_PLACE)
        elif words and asked is not None:
            asked.field["hint"] = below(asked.field.get("hint", {}), words)
            self._ledger.changed(item.line.source, "import-type-changed", name=item.line.get("type"), why=_AS_HINT)
            conditions = (*(block.line.get("relevant") for block in item.inner), item.line.get("relevant"))
            if any(conditions):
                instead = phrase("import-instead-hint")
                facts = {"column": "relevant", "instead": instead, "why": _IN_ITEMS}
                self._ledger.changed(item.line.source, "import-expression-left", **facts)


def _key(one: Placed) -> tuple[str, ...]:
    """The page that a question belongs on: the blocks around it, down to the repeat."""
    return tuple(block.line.source for block in _outer(one))


def _outer(one: Placed) -> tuple[Block, ...]:
    """The blocks that a page stands for: down to the repeat, or to a group that our own export made of a page in it."""
    blocks = one.item.blocks
    pages = [place for place, block in enumerate(blocks) if own.cell(block.line, SECTION)]
    return blocks[: pages[-1] + 1] if pages and one.repeat is not None else one.item.outer


def _inner(one: Placed) -> tuple[Block, ...]:
    return one.item.blocks[len(_outer(one)) :]
