"""The log in words: who acted, and the codes in what a line says besides, for the page and for the command line.

What is kept stays as it is, for the chain covers it; only what is shown is said.
"""

import re
from typing import Final

from backend.desk.log_details import in_words
from backend.desk.rights import Role
from backend.sentences import ENGLISH, library

DEVICE: Final = "device:"  # before the worker whose device acted
DESK: Final = "desk:"  # before the account of staff who wrote
OF_ERASURES: Final = frozenset({"erase", "erasure"})
REFUSED: Final = "refused"  # what somebody may not do, by the name of its row in the table of rights
OF_PROPOSALS: Final = frozenset(
    {
        "first-people",
        "propose",
        "agree",
        "agree-first",
        "emergency",
        "refuse-proposal",
        "withdraw-proposal",
        "read-emergency",
    }
)  # begin with the kind of what was proposed
OF_ROLES: Final = OF_PROPOSALS | {"invite-staff", "give-roles"}
OF_FACTORS: Final = frozenset({"sign-in", "sign-in-failed", "confirm", "emergency-account"})
_ROLES: Final = frozenset(map(str, Role))
_DESK: Final = re.compile(r"(?<!\S)desk:\S+")
_ABOUT: Final = re.compile(r"([a-z]+) ")
_WORD: Final = re.compile(r"(?<![\w.])[a-z]+(?![\w.-])")


def actor(staff: str, language: str) -> str:
    """The name of who acted or wrote; in words the device of a worker, and staff at their desk."""
    for start, code in ((DEVICE, "log-device"), (DESK, "log-desk")):
        if staff.startswith(start):
            return library().phrase(code, language, who=staff.removeprefix(start))
    return staff


def detail(act: str, kept: str, language: str) -> str:
    """The rest of a line, in which roles and means of signing in are words; all else as it is kept."""
    if kept.startswith("{"):
        return kept  # words by their code, which whoever shows the line says
    if (said := in_words(act, kept, language)) is not None:
        return said
    if act in OF_FACTORS:
        return _WORD.sub(lambda found: _said(f"log-by-{found[0]}", found[0], language), kept)
    if act in OF_ERASURES and f"reason-{kept}" in library().said(ENGLISH).terminal:
        return library().line(f"reason-{kept}", language)
    if act == REFUSED:
        return _said(f"may-{kept.replace('.', '-')}", kept, language)
    if act not in OF_ROLES:
        return _DESK.sub(lambda found: actor(found[0], language), kept)
    about = _ABOUT.match(kept) if act in OF_PROPOSALS else None
    kind = "" if about is None else f"{_said(f'log-of-{about[1]}', about[1], language)} "
    account, space, rest = kept[0 if about is None else about.end() :].partition(" ")  # may be called as a role is
    return kind + account + space + _WORD.sub(lambda found: _role(found[0], language), rest)


def _role(word: str, language: str) -> str:
    return _said(f"role-{word}", word, language) if word in _ROLES else word


def _said(code: str, word: str, language: str) -> str:
    return library().phrase(code, language) if code in library().said(ENGLISH).phrases else word
