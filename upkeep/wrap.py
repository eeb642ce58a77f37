"""Wrap the prose of Markdown files at 120 characters, so that a difference shows what changed.

    .venv/bin/python -m upkeep.wrap $(git ls-files '*SPEC.md')

Tables, code and headings stay as they are, and so does every word: a file that would read otherwise is refused.
"""

import re
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

WIDTH: Final = 120
_STARTS: Final = re.compile(r"\s*(?:[-*]|\d+\.|[a-z]\.)\s|\d+\.\d+\s|\*\*D\d+")  # a list's item, a rule, a decision
_LEAD: Final = re.compile(r"(\s*)((?:[-*]|\d+\.|[a-z]\.)\s+)?")
_NOT_FIRST: Final = re.compile(r" (?=(?:\|\||[-*+>#|]|\d+[.)])(?: |$))")  # at a line's beginning it would mean a list
_GLUE: Final = "\x01"


def wrapped(paragraph: Sequence[str]) -> list[str]:
    """Wrap one paragraph or item; one whose lines are short enough stays."""
    if all(len(line) <= WIDTH for line in paragraph):
        return list(paragraph)
    found = _LEAD.match(paragraph[0])
    assert found is not None
    lead = found[0]
    text = " ".join([paragraph[0][len(lead) :].strip(), *(line.strip() for line in paragraph[1:])])
    below = paragraph[1][: len(paragraph[1]) - len(paragraph[1].lstrip())] if paragraph[1:] else " " * len(lead)
    lines = textwrap.wrap(
        _NOT_FIRST.sub(_GLUE, text), WIDTH, initial_indent=lead, subsequent_indent=below,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    return [line.replace(_GLUE, " ") for line in lines]


def pieces(lines: Sequence[str]) -> Iterator[list[str]]:
    """Give each paragraph, item, table row, heading and line of code by itself, in their order."""
    paragraph: list[str] = []
    is_code = False
    for line in lines:
        fence = line.startswith("```")
        is_code ^= fence
        alone = is_code or fence or not line.strip() or line.lstrip().startswith("|") or line.startswith(("#", "    "))
        if paragraph and (alone or _STARTS.match(line)):
            yield paragraph
            paragraph = []
        if alone:
            yield [line]
        else:
            paragraph.append(line)
    if paragraph:
        yield paragraph


def rewrapped(text: str) -> str:
    """Wrap a whole file; the words and their order stay."""
    lines = text.split("\n")
    out: list[str] = []
    for piece in pieces(lines):
        single = len(piece) == 1 and (piece[0].lstrip().startswith(("|", "```")) or piece[0].startswith(("#", "    ")))
        out += piece if single or not piece[0].strip() or _in_code(out) else wrapped(piece)
    result = "\n".join(out)
    assert text.split() == result.split()
    return result


def _in_code(lines: Sequence[str]) -> bool:
    return sum(line.startswith("```") for line in lines) % 2 == 1


if __name__ == "__main__":
    for path in map(Path, sys.argv[1:]):
        path.write_text(rewrapped(path.read_text()))
