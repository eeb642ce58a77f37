"""Groups and repeats of a survey, and what stands in them (SPEC.md section 5)."""

from typing import Final

import msgspec

from forms.expressions.parser import close
from forms.interchange.ledger import Ledger
from forms.interchange.xlsform_import.choices import MEDIA_LEFT
from forms.interchange.xlsform_import.tables import MEDIA, Line
from forms.interchange.xlsform_import.types import KNOWN, METADATA, Type, read_type
from forms.interchange.xlsform_import.values import Why
from forms.sentences import phrase

_NESTED: Final[Why] = phrase("import-no-repeat-repeat-here-flattened")
_LOOP: Final[Why] = phrase("import-no-loop-over-list-choices")
_HEAD: Final[Why] = phrase("import-only-head")
_ONCE: Final = frozenset({"1", "1.0"})


class Block(msgspec.Struct, frozen=True):
    """A group or repeat: `what` is `group` or `repeat`."""

    what: str
    line: Line


class Item(msgspec.Struct, frozen=True):
    """A row that asks, says or computes something, and the blocks around it from the outside in."""

    line: Line
    type: Type
    blocks: tuple[Block, ...] = ()

    @property
    def repeat(self) -> Block | None:
        """The repeat in which it stands."""
        return next((block for block in self.blocks if block.what == "repeat"), None)

    @property
    def inner(self) -> tuple[Block, ...]:
        """The groups inside that repeat."""
        repeat = self.repeat
        return self.blocks[self.blocks.index(repeat) + 1 :] if repeat is not None else ()

    @property
    def outer(self) -> tuple[Block, ...]:
        """The blocks that hide a whole section: all of them, up to the repeat."""
        return self.blocks[: len(self.blocks) - len(self.inner)]


class _Open(msgspec.Struct):
    """A block that has begun; one that is `lost` takes all that stands in it along."""

    what: str
    line: Line
    block: Block | None
    lost: bool = False
    filled: bool = False


class Walk:
    """Goes through the rows of a survey once."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._open: list[_Open] = []
        self.items: list[Item] = []
        self.titles: dict[str, str] = {}
        self.metadata: list[str] = []

    def all(self, lines: tuple[Line, ...]) -> list[Item]:
        """Every row that is possible, in order."""
        for line in lines:
            self._line(line)
        while self._open:
            last = self._open[-1]
            self._ledger.changed(last.line.source, "import-not-closed", name=_called(last.line))
            self._close()
        return self.items

    def _line(self, line: Line) -> None:
        source, text = line.source, line.get("type")
        self._ledger.open(source, line.get("name"))
        if line.get("disabled").lower() in {"yes", "true", "true()", "1"}:
            self._ledger.left(source, "import-disabled")
        elif not text:
            self._ledger.left(source, "import-no-type")
        else:
            self._typed(line, read_type(text))

    def _typed(self, line: Line, kind: Type) -> None:
        source = line.source
        if kind.use == "begin":
            self._begin(line, kind)
        elif kind.use == "end":
            self._end(line, kind)
        elif self._open and self._open[-1].lost:
            self._ledger.left(source, "import-inside-left", name=_called(self._open[-1].line))
        elif kind.use == "unknown":
            meant = close(kind.what, list(KNOWN))
            self._ledger.left(source, "import-unknown-type", suggestion=meant, name=kind.what)
        elif kind.use == "title":
            self.titles[kind.what.rpartition(" ")[2]] = line.get("name")
        elif kind.what in METADATA:
            assert kind.why is not None
            self._ledger.needless(source, "import-not-needed", name=line.get("type"), why=kind.why)
            self.metadata.append(line.get("type"))
        elif kind.use == "left" or (kind.why is not None and kind.use == "calculate" and not line.get("calculation")):
            assert kind.why is not None
            self._ledger.left(source, "import-type-left", name=line.get("type"), why=kind.why)
        else:
            for depth, one in enumerate(self._open, 1):
                if not one.filled:
                    self._hint(one, depth)
                one.filled = True
            if kind.use == "select" and "label" in line.get("appearance").lower().split():
                self._ledger.changed(source, "import-type-changed", name=line.get("type"), why=_HEAD)
                kind = Type("note", "note")
            self.items.append(Item(line, kind, tuple(one.block for one in self._open if one.block is not None)))

    def _begin(self, line: Line, kind: Type) -> None:
        around = self._open[-1] if self._open else None
        opened = _Open(kind.what, line, Block(kind.what, line))
        for column in sorted(MEDIA & set(line.cells)):
            self._ledger.changed(line.source, "import-column-left", column=column, why=MEDIA_LEFT)
        if around is not None and around.lost:
            opened.lost = True
            self._ledger.left(line.source, "import-inside-left", name=_called(around.line))
        elif kind.what == "loop":
            opened.lost = True
            self._ledger.left(line.source, "import-type-left", name=line.get("type"), why=_LOOP)
        elif kind.what == "repeat" and any(one.what == "repeat" for one in self._open):
            if line.get("repeat_count") in _ONCE:
                opened.block = Block("group", line)
                self._ledger.changed(line.source, "import-type-changed", name=line.get("type"), why=_FLAT)
            else:
                opened.lost = True
                self._ledger.left(line.source, "import-type-left", name=line.get("type"), why=_NESTED)
        self._open.append(opened)

    def _hint(self, opened: _Open, depth: int) -> None:
        """Put the hint of a group where a note at its front would stand: a page has none, and the words are meant."""
        words = opened.line.words.get("hint")
        if words:
            line = Line(opened.line.source, {"type": "note"}, {"label": words})
            around = tuple(one.block for one in self._open[:depth] if one.block is not None)
            self.items.append(Item(line, Type("note", "note"), around))

    def _end(self, line: Line, kind: Type) -> None:
        if kind.what not in {one.what for one in self._open}:
            self._ledger.left(line.source, "import-end-alone")
            return
        while self._open[-1].what != kind.what:
            last = self._open[-1]
            self._ledger.changed(last.line.source, "import-not-closed", name=_called(last.line))
            self._close()
        if self._open[-1].lost:
            self._ledger.left(line.source, "import-inside-left", name=_called(self._open[-1].line))
        self._close()

    def _close(self) -> None:
        last = self._open.pop()
        if not last.filled and not last.lost:
            self._ledger.left(last.line.source, "import-empty-group")


_FLAT: Final[Why] = phrase("import-comes-only-once-questions-stand")


def _called(line: Line) -> str:
    return line.get("name") or line.get("type")
