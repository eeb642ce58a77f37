"""The part of XPath that people write in XLSForms, read into a tree (SPEC.md section 3).

Not XPath as a whole: paths are read for the question that they end in, because a form asks each name once. What
this page does not know becomes a node `other`, which the translation refuses by its words.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from forms.sentences import phrase

LENGTH_MAX: Final = 8_000  # characters; ours may have 2,000, and XPath says some things in more words
DEPTH_MAX: Final = 40  # brackets in brackets; ours may have 32
QUOTES: Final = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "\u00a0": " "})  # what word processors make

_WORDS: Final = re.compile(
    r"""(?P<space>\s+)
      | (?P<question>\$\{\s*(?:last-saved\#)?[^{}\s]+\s*\})
      | (?P<number>\d+(?:\.\d*)?|\.\d+)
      | (?P<text>"[^"]*"|'[^']*')
      | (?P<name>[^\W\d](?:[\w.-]*[\w])?(?::[^\W\d](?:[\w.-]*[\w])?)?)
      | (?P<sign>::|//|\.\.|!=|<=|>=|[-+*/=<>|()\[\],.@])""",
    re.VERBOSE,
)
_BINDING: Final = {
    "or": 1,
    "and": 2,
    **dict.fromkeys(("=", "!="), 3),
    **dict.fromkeys(("<", "<=", ">", ">="), 4),
    **dict.fromkeys(("+", "-"), 5),
    **dict.fromkeys(("*", "div", "mod"), 6),
    "|": 8,
}
_NEGATE: Final = 7
_OPERATOR_WORDS: Final = frozenset({"and", "or", "div", "mod"})


class Word(msgspec.Struct, frozen=True):
    """One word of the text: `kind` is `question`, `number`, `text`, `name`, `operator`, `sign` or `end`."""

    kind: str
    text: str


class X(msgspec.Struct, frozen=True):
    """One part of an XPath.

    `number` and `text` carry a `value`; `question` the name that stood in `${}` or at the end of a path; `column` a
    bare name, which means a column of the choices; `self` is the dot; `call` has the function's name; `where` has
    a repeating group and a condition, and as `value` the question of its items if one is named; `other` the words of
    what is not read. Everything else is an operator (`neg` is minus before a value).
    """

    op: str
    value: Any = None
    args: tuple["X", ...] = ()
    way: tuple[str, ...] = ()
    """Of a question at the end of a path: the steps before it, `/` first if the path begins at the top."""

    def walk(self) -> Iterator["X"]:
        """This part and all below it."""
        yield self
        for arg in self.args:
            yield from arg.walk()


class Read(msgspec.Struct, frozen=True):
    """The result of reading one text: a tree, or why there is none, in Dutch and English."""

    node: X | None
    why: tuple[str, str] = ("", "")


class _Stop(Exception):
    """Ends the reading; it never leaves this module."""

    def __init__(self, code: str, **facts: str) -> None:
        self.why = phrase(code, **facts)


def read(text: str) -> Read:
    """Read one XPath. Never raises, whatever the text."""
    if len(text) > LENGTH_MAX:
        return Read(None, phrase("import-has-more-characters", limit=LENGTH_MAX))
    try:
        return Read(_Parser(_words(text.translate(QUOTES))).whole())
    except _Stop as stop:
        return Read(None, stop.why)


def _words(text: str) -> list[Word]:
    """The words, with names and stars that stand where an operator is expected known as operators."""
    found: list[Word] = []
    at = 0
    while at < len(text):
        match = _WORDS.match(text, at)
        if match is None:
            sign = text[at : at + 1]
            raise _Stop("xpath-sign", sign=sign)
        at = match.end()
        kind = match.lastgroup or ""
        if kind == "space":
            continue
        word = match.group()
        before = found[-1] if found else Word("operator", "")
        value_before = before.kind in {"question", "number", "text", "name"} or before.text in {")", "]", ".", ".."}
        if (word in _OPERATOR_WORDS and value_before) or (kind == "sign" and word in _BINDING):
            kind = "operator" if word != "*" or value_before else "sign"
        found.append(Word(kind, word))
    return [*found, Word("end", "")]


class _Parser:
    def __init__(self, words: list[Word]) -> None:
        self._words = words
        self._at = 0
        self._open = 0

    def whole(self) -> X:
        node = self._expression(0)
        if self._next.kind != "end":
            raise _misplaced(self._next)
        return node

    @property
    def _next(self) -> Word:
        return self._words[self._at]

    def _take(self) -> Word:
        word = self._next
        if word.kind != "end":
            self._at += 1
        return word

    def _is(self, *signs: str) -> bool:
        return self._next.text in signs and self._next.kind in {"sign", "operator"}

    def _expect(self, sign: str) -> None:
        if not self._is(sign):
            raise _misplaced(self._next)
        self._take()

    def _expression(self, least: int) -> X:
        """Read the expression that follows, as far as its operators hold at least as tightly as `least`."""
        self._open += 1
        if self._open > DEPTH_MAX:
            raise _Stop("xpath-too-deep")
        left = self._operand()
        links = 0
        while self._next.kind == "operator":
            holds = _BINDING[self._next.text]
            if holds < least:
                break
            op = self._take().text
            right = self._expression(holds + 1)
            chain = op in {"and", "or"} and left.op == op
            links += not chain
            if links > DEPTH_MAX:
                raise _Stop("xpath-too-deep")
            left = X(op, args=(*left.args, right) if chain else (left, right))
        self._open -= 1
        return left

    def _operand(self) -> X:
        word = self._next
        if word.text == "-" and word.kind == "operator":
            self._take()
            return X("neg", args=(self._expression(_NEGATE),))
        if word.kind == "number":
            self._take()
            return X("number", float(word.text))
        if word.kind == "text":
            self._take()
            return X("text", word.text[1:-1])
        if self._is("("):
            self._take()
            node = self._expression(0)
            self._expect(")")
            return self._behind(node) if self._is("[", "/") else node
        if word.kind == "name" and self._words[self._at + 1].text == "(":
            return self._call()
        return self._path()

    def _call(self) -> X:
        name = self._take().text
        self._take()
        args: list[X] = []
        if not self._is(")"):
            args.append(self._expression(0))
            while self._is(","):
                self._take()
                args.append(self._expression(0))
        self._expect(")")
        node = X("call", name, tuple(args))
        if name == "current" and self._is("/"):
            self._take()
            return self._path()
        return self._behind(node) if self._is("[", "/") else node

    def _behind(self, node: X) -> X:
        """A path that goes on behind brackets or a function: nothing that this page knows."""
        while self._is("[", "/"):
            if self._take().text == "[":
                self._expression(0)
                self._expect("]")
            else:
                self._path()
        return X("other", f"{node.value}(…)/…" if node.op == "call" else "(…)/…")

    def _path(self) -> X:
        """Steps between slashes; only the last named one says which question is meant."""
        steps: list[Word] = []
        slashes = where = 0
        found: X | None = None
        if self._is("/", "//"):
            slashes += 1
            if self._take().text == "//":
                found = X("other", "//")
        while True:
            step = self._take()
            if step.kind not in {"question", "name"} and step.text not in {".", "..", "*", "@"}:
                raise _misplaced(step)
            if step.text in {"*", "@"} or self._is("::", "@", "//"):
                found = X("other", step.text)
                while self._is("::", "@", "//"):
                    self._take()
                    step = self._take()
            steps.append(step)
            if self._is("["):
                where, found = where + 1, self._where(steps, found)
            if not self._is("/"):
                return _ended(steps, slashes, where, found)
            self._take()
            slashes += 1

    def _where(self, steps: list[Word], found: X | None) -> X:
        """A condition behind a step."""
        self._take()
        condition = self._expression(0)
        self._expect("]")
        group = _ended(steps, 1, 0, None)
        if found is not None or group.op != "question" or self._is("["):
            return X("other", f"{steps[-1].text}[…]")
        return X("where", None, (group, condition))


def _ended(steps: list[Word], slashes: int, where: int, found: X | None) -> X:
    """Read a path: the question at its end."""
    last = steps[-1]
    name = last.text[2:-1].strip() if last.kind == "question" else last.text
    if found is not None and found.op == "where" and where == 1:
        group = found.args[0].value
        return found if name == group else X("where", name, found.args)
    if found is not None:
        return found
    if last.text == ".":
        return X("self") if all(step.text == "." for step in steps) else X("other", "./.")
    if last.text == "..":
        return X("other", "..")
    if last.kind == "question" or not slashes:
        return X("question" if last.kind == "question" else "column", name)
    top = ("/",) if slashes == len(steps) else ()
    return X("question", name, way=(*top, *(step.text for step in steps[:-1])))


def _misplaced(word: Word) -> _Stop:
    if word.kind == "end":
        return _Stop("xpath-ends")
    return _Stop("xpath-misplaced", word=word.text)
