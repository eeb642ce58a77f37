"""Judged sets: questions that people judged before the lint did, and how well the lint agrees (SPEC.md section 8)."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal, get_args

import msgspec

from forms.lint.check import lint
from forms.lint.findings import LintFinding
from forms.lint.rules import CODES, frame

Outcome = Literal["refuse", "warn", "pass"]
Kind = Literal["question", "choices", "hint", "form"]
Type = Literal["text", "choice", "choices", "boolean", "integer", "number", "date", "photo", "sound", "note"]

AT: Final = "/vraag"
BESIDE: Final = frozenset({"P22"})  # how a text reads is no matter of privacy, and most entries have one language
EVERY: Final = "all"
ALLOWED: Final[Mapping[str, tuple[str, ...]]] = {
    "expected": get_args(Outcome),
    "kind": get_args(Kind),
    "type": get_args(Type),
}

_OTHERWISE: Final = ("count_selected(", "count(")  # as makers of other forms write it
_REQUIRED: Final = "required = true"
_NAME: Final = re.compile(r"(?<![\w\"'])[a-z_]\w*(?![\w\"'(]|\s*\()")
_QUOTED: Final = re.compile(r"\"[^\"]*\"|'[^']*'")
_ASKED: Final[Mapping[str, Mapping[str, Any]]] = {
    "text": {"type": "string", "maxLength": 200},
    "choice": {"type": "string", "enum": []},
    "choices": {"type": "array", "items": {"type": "string", "enum": []}, "uniqueItems": True},
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "date": {"type": "string", "format": "date"},
    "photo": {"type": "string"},
    "sound": {"type": "string"},
}


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One judged question, title or list of choices; `expected` is what a person decided before the lint was asked."""

    id: str
    language: str
    kind: Kind
    label: str
    expected: Outcome
    rule: str | None = None
    type: Type | None = None
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    logic: str = ""
    why: str = ""


class Judged(msgspec.Struct, frozen=True):
    """One entry, and what the lint makes of it: the rules that it breaks here, and the outcome of the gravest."""

    entry: Entry
    found: tuple[LintFinding, ...]

    @property
    def outcome(self) -> Outcome:
        """The outcome for a form with this question."""
        if not self.found:
            return "pass"
        return "refuse" if any(one.level == "error" for one in self.found) else "warn"

    @property
    def codes(self) -> frozenset[str]:
        """The rules that struck."""
        return frozenset(one.code for one in self.found)

    @property
    def missed(self) -> bool:
        """True if a person stopped it and the lint does not: a warning where an error is due is a miss too."""
        return self.entry.expected != "pass" and self.outcome != "refuse" and self.outcome != self.entry.expected

    @property
    def alarmed(self) -> bool:
        """True if the lint stops what a person lets pass."""
        return self.entry.expected == "pass" and self.outcome != "pass"


class Share(msgspec.Struct, frozen=True):
    """The numbers of entries that were stopped rightly, stopped wrongly, and let through wrongly."""

    caught: int = 0
    alarms: int = 0
    missed: int = 0

    @property
    def recall(self) -> float | None:
        """The part of what is wrong that was stopped; nothing where nothing is wrong."""
        return self.caught / (self.caught + self.missed) if self.caught + self.missed else None

    @property
    def precision(self) -> float | None:
        """The part of what was stopped that is wrong; nothing where nothing was stopped."""
        return self.caught / (self.caught + self.alarms) if self.caught + self.alarms else None


class BadEntry(ValueError):
    """An entry that is none: which, the member that is wrong, what stands there, and what may stand there."""

    def __init__(self, number: int, member: str = "", given: str | None = None, allowed: Iterable[str] = ()) -> None:
        super().__init__(number, member)
        self.number, self.member, self.given, self.allowed = number, member, given, tuple(allowed)


def judged_set(raw: bytes) -> tuple[Entry, ...]:
    """Read the entries of a judged set; raises `BadEntry` at the first that is none, `ValueError` if it is no JSON.

    What is no list of entries has the number nought.
    """
    rows = json.loads(raw)
    if not isinstance(rows, list):
        raise BadEntry(0)
    return tuple(_entry(number, row) for number, row in enumerate(rows, 1))


def _entry(number: int, row: Any) -> Entry:
    """One entry, looked at member by member, so that whoever wrote it reads which one is wrong."""
    if not isinstance(row, dict):
        raise BadEntry(number)
    members = {member.name: member for member in msgspec.structs.fields(Entry)}
    for name in row:
        if name not in members:
            raise BadEntry(number, name, None, members)
    for name, member in members.items():
        if name not in row and member.required:
            raise BadEntry(number, name)
        try:
            msgspec.convert(row.get(name, member.default), member.type)
        except msgspec.ValidationError:
            raise BadEntry(number, name, json.dumps(row[name], ensure_ascii=False), ALLOWED.get(name, ())) from None
    if row.get("rule") not in (None, *CODES):
        raise BadEntry(number, "rule", json.dumps(row["rule"], ensure_ascii=False), CODES)
    return msgspec.convert(row, Entry)


def judged(entries: Iterable[Entry]) -> Iterator[Judged]:
    """Every entry in a form of its own, as the lint judges it."""
    for entry in entries:
        found = [one for one in lint(laid(entry)) if one.code in CODES and _is_of(one, entry)]
        yield Judged(entry, tuple(found))


def _is_of(one: LintFinding, entry: Entry) -> bool:
    """True if a finding is about the entry, and not about the form around it."""
    if one.code in BESIDE and entry.rule != one.code:
        return False
    if one.place == "class":  # the class is the frame's, not the entry's
        return False
    return one.path in {AT, f"/computed{AT}", "/title"} or one.path.startswith("/layout/")


def laid(entry: Entry) -> dict[str, Any]:
    """The form that an entry is judged in: it has a purpose, an article and a term, and asks nothing else."""
    entry = msgspec.structs.replace(entry, logic=entry.logic.replace(*_OTHERWISE))
    form: dict[str, Any] = frame()["form"]
    if entry.kind == "form":
        form["title"] |= {entry.language: entry.label}
    elif entry.type == "note":
        form["layout"][0]["banner"] = {"say": _said("notice", entry), "show_if": entry.logic or "true"}
    else:
        _ask(form, entry)
    for name in _names(entry):
        form["schema"]["properties"][name] = _of_a_name(name, entry.logic)
        said = name.replace("_", " ")
        form["fields"]["/" + name] = {"label": {"nl": said, "en": said}, "sensitivity": "S1"}
    return form


def _ask(form: dict[str, Any], entry: Entry) -> None:
    """Put the entry into a form as its maker would who claims the least for it: class S1, a picture of a thing."""
    kind = entry.type or ("choice" if entry.choices else "text")
    kind = "choice" if entry.choices and kind == "text" else kind
    node = {name: (dict(one) if isinstance(one, Mapping) else one) for name, one in _ASKED[kind].items()}
    field: dict[str, Any] = {"label": _said("label", entry), "sensitivity": "S1"}
    if entry.hint or kind == "text":
        field["hint"] = frame()["hint"] | ({entry.language: entry.hint} if entry.hint else {})
    if kind in {"choice", "choices"}:
        choices = entry.choices or (("ja", "Ja"), ("nee", "Nee"))
        (node["items"] if kind == "choices" else node)["enum"] = [code for code, _ in choices]
        field["choices"] = {code: {entry.language: word} for code, word in choices}
    if kind in {"photo", "sound"}:
        field |= {"widget": kind, "subject": "object"}
    name = AT.removeprefix("/")
    if entry.logic == _REQUIRED:
        form["schema"]["required"] = [name]
    elif entry.logic:
        form["computed"] = {AT: entry.logic}
    form["schema"]["properties"][name], form["fields"][AT] = node, field
    form["layout"][0]["fields"].append(AT)


def _said(member: str, entry: Entry) -> dict[str, str]:
    """The label in its language; in Dutch and English there is a word of which nothing can be said."""
    words: dict[str, str] = frame()[member]
    return words | {entry.language: entry.label}


def _names(entry: Entry) -> list[str]:
    """The questions that the logic of an entry speaks of."""
    if entry.kind == "form" or entry.logic in {"", _REQUIRED}:
        return []
    found = _NAME.findall(_QUOTED.sub("''", entry.logic))
    return [name for name in dict.fromkeys(found) if name not in {"and", "or", "not", "in", "true", "false", "null"}]


def _of_a_name(name: str, logic: str) -> Mapping[str, Any]:
    """The kind of answer that a name in an expression has: what a condition is by itself is yes or no."""
    if re.search(rf"\bif\(\s*{name}\s*,", logic):
        return _ASKED["boolean"]
    if re.search(rf"\bcount\w*\(\s*{name}\b", logic):
        return {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}, "uniqueItems": True}
    if re.search(rf"\b{name}\s*(?:==|!=|=)\s*['\"]", logic):
        return _ASKED["text"]
    return _ASKED["integer"]


def shares(those: Iterable[Judged]) -> dict[str, Share]:
    """The shares over all entries, by rule (`P01`) and by language (`nl`).

    A question counts as stopped whichever rule stopped it: its maker cannot publish it. A false alarm counts at every
    rule that struck, a miss at the rule that a person named.
    """
    caught, alarms, missed = Counter[str](), Counter[str](), Counter[str]()
    for one in those:
        language, rule = one.entry.language, str(one.entry.rule)
        if one.alarmed:
            alarms.update((EVERY, language, *one.codes))
        elif one.missed:
            missed.update((EVERY, language, rule))
        elif one.entry.expected != "pass":
            caught.update((EVERY, language, rule))
    named = sorted({*caught, *alarms, *missed} - {EVERY})
    return {name: Share(caught[name], alarms[name], missed[name]) for name in (EVERY, *named)}
