"""The findings of a draft by kind, each once, with its places and what mends it: for a person who writes no JSON.

A kind is a rule of the privacy lint or what a finding speaks of; in it equal sentences stand together, and each names
the places that it speaks of. The order is that of what stops most: what the form is for, errors, warnings.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote

from backend.desk import drafting, mending, purposes
from backend.desk.texts import Text
from backend.sentences import library
from backend.web.desk.forms import Labels, said_of
from backend.web.desk.seat import Seat
from forms.findings import Finding
from forms.lint.findings import LintFinding
from forms.lint.rules import rule

_ACTS: Final = {  # by the code and the place of a finding: the act that mends it at many questions at once
    ("P12", "length"): mending.LONGEST, ("text-unbounded", ""): mending.LONGEST,
    ("no-sensitivity", ""): mending.CLASS, ("P12", "sensitivity"): mending.CLASS,
    ("P11", "required"): mending.FREE,
    ("items-unbounded", ""): mending.MOST, ("choices-unbounded", ""): mending.MOST,
    ("vanished", ""): mending.DROPPED, ("code-vanished", ""): mending.UNMAPPED,
}  # fmt: skip
_OF_QUESTION: Final = frozenset(code for code, _ in _ACTS)  # mended on the page of a question too
_IN_TEXTS: Final = frozenset({"no-label", "choice-no-label", "import-words-cut"})  # mended where the words are
_SPOKEN: Final = frozenset({"title", "section", "label", "hint", "choice-label", "check", "banner"})
_PLAIN: Final = {  # findings whose sentence speaks of JSON, and the kind under which a page says them
    "text-unbounded": "size", "items-unbounded": "size", "choices-unbounded": "size", "vanished": "before",
    "code-vanished": "before", "wrong-version": "before",
}  # fmt: skip
_MEMBERS: Final = {"/title", "/form", "/purpose", "/legal_basis", "/retention", "/version"}


def kinds(
    seat: Seat, home: str, document: Mapping[str, Any], raw: str, findings: Iterable[Finding], labels: Labels
) -> list[dict[str, Any]]:
    """The findings by kind. What the page of the purpose asks is one kind, whatever rules said it."""
    lacking, findings = purposes.lacking(document) if document else [], list(findings)
    unsized = {one.path for one in findings if (one.code, getattr(one, "place", "")) == ("P12", "length")}
    found: dict[str, dict[str, Any]] = {}
    for one in findings:
        if _of_purpose(one, lacking) or (one.code == "text-unbounded" and one.path in unsized):
            continue  # said already, with the same thing to do
        told = said_of(seat, one, labels) | _worded(one, seat.language)
        kind = found.setdefault(told["heading"], _kind(one, told, seat.language))
        sentence, remedy = _sentence(told["words"], one, seat.language)
        act = _act(one, labels)
        said = kind["said"].setdefault(
            (sentence, act), {"words": sentence, "remedy": remedy, "act": act, "places": {}, "warning": _warns(one)}
        )
        at = f"{one.path}{mending.OF_CODE}{dict(one.facts)['choice']}" if act == mending.UNMAPPED else one.path
        said["places"].setdefault(at, _place(seat, home, one, told, raw, labels) | {"at": at})
    every = [_counted(kind) for kind in found.values()]
    every.sort(key=lambda kind: (not kind["stops"], -kind["count"]))
    return [*([_purpose(seat, home, lacking)] if lacking else []), *every]


def _worded(one: Finding, language: str) -> dict[str, str]:
    """The words of a finding that a page mends, in the place of those that speak of JSON."""
    if one.code not in _PLAIN:
        return {}
    heading = f"kinds-of-{_PLAIN[one.code]}"
    words = library().phrase(f"kinds-said-{one.code}", language, **dict(one.facts))
    return {"heading": library().phrase(heading, language), "words": words}


def _act(one: Finding, labels: Labels) -> str:
    """The act that mends a finding at many questions: its own, or leaving out what may not be asked."""
    found = _ACTS.get((one.code, getattr(one, "place", "")), "")
    forbidden = _is_rule(one) and not _warns(one) and one.path in labels
    return found or (mending.WITHOUT if forbidden else "")


def _of_purpose(one: Finding, lacking: Collection[str]) -> bool:
    """True for a finding that the page of the purpose shows by itself, beside its field."""
    name = str(dict(one.facts).get("name", "")) if one.code == "missing-member" and not one.path else ""
    path = f"/{name}" if name else f"/{one.path.split('/')[1]}" if one.path.startswith("/") else ""
    field = purposes.PARTS.get(path)
    if path == "/retention":
        return "keep" in lacking or "since" in lacking
    return field in lacking and (one.code in ("P10", "missing-member", "bad-name", "wrong-member"))


def _purpose(seat: Seat, home: str, lacking: Collection[str]) -> dict[str, Any]:
    said = library().phrase
    places = [
        {"where": said(f"purpose-{name}", seat.language), "href": f"{home}/purpose#{name}", "line": 0, "at": name}
        for name in lacking
    ]
    words = {
        "words": said("purpose-lacks", seat.language),
        "remedy": "",
        "act": "",
        "places": places,
        "warning": False,
        "worded": False,
    }
    return {"heading": said("purpose-title", seat.language), "code": "", "why": said("purpose-why", seat.language),
            "stops": True, "count": len(places), "said": [words]}  # fmt: skip


def _warns(one: Finding) -> bool:
    return isinstance(one, LintFinding) and one.level == "warning"


def _kind(one: Finding, told: Mapping[str, Any], language: str) -> dict[str, Any]:
    why = _of_rule(one, "why", language)
    return {"heading": told["heading"], "code": one.code if _is_rule(one) else "", "why": why, "said": {}}


def _is_rule(one: Finding) -> bool:
    return isinstance(one, LintFinding) and one.code.startswith("P")


def _of_rule(one: Finding, part: str, language: str) -> str:
    if not _is_rule(one):
        return ""
    words = getattr(rule(one.code), part)
    return str(words.get(language) or words["en"])


def _sentence(words: str, one: Finding, language: str) -> tuple[str, str]:
    """The sentence of a finding without what its rule says of each (why), and what to do instead."""
    why, remedy = _of_rule(one, "why", language), _of_rule(one, "remedy", language)
    bare = words.removesuffix(remedy).strip() if remedy else words
    return (bare.removeprefix(why).strip() if why else bare) or words, remedy


def _counted(kind: dict[str, Any]) -> dict[str, Any]:
    said = [one | {"places": list(one["places"].values())} for one in kind["said"].values()]
    said = [one | {"worded": any("/texts?" in place["href"] for place in one["places"])} for one in said]
    said.sort(key=lambda one: (one["warning"], -len(one["places"])))
    places = {place["at"] for one in said for place in one["places"]}
    return kind | {"said": said, "count": len(places), "stops": any(not one["warning"] for one in said)}


def _place(
    seat: Seat, home: str, one: Finding, told: Mapping[str, Any], raw: str, labels: Labels
) -> dict[str, Any]:  # fmt: skip
    """A place of a finding: its words, where it is mended, and its line where that is JSON."""
    line = int(dict(one.facts).get("line") or 0)
    if _is_worded(one):
        return {"where": told["where"], "href": f"{home}/texts?of={quote(one.path)}", "line": 0}
    if one.path in labels and (_is_rule(one) or one.code in _OF_QUESTION):
        href = "" if one.code == "vanished" else f"{home}/question?of={quote(one.path)}"
        code = f": {dict(one.facts)['choice']}" if one.code == "code-vanished" else ""
        return {"where": f"{labels[one.path]}{code}", "href": href, "line": 0}
    if one.code == "items-unbounded":
        return {"where": one.path.removeprefix("/"), "href": "", "line": 0}
    if one.path in _MEMBERS:
        return {"where": told["where"], "href": f"{home}/purpose#{purposes.PARTS[one.path]}", "line": 0}
    line = line or drafting.line_of(raw, one.path)
    lines = raw.split("\n")
    there = lines[line - 1].strip()[:120] if 0 < line <= len(lines) else ""
    where = labels.get(one.path) or told["where"] or library().phrase("forms-line", seat.language, line=line)
    return {"where": where, "href": "#raw-text", "line": line, "there": there, "paste": _paste(one)}


def _is_worded(one: Finding) -> bool:
    return one.code in _IN_TEXTS or (one.code == "P22" and getattr(one, "place", "") in _SPOKEN) or (
        one.code == "P12" and getattr(one, "place", "") == "hint"
    )  # fmt: skip


def _paste(one: Finding) -> str:
    """The line of JSON that a finding asks for, where one does."""
    return f"{json.dumps(str(dict(one.facts)['name']))}: …," if one.code == "missing-member" else ""


def reasons(seat: Seat, warnings: Iterable[LintFinding], labels: Labels) -> list[dict[str, Any]]:
    """The warnings that carry a reason: one for each rule and reason, with all its places."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for one in warnings:
        told = said_of(seat, one, labels)
        there = found.setdefault((one.code, one.reason), told | {"places": {}})
        there["places"].setdefault(one.path, told["where"] or one.path)
    return list(found.values())


def wants_hint(findings: Iterable[Finding]) -> set[str]:
    """The questions of which the lint asks a hint."""
    return {one.path for one in findings if one.code == "P12" and getattr(one, "place", "") == "hint"}


def lacks_of(rows: Iterable[Text]) -> tuple[int, int]:
    """The number of texts, and of those that lack a language."""
    every = list(rows)
    return len(every), sum(text.lacks for text in every)
