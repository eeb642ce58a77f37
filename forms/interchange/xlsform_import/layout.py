"""Places every question: groups and repeats as pages, notes as banners (SPEC.md section 5)."""

from typing import Final

from forms.interchange.columns import SECTION
from forms.interchange.xlsform_import import own
from forms.interchange.xlsform_import.conditions import Conditions
from forms.interchange.xlsform_import.draft import Asked, Draft, Expression, Placed, Section
from forms.interchange.xlsform_import.speech import Speech, Words
from forms.interchange.xlsform_import.values import Why
from forms.interchange.xlsform_import.walk import Block, Item
from forms.sentences import phrase

_NO_WORDS: Final[Why] = phrase("import-has-no-words")
_AS_HINT: Final[Why] = phrase("import-words-stand-hint-question")
_NO_PLACE: Final[Why] = phrase("import-no-question-could-stand-with")
_TRUE: Final = "true"


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
        self._last: tuple[tuple[str, ...], Asked] | None = None

    def all(self, placed: list[Placed]) -> None:
        """Every page."""
        for one in placed:
            if one.item.type.use == "note":
                self._notes.append((one.item, _key(one)))
                continue
            for asked in one.asked:
                self._conditional(one, asked)
                if asked.listed:
                    self._stand(one, asked)
        for item, _ in self._notes:
            self._as_hint(item, self._last[1] if self._last is not None else None)

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
        self._tell(section, key, asked)
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
        if key not in self._shown:
            self._shown[key] = self._conditions.shown([block.line for block in outer], None)
        shown = self._shown[key]
        again = Expression(shown.text, shown.origins) if shown is not None else None
        section = Section(key, self._title(one), [], one.repeat, again)
        if outer:
            own.page(outer[-1].line, section, self._ledger)
        self._draft.sections.append(section)
        if one.repeat is not None:
            self._by_repeat[key] = section
        return section

    def _title(self, one: Placed) -> Words:
        for block in reversed(_outer(one)):
            words = self._speech.words(block.line, "label")
            if words:
                return words
        repeat = one.item.repeat
        if repeat is not None:
            return {"nl": repeat.line.get("name") or "herhaling"}
        return self._draft.title

    # --- notes ---

    def _tell(self, section: Section, key: tuple[str, ...], asked: Asked) -> None:
        """Put the notes before this question above its page, or with the question."""
        notes, self._notes = self._notes, []
        for item, of in notes:
            words = self._words(item)
            if not words or words == section.banner:  # our own export writes a banner as a note too
                continue
            lines = [item.line] if of == key else [*(block.line for block in item.blocks), item.line]
            inside = of == key and item.repeat is not None
            shown = None if inside and item.line.get("relevant") else self._conditions.shown(lines, None)
            text = shown.text if shown is not None else _TRUE
            first = len(section.fields) == 1 and not (inside and (item.line.get("relevant") or item.inner))
            if first and section.banner is None:
                section.banner, section.banner_if = words, shown or Expression(_TRUE, [(item.line.source, "note")])
            elif (
                first
                and section.banner is not None
                and section.banner_if is not None
                and section.banner_if.text == text
            ):
                section.banner = below(section.banner, words)
            else:
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


def below(one: Words, two: Words) -> Words:
    """Two texts below each other, language by language."""
    return {
        tongue: "\n".join(words for words in (one.get(tongue), two.get(tongue)) if words) for tongue in {**one, **two}
    }
