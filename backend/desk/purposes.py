"""The purpose of a form, its legal basis, retention and readers: as a person types them and as a document holds them.

Pure: what is typed and a document give another document, and the fields that say nothing yet. Two rules decide: P10 of
the privacy lint (`forms.lint.frame.undecided`) and the shape of a form; `lacking` asks them, and knows none itself.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from backend.desk.drafting import TITLE_LANGUAGES, clean, with_member, words_typed
from backend.desk.rights import ACTIONS, Role, Scope
from backend.desk.sights import HIGHEST
from backend.desk.threads import TextTooLong
from forms.definition.parts import lenient
from forms.lint.frame import undecided
from forms.paths import NAME
from forms.wording import BETWEEN

BASES: Final = ("task", "school", "absence", "work", "debt", "referral", "course", "code", "safe")
"""The legal bases of which a page offers the words, by the code of their phrase (`basis-…`): those of the forms that
ship. Another is typed."""
SINCE: Final = ("closed", "last_change", "birth_month")
UNITS: Final = ("Y", "M")
KEEP_MAX: Final = 999  # of years or months: three digits, as a document holds them
TEAM, SIGNALS = "team", "signals"
_KEPT: Final = re.compile(r"P([1-9][0-9]{0,2})([YM])")
_BELOW: Final = "S3"  # the class of what only who sees to signals read before
FIELDS: Final = (
    "title-nl", "title-en", "form", "purpose-nl", "purpose-en", "basis-nl", "basis-en", "keep", "unit", "since",
    "readers",
)  # fmt: skip
PARTS: Final = {  # by the place in a document: the field of the page that mends it
    "/title": "title-nl", "/form": "form", "/purpose": "purpose-nl", "/legal_basis": "basis",
    "/retention": "keep", "/version": "form",
}  # fmt: skip

Said = Mapping[str, tuple[str, str]]  # the words of each basis, Dutch and English


class Typed(msgspec.Struct, frozen=True):
    """The page as somebody filled it in: its texts by field, and the bases that are ticked."""

    texts: Mapping[str, str]
    bases: tuple[str, ...] = ()


def shown(document: Mapping[str, Any], said: Said) -> Typed:
    """The page as it shows a document: a field is empty where nobody decided (`TODO`)."""
    undecided_ = {one.path for one in undecided(document)}
    texts = {"form": str(document.get("form", "")), "readers": readers(document)}
    title = document.get("title")
    for language in TITLE_LANGUAGES:
        texts[f"title-{language}"] = str(title.get(language, "")) if isinstance(title, Mapping) else ""
    purpose = "" if "/purpose" in undecided_ and _is_stub(document.get("purpose")) else document.get("purpose", "")
    texts["purpose-nl"], texts["purpose-en"] = _apart(str(purpose))
    basis = (
        "" if "/legal_basis" in undecided_ and _is_stub(document.get("legal_basis")) else document.get("legal_basis")
    )
    bases, texts["basis-nl"], texts["basis-en"] = _bases(str(basis or ""), said)
    retention = document.get("retention")
    held = retention if isinstance(retention, Mapping) else {}
    kept = _KEPT.fullmatch(str(held.get("keep", "")))
    texts["keep"], texts["unit"] = (kept[1], kept[2]) if kept is not None else ("", "Y")
    texts["since"] = str(held.get("from", ""))
    return Typed(texts, bases)


def _is_stub(text: Any) -> bool:
    """True for a text of one word at most, which an import writes where nobody decided."""
    return len(str(text or "").split()) <= 1


def _apart(text: str) -> tuple[str, str]:
    dutch, _, english = text.partition(BETWEEN)
    return dutch.strip(), english.strip()


def _bases(text: str, said: Said) -> tuple[tuple[str, ...], str, str]:
    """The bases of a text that are offered, and the rest of it, Dutch and English."""
    dutch, english = _apart(text)
    known = {words: basis for basis, pair in said.items() for words in pair}
    found = [known[part] for part in _parts(dutch) if part in known]
    rest = "; ".join(part for part in _parts(dutch) if part not in known)
    other = "; ".join(part for part in _parts(english) if part not in known)
    return tuple(dict.fromkeys(found)), rest, "" if other == rest else other


def _parts(text: str) -> list[str]:
    return [part for part in (one.strip() for one in text.split(";")) if part]


def composed(document: Mapping[str, Any], typed: Typed, said: Said, version: int) -> dict[str, Any]:
    """The document as the page fills it in; what says nothing is left out. `version` is the one that would be next."""
    texts = {name: clean(text) for name, text in typed.texts.items()}
    made = with_member(dict(document), "form", texts.get("form", ""))
    made["version"] = version
    made["title"] = words_typed(made.get("title"), "title", texts)
    made = with_member(made, "purpose", _together(texts.get("purpose-nl", ""), texts.get("purpose-en", "")))
    ticked = [said[basis] for basis in BASES if basis in typed.bases]
    dutch, english = texts.get("basis-nl", ""), texts.get("basis-en", "") or texts.get("basis-nl", "")
    basis = _together(
        _listed([*(pair[0] for pair in ticked), dutch]), _listed([*(pair[1] for pair in ticked), english])
    )
    made = with_member(made, "legal_basis", basis)
    made = with_member(made, "retention", _retention(texts))
    return _read_by(made, texts.get("readers", ""))


def _listed(parts: Sequence[str]) -> str:
    return "; ".join(part.rstrip(";") for part in parts if part)


def _together(dutch: str, english: str) -> str:
    return dutch if not english or english == dutch else f"{dutch}{BETWEEN}{english}" if dutch else english


def _retention(texts: Mapping[str, str]) -> dict[str, str]:
    keep, unit, since = texts.get("keep", ""), texts.get("unit", ""), texts.get("since", "")
    whole = keep.isdecimal() and 0 < int(keep) <= KEEP_MAX and unit in UNITS
    held = {"keep": f"P{int(keep)}{unit}" if whole else "", "from": since if since in SINCE else ""}
    return {name: value for name, value in held.items() if value}


def readers(document: Mapping[str, Any]) -> str:
    """The readers of the answers: those of signals alone, where every question is of the highest class, or a team."""
    classes = [field.sensitivity for field in lenient(document).fields.values()]
    return SIGNALS if classes and all(one == HIGHEST for one in classes) else TEAM


def _read_by(document: dict[str, Any], wanted: str) -> dict[str, Any]:
    """The document with its readers as they are wanted: the classes of its questions say who they are."""
    fields = document.get("fields")
    if wanted not in (TEAM, SIGNALS) or wanted == readers(document) or not isinstance(fields, Mapping):
        return document
    class_ = HIGHEST if wanted == SIGNALS else _BELOW
    changed = {path: dict(one) | {"sensitivity": class_} for path, one in fields.items() if isinstance(one, Mapping)}
    return document | {"fields": dict(fields) | changed}


def who_reads(wanted: str) -> list[tuple[Role, Scope]]:
    """The roles that read such a form's answers, and of what: the table of rights says so."""
    return list(ACTIONS["signals.read" if wanted == SIGNALS else "records.read"].items())


def wrong(typed: Typed) -> dict[str, str]:
    """The fields that hold what cannot be kept, with the code of a sentence; what is empty is not wrong."""
    found = {}
    keep = typed.texts.get("keep", "").strip()
    if keep and not (keep.isdecimal() and 0 < int(keep[:9]) <= KEEP_MAX):
        found["keep"] = "purpose-wrong-keep"
    if (form := typed.texts.get("form", "").strip()) and not NAME.fullmatch(form):
        found["form"] = "purpose-wrong-form"
    for name, text in typed.texts.items():
        try:
            clean(text)
        except TextTooLong:
            found[name] = "purpose-wrong-long"
    return found


def lacking(document: Mapping[str, Any]) -> list[str]:
    """The fields of the page that a form cannot be published without, and that say nothing yet."""
    found = []
    if not isinstance(document.get("title"), Mapping) or not document["title"].get("nl"):
        found.append("title-nl")
    if not NAME.fullmatch(str(document.get("form", ""))):
        found.append("form")
    found += [PARTS[one.path] for one in undecided(document) if one.path != "/retention"]
    retention = document.get("retention")
    held = retention if isinstance(retention, Mapping) else {}
    found += ["keep"] if not _KEPT.fullmatch(str(held.get("keep", ""))) else []
    return found + (["since"] if held.get("from") not in SINCE else [])
