"""The rest of a line of the log in words: for each act the shapes that its detail has, and the phrase of each.

A detail is codes, numbers and names, never an answer. What the chain covers stays as it is kept; only what is shown is
said. A shape names its parts, and the name of a part says what it is: `count` a number, `device` the id of a phone,
`question` a path, `word` a code that has words of its own, `why` the code of an error; any other is a name or a text.
A detail of another release, which fits no shape, is shown as it is kept.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from backend.sentences import ENGLISH, library

Shapes = tuple[tuple[str, str], ...]  # a pattern of the whole detail, and the phrase (`log-d-…`) that says it

PROVIDER: Final = "provider-"  # before an error as somebody else names it
SHORT: Final = 8  # digits of an id, which tell two apart
WORDS: Final = ("conflicts-kind-", "review-state-", "tasks-", "exports-why-")  # phrases that pages have of a code
_HEX: Final = "[0-9a-f]"
_FORM: Final = r"(?P<form>[a-z][a-z0-9_]*)"
_DEVICE: Final = rf"(?P<device>{_HEX}{{16,}})"
_WORD: Final = r"(?P<word>[a-z][a-z_-]*)"
_COUNT: Final = r"(?P<count>\d+)"
_QUESTION: Final = r"(?P<question>/\S*)"
_FILLED: Final = re.compile(r"\{([^{}:]*)(?::([^{}]*))?\}")
_OTHER: Final = re.compile(r"other=([^|]*)")

_ONE_WORD: Final = ((_WORD, "word"),)
_FORM_VERSION: Final = ((rf"{_FORM} (?P<version>\d+)", "form-version"), (_FORM, "form"))
_DRAFT: Final = ((rf"(?P<id>{_HEX}+) (?P<edition>\d+)", "draft-edition"), (rf"(?P<id>{_HEX}+)", "draft"))
_ABOUT: Final = ((_DEVICE, "device"), (r"(?P<name>.+)", "name"))
_LOST: Final = ((rf"{_DEVICE} {_COUNT}", "device-count"), (_DEVICE, "device"))
_MATTER: Final = (
    (rf"{_WORD} {_QUESTION} (?P<choice>[a-z][a-z_-]*)", "matter-choice"), (rf"{_WORD} {_QUESTION}", "matter"),
    (rf"{_WORD} (?P<choice>[a-z][a-z_-]*)", "choice"), (rf"{_WORD} ?", "word"), (_QUESTION, "question"),
)  # fmt: skip
_FAILED: Final = ((r"(?P<command>[a-z -]+): (?P<why>[a-z-]+)", "command-why"), (r"(?P<why>[a-z-]+)", "why"))
_ENTER: Final = (
    (r"openid (?P<why>[a-z_-]+) (?P<number>[0-9A-F]{4}-[0-9A-F]{4})", "openid"),
    (r"(?P<word>passkey-counter|invited|left)", "word"),
)
_ASKED: Final = ((rf"{_FORM} (?P<rest>.+) (?P<id>{_HEX}{{8}})", "export-id"), (rf"{_FORM} (?P<rest>.+)", "export"),
                 (_FORM, "form"))  # fmt: skip

DETAILS: Final[Mapping[str, Shapes]] = {
    "assign": _ABOUT, "assignment": _ABOUT, "grant": _ABOUT, "withdraw": _ABOUT, "withdrawal": _ABOUT,
    "revoke": _ABOUT, "revocation": _ABOUT, "readmit": _ABOUT, "set-aside": _ABOUT, "see-device": _ABOUT,
    "enrol": _ABOUT, "certificate": _ABOUT, "return": _ONE_WORD, "invite": _ABOUT,
    "see-lost": _LOST, "rescue": _LOST,
    "attach": ((_COUNT, "files"),), "edit": ((_COUNT, "answers"), (r"item:(?P<word>[a-z]+)", "item")),
    "attend": ((r"(?P<word>aside|again) (?P<kind>[a-z-]+)", "attend"), (_WORD, "word")),
    "attention": ((_COUNT, "remarks"),), "reasons": ((_COUNT, "lines"),), "read-log": ((_COUNT, "lines"),),
    "conflicts": ((r"settled-(?P<count>\d+)", "settled"), (_COUNT, "records")), "reviews": ((_COUNT, "records"),),
    "records": ((rf"{_FORM} {_COUNT} (?P<id>\S+)", "form-records-view"), (rf"{_FORM} {_COUNT}", "form-records"),
                (_FORM, "form")),
    "view": ((rf"{_FORM} (?P<id>\S+) -", "view-gone"), (rf"{_FORM} (?P<id>\S+)", "view")),
    "bulk": ((rf"{_FORM} {_WORD} {_COUNT}\?", "bulk-seen"), (rf"{_FORM} {_WORD} {_COUNT}", "bulk"),
             (rf"(?P<word>reassign):{_COUNT}\?", "bulk-all-seen"), (rf"(?P<word>reassign):{_COUNT}", "bulk-all")),
    "verify-log": ((rf"{_COUNT} 0", "whole"), (rf"{_COUNT} (?P<broken>\d+)", "broken")),
    "read-for-reason": ((r"reason:(?P<count>\d+)", "reason-signs"), (_COUNT, "records")),
    "show": _ONE_WORD, "conflict": _ONE_WORD, "task": _ONE_WORD, "typed": _ONE_WORD, "review": _ONE_WORD,
    "question": _ONE_WORD, "set-logo": _ONE_WORD, "set-theme": ((_COUNT, "tokens"),),
    "decide": _MATTER, "undo": _MATTER, "resolve": _MATTER, "weigh": _MATTER, "weigh-alone": _MATTER,
    "count-form": _FORM_VERSION, "reject-form": _FORM_VERSION, "propose-form": _FORM_VERSION,
    "publish-form": _FORM_VERSION, "retire-form": _FORM_VERSION, "form-retired": _FORM_VERSION,
    "form-version": _FORM_VERSION,
    "publish-list": ((rf"{_FORM} (?P<version>\d+) anyway", "list-anyway"), (rf"{_FORM} (?P<version>\d+)", "list")),
    "draft-form": _DRAFT, "change-draft": _DRAFT, "drop-draft": _DRAFT,
    "end-session": ((rf"(?P<id>{_HEX}+)", "session"),),
    "add-keyslot": ((rf"{_WORD} (?P<id>{_HEX}+)", "keyslot"),), "remove-keyslot": ((rf"(?P<id>{_HEX}+)", "key"),),
    "passphrase": ((rf"(?P<id>{_HEX}+)", "key"),),
    "confirm-list": ((r"(?P<word>empty)", "word"), (rf"(?P<id>{_HEX}{{8,}}).*", "list-end")),
    "unlock-failed": _FAILED, "secret-failed": _FAILED, "see-off": _FAILED, "backup-failed": _FAILED,
    "sign-in": _ENTER, "join": _ENTER, "confirm": _ENTER, "sign-in-failed": _ENTER,
    "export": _ASKED, "export-asked": _ASKED, "export-fetched": _ASKED,
    "export-made": ((rf"{_FORM} (?P<id>{_HEX}+)", "form-id"),),
    "export-ended": ((rf"{_FORM} (?P<id>{_HEX}+) {_WORD}", "form-id-word"), (rf"{_FORM} (?P<id>{_HEX}+) ?", "form-id")),
    "export-agreed": ((rf"{_FORM} (?P<name>\S+) (?P<id>{_HEX}+)", "form-of"),),
    "export-declined": ((rf"{_FORM} (?P<name>\S+) (?P<id>{_HEX}+)", "form-of"),),
    "export-refused": ((rf"{_FORM} (?P<why>[a-z-]+)", "form-why"),),
    "fill-team": ((r"(?P<name>.+): (?P<staff>\d+), (?P<workers>\d+)", "team"), (r"(?P<team>.+): \+ (?P<name>.+)", "in"),
                  (r"(?P<team>.+): - (?P<name>.+)", "out")),
}  # fmt: skip


def in_words(act: str, kept: str, language: str) -> str | None:
    """A detail in words; None where it fits no shape of its act."""
    for pattern, phrase in DETAILS.get(act, ()):
        found = re.fullmatch(pattern, kept)
        if found is not None:
            facts = {name: _fact(name, text, language) for name, text in found.groupdict().items()}
            return library().phrase(f"log-d-{phrase}", language, **facts).strip()
    return None


def _fact(name: str, text: str, language: str) -> Any:
    """A part of a detail as its phrase shows it, by what the name of the part says of it."""
    if name in ("count", "version", "edition", "broken", "staff", "workers"):
        return int(text[:15])
    if name in ("device", "id"):
        return text[:SHORT]
    if name == "question":
        return text.rsplit("/", 1)[-1].replace("_", " ")
    if name in ("word", "choice", "kind"):
        return word(text, language)
    return why(text, language) if name == "why" else text


def word(code: str, language: str) -> str:
    """A code in words: its own of the log, or those under which a page says it; without any it stays as it is."""
    said, plain = library().said(ENGLISH), code.replace("_", "-")
    for phrase in (f"log-word-{plain}", *(f"{start}{plain}" for start in WORDS)):
        if phrase in said.phrases:
            return library().phrase(phrase, language)
    return library().line(f"kind-{code}", language) if f"kind-{code}" in said.terminal else code


def why(code: str, language: str) -> str:
    """The code of an error as its sentence, without the facts that the log does not keep."""
    errors = library().said(language).errors
    sentence = errors[code].message if code in errors else ""
    said_by_another = code.startswith(PROVIDER) and f"log-word-{code}" not in library().said(ENGLISH).phrases
    return _FILLED.sub(_left_out, sentence) or word(f"{PROVIDER}error" if said_by_another else code, language)


def of_finding(code: str, language: str) -> str:
    """The code of a finding as its sentence, without the facts that were not kept."""
    groups = library().said(language).findings.values()
    sentence = next((group[code] for group in groups if code in group), "")
    return _FILLED.sub(_left_out, sentence) or code


def _left_out(found: re.Match[str]) -> str:
    """The place of a fact: the plural where it is one, else a mark that something stood there."""
    plural = _OTHER.search(found[2] or "")
    return plural[1] if plural is not None else "…"
