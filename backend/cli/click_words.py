"""Click's own words in the language of the terminal: its headings, its hints, and what it says of a wrong option.

Click hands each of its texts to gettext by its English. They are answered from the group `click` of `said/`, by that
English; a language without such a group, English among them, has Click's own. The words that stand for a value in
the help, such as FILE, are in the same group.
"""

import gettext
import re
import sys
from copy import copy
from functools import cache

import click

from backend.sentences import library

_WORD = re.compile(r"[A-Z]{2,}( [A-Z]+)*")


def text(english: str) -> str:
    """A text of Click in the language of the terminal."""
    return library().click(english, library().of_environment())


def counted(english: str, plural: str, count: int) -> str:
    """A text of Click that depends on a count; its words by plural category stand by the English of one."""
    return library().click(english, library().of_environment(), count=count, plural=plural)


def answer_click() -> None:
    """Let Click's modules ask here in place of gettext. Safe to repeat."""
    for name, module in list(sys.modules.items()):
        if name.startswith("click."):
            for asked, answers in ((gettext.gettext, text), (gettext.ngettext, counted)):
                for theirs in [key for key, value in vars(module).items() if value is asked]:
                    setattr(module, theirs, answers)


@cache
def _placeholder(parameter: click.Parameter) -> str:
    """Return the English word that stands for a value, as Click makes it. Asked once, before it is translated."""
    return parameter.make_metavar(click.Context(click.Command("")))


def _worded(words: str) -> str:
    return _WORD.sub(lambda word: text(word[0]), words)


def explain_values(command: click.Command) -> None:
    """Give the words for values, and the kinds of paths, of a command in the language of the terminal."""
    command.options_metavar = _worded("[OPTIONS]")
    if isinstance(command, click.Group):
        command.subcommand_metavar = _worded("COMMAND [ARGS]...")
    for parameter in command.params:
        if not getattr(parameter, "is_flag", False):
            parameter.metavar = _worded(_placeholder(parameter))
        if isinstance(parameter.type, click.Path):
            kind = copy(parameter.type)  # others have it too, and learn their English from it later
            # Click asks for these words where a path is declared, before anybody reads
            kind.name = text("path" if kind.file_okay and kind.dir_okay else "file" if kind.file_okay else "directory")
            parameter.type = kind
