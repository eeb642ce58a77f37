"""From text to tree: a Pratt parser (SPEC.md section 9.1).

It stops at the first fault and says what to do at that word; whether names exist and kinds fit is
`checking`'s to say.
"""

from difflib import get_close_matches
from typing import Final

import msgspec

from forms import paths
from forms.expressions import tree as trees
from forms.expressions.lexer import Stop, Token, tokens
from forms.expressions.tree import ARITY, COMPARISONS, DEPTH_MAX, KEYWORDS, Node
from forms.findings import Finding

OR, AND, NOT, COMPARE, ADD, MULTIPLY, NEGATE = range(1, 8)
BINDING: Final = {  # how tightly an operator holds what stands left and right of it
    "or": OR,
    "and": AND,
    **dict.fromkeys(COMPARISONS, COMPARE),
    "+": ADD,
    "-": ADD,
    "*": MULTIPLY,
    "/": MULTIPLY,
    "%": MULTIPLY,
}
_VALUES: Final = {"true": True, "false": False, "null": None}
_OPERATOR_MEANT: Final = {  # a word where an operator is expected, and what its writer means
    "en": "and",
    "of": "or",
    "is": "==",
    "mod": "%",
    "div": "/",
}
_WORD_MEANT: Final = {"niet": "not", "waar": "true", "onwaar": "false", "leeg": "null", "als": "if"}


class Parsed(msgspec.Struct, frozen=True):
    """The result of reading one text: a node, or the fault where reading stopped. `parts` is the size of the text."""

    node: Node | None
    findings: tuple[Finding, ...] = ()
    parts: int = 0


def parse(text: str) -> Parsed:
    """Read one expression. The node has a tree if there are no findings."""
    words: list[Token] = []
    try:
        words = tokens(text)
        return Parsed(_Parser(words).whole(), parts=len(words))
    except Stop as stop:
        return Parsed(None, (stop.finding,), len(words))


def close(word: str, known: list[str]) -> str | None:
    """The known word that was probably meant."""
    found = get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    return found[0] if found else None


class _Parser:
    def __init__(self, words: list[Token]) -> None:
        self._words = words
        self._at = 0
        self._open = 0

    def whole(self) -> Node:
        """All words as one expression, within the limits."""
        if self._next.kind == "end":
            raise Stop("expression-empty", 0, self._next.end)
        node = self._expression(0)
        word = self._next
        if word.kind != "end":
            meant = _OPERATOR_MEANT.get(word.text.lower()) or _keyword(word)
            raise Stop("left-over", word.start, word.end, meant, word=word.text)
        if len(self._words) > min(DEPTH_MAX, trees.NODES_MAX):  # every node has a word of its own
            if trees.depth(node) > DEPTH_MAX:
                raise Stop("expression-too-deep", 0, word.end, limit=DEPTH_MAX)
            if sum(1 for _ in node.walk()) > trees.NODES_MAX:
                raise Stop("expression-too-large", 0, word.end, limit=trees.NODES_MAX)
        each = sum(one.text in trees.PER_ITEM for one in self._words)
        if each > trees.ITEM_NESTING_MAX and trees.nesting(node) > trees.ITEM_NESTING_MAX:
            raise Stop("item-nesting", 0, word.end, limit=trees.ITEM_NESTING_MAX)
        return node

    @property
    def _next(self) -> Token:
        return self._words[self._at]

    def _take(self) -> Token:
        self._at += 1
        return self._words[self._at - 1]

    def _is(self, text: str) -> bool:
        return self._next.text == text and self._next.kind in {"sign", "word"}

    def _expression(self, least: int) -> Node:
        """Read the expression that follows, as far as its operators hold at least as tightly as `least`."""
        left = self._operand(least)
        while True:
            sign = self._next
            holds = BINDING.get(sign.text, 0) if sign.kind in {"sign", "word"} else 0
            if not holds or holds < least:
                return left
            self._take()
            if sign.text in {"or", "and"}:
                left = self._chain(sign.text, left, holds)
                continue
            right = self._expression(holds + 1)
            left = Node(sign.text, args=(left, right), start=left.start, end=right.end)
            if holds == COMPARE and self._next.text in COMPARISONS and self._next.kind != "text":
                raise Stop("chained-comparison", self._next.start, self._next.end, word=self._next.text)

    def _chain(self, op: str, first: Node, holds: int) -> Node:
        """`a and b and c` is one node, so that a long list of conditions is not deep."""
        args = [first, self._expression(holds + 1)]
        while self._is(op):
            self._take()
            args.append(self._expression(holds + 1))
        return Node(op, args=tuple(args), start=first.start, end=args[-1].end)

    def _operand(self, least: int) -> Node:
        word = self._take()
        match word.kind:
            case "number" | "text":
                return Node("value", word.value, start=word.start, end=word.end)
            case "path":
                return Node("answer", word.value, start=word.start, end=word.end)
            case "word":
                return self._word(word, least)
        match word.text:
            case "-":
                arg = self._inside(word, NEGATE)
                return Node("-", args=(arg,), start=word.start, end=arg.end)
            case "(":
                node = self._inside(word, 0)
                end = self._closed(word, ")")
                return msgspec.structs.replace(node, start=word.start, end=end)
            case "[":
                args, end = self._arguments(word, "]")
                return Node("list", args=args, start=word.start, end=end)
        raise Stop("no-value", word.start, word.end or word.start)

    def _word(self, word: Token, least: int) -> Node:
        if word.text in _VALUES:
            return Node("value", _VALUES[word.text], start=word.start, end=word.end)
        if word.text == "not":
            if least > NOT:
                raise Stop("needs-brackets", word.start, word.end, word=word.text)
            arg = self._inside(word, NOT)
            return Node("not", args=(arg,), start=word.start, end=arg.end)
        if word.text in KEYWORDS:
            raise Stop("no-value", word.start, word.end)
        if self._is("("):
            return self._call(word)
        follows = self._next.kind in {"word", "number", "text"} and self._next.text not in KEYWORDS
        meant = _WORD_MEANT.get(word.text.lower()) if follows else None
        if meant is not None:
            raise Stop("unknown-name", word.start, word.end, meant, name=word.text)
        if paths.NAME.fullmatch(word.text) is None:
            raise Stop("unknown-name", word.start, word.end, _keyword(word) or word.text.lower(), name=word.text)
        return Node("name", word.text, start=word.start, end=word.end)

    def _call(self, word: Token) -> Node:
        if word.text not in ARITY:
            meant = _WORD_MEANT.get(word.text.lower()) or close(word.text, list(ARITY))
            raise Stop("unknown-function", word.start, word.end, meant, name=word.text)
        args, end = self._arguments(self._take(), ")")
        least, most = ARITY[word.text]
        if not least <= len(args) <= most:
            wanted = str(least) if least == most else f"{least}-{most}"
            raise Stop("wrong-arguments", word.start, end, name=word.text, wanted=wanted, given=len(args))
        return Node(word.text, args=args, start=word.start, end=end)

    def _arguments(self, opened: Token, closing: str) -> tuple[tuple[Node, ...], int]:
        args: list[Node] = []
        if not self._is(closing):
            args.append(self._inside(opened, 0))
            while self._is(","):
                self._take()
                args.append(self._inside(opened, 0))
        return tuple(args), self._closed(opened, closing)

    def _inside(self, word: Token, least: int) -> Node:
        """Read the expression in brackets or behind a sign; only this makes the parser go deeper."""
        if self._open == DEPTH_MAX:
            raise Stop("expression-too-deep", word.start, word.end, limit=DEPTH_MAX)
        self._open += 1
        node = self._expression(least)
        self._open -= 1
        return node

    def _closed(self, opened: Token, closing: str) -> int:
        if self._is(closing):
            return self._take().end
        word = self._next
        if word.kind == "end":
            raise Stop("not-closed", opened.start, opened.end, word=opened.text, sign=closing)
        meant = _OPERATOR_MEANT.get(word.text.lower()) or _keyword(word)
        raise Stop("left-over", word.start, word.end, meant, word=word.text)


def _keyword(word: Token) -> str | None:
    """`AND` is meant as `and`."""
    return word.text.lower() if word.kind == "word" and word.text.lower() in KEYWORDS else None
