"""Forms in the making: brought in from a file, mended word by word or as raw JSON, thrown away.

The functions of `forms/` decide what is wrong with one; nothing here knows a rule. Mending is pure: a document and what
somebody typed give another document.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, ClassVar, Final

import msgspec

from backend.desk.threads import line, whole
from backend.errors import BackendError
from backend.municipality import publishing
from backend.municipality.service import Municipality
from backend.stores.drafts import FormDraft
from crypto.primitives import random_bytes
from forms.interchange.report import Import
from forms.lint.asked import asked
from forms.schema.fields import Field, lenient
from forms.schema.question import MEDIA, Question
from forms.schema.reading import read
from forms.schema.resolving import written_at
from forms.versions.following import following

ID_BYTES: Final = 8
NAME_MAX: Final = 120  # signs of a file's name
LIMIT_DIGITS: Final = 6  # of the longest answer: a million signs are no answer
TITLE_LANGUAGES: Final = ("nl", "en")
CLASSES: Final = ("S0", "S1", "S2", "S3", "S4")
SUBJECTS: Final = ("object", "document", "person")  # what a photo or a sound is of (forms/SPEC.md section 6)
_ORDER: Final = {"not-possible": 0, "changed": 1, "renamed": 2, "carried": 3, "not-needed": 4}


class FormNotBrought(BackendError):
    """Nothing could be made of a file; the findings say why, and nothing of it is kept."""

    code: ClassVar[str] = "form-not-brought"

    def __init__(self, brought: Import) -> None:
        self.todo, self.rows = brought.todo, brought.rows
        super().__init__()


def brought_from(raw: bytes, filename: str) -> Import:
    """The draft in a file: a form document as it is, an XLSForm workbook, or a JSON Schema; it takes a while."""
    from forms.interchange.json_schema.json_schema import import_json_schema  # with pyxform: no other page needs it
    from forms.interchange.xlsform_import.xlsform import import_xlsform

    named = filename.lower().endswith(".json")  # broken in its first line, it is no workbook
    if not named and raw.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] not in (b"{", b"["):
        return import_xlsform(raw, filename)
    own = _own(raw)
    if own is None:
        return import_json_schema(raw)
    try:
        written(own)
    except ValueError:  # a number that no JSON can hold, or half a sign
        return Import(None, todo=read(raw).findings)
    return Import(own)


def _own(raw: bytes) -> dict[str, Any] | None:
    """A form document of ours, which is no JSON Schema to import."""
    document = read(raw).document
    if isinstance(document, Mapping) and {"form", "fields", "schema"} <= document.keys():
        return {name: member for name, member in document.items() if name != "trees"}
    return None


async def bring(town: Municipality, staff: str, raw: bytes, filename: str) -> FormDraft:
    """Keep the draft in a file. Raises `FormNotBrought` and `TextTooLong`, and nothing is kept."""
    filename = line(filename, NAME_MAX)
    brought = await asyncio.to_thread(brought_from, raw, filename)
    if brought.document is None:
        raise FormNotBrought(brought)
    now_ms = town.clock.now_ms()
    rows = tuple(sorted(brought.rows, key=lambda row: _ORDER[row.outcome]))
    document = written(_following(town, brought.document))
    id_, todo = random_bytes(ID_BYTES).hex(), brought.todo
    draft = FormDraft(id_, filename, staff, now_ms, staff, now_ms, 1, document, rows, todo)
    return await kept(town, staff, draft, "draft-form")


def next_version(town: Municipality, slug: str) -> int:
    """The version that a form of this name would get if it were published now."""
    return max((one.version for one in town.published.versions(slug)), default=0) + 1


def _following(town: Municipality, document: dict[str, Any]) -> dict[str, Any]:
    """A document that was brought as the next version of the form whose name it has."""
    slug = document.get("form")
    return following(document, publishing.history(town, slug) if isinstance(slug, str) else ())


async def kept(town: Municipality, staff: str, draft: FormDraft, act: str) -> FormDraft:
    """Keep a draft with its line in the audit."""

    def work() -> FormDraft:
        town.drafts.keep(draft)
        town.auditing.write(staff, act, None, f"{draft.id} {draft.edition}")
        return draft

    return await town.submit(work)


async def change(town: Municipality, staff: str, id_: str, edition: int, document: bytes) -> FormDraft:
    """Keep the next edition of a draft that was shown at `edition`. Raises `FormDraftChanged`."""
    held = town.drafts.one(id_)
    next_ = msgspec.structs.replace(
        held, edition=edition + 1, document=document, changed_by=staff, changed_ms=town.clock.now_ms()
    )
    return await kept(town, staff, next_, "change-draft")


async def throw_away(town: Municipality, staff: str, id_: str) -> None:
    """Throw a draft away."""
    town.drafts.one(id_)

    def work() -> None:
        town.drafts.drop(id_)
        town.auditing.write(staff, "drop-draft", None, id_)

    await town.submit(work)


def written(document: Any) -> bytes:
    """A document as it is kept and shown: two spaces, in the order in which it was made."""
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False).encode()


# --- mending: pure ---


def without(document: dict[str, Any], path: str) -> dict[str, Any]:
    """The document without a question: out of its words, its schema and its page. A page that asks nothing any more
    goes, unless it says something. Conditions that read the question stay, and say so."""
    made: dict[str, Any] = json.loads(json.dumps(document))
    group, _, name = path.rpartition("/")
    around = written_at(made.get("schema"), group) if group else made.get("schema")
    if isinstance(around, dict) and isinstance(around.get("properties"), dict):
        around["properties"].pop(name, None)
        if isinstance(around.get("required"), list):
            around["required"] = [one for one in around["required"] if one != name]
    if isinstance(made.get("fields"), dict):
        made["fields"].pop(path, None)
    for section in made["layout"] if isinstance(made.get("layout"), list) else ():
        if isinstance(section, dict) and isinstance(section.get("fields"), list):
            inner = f"{section['repeat']}/*/" if isinstance(section.get("repeat"), str) else ""
            section["fields"] = [one for one in section["fields"] if path not in (one, f"{inner}{one}")]
            if section["fields"] == [] and "banner" in section:
                section.pop("repeat", None)  # a page that only says something is no item of a list
    if isinstance(made.get("layout"), list):
        made["layout"] = [one for one in made["layout"] if not _is_empty(one)]
    return made


def _is_empty(section: Any) -> bool:
    """True for a page that neither asks nor says anything."""
    return isinstance(section, dict) and section.get("fields") == [] and "banner" not in section


def bounded(document: dict[str, Any], path: str, most: int) -> dict[str, Any]:
    """The document in which an answer has at most so many signs, choices or items, whichever it has."""
    made: dict[str, Any] = json.loads(json.dumps(document))
    node = written_at(made.get("schema"), path)
    if node is not None and node.get("type") == "array":
        node["maxItems"] = most
    elif node is not None and node.get("type") == "string" and not {"enum", "const", "format"} & node.keys():
        node["maxLength"] = most
    return made


def freed(document: dict[str, Any], path: str) -> dict[str, Any]:
    """The document in which nobody has to answer a question."""
    made: dict[str, Any] = json.loads(json.dumps(document))
    group, _, name = path.rpartition("/")
    around = written_at(made.get("schema"), group) if group else made.get("schema")
    if isinstance(around, dict) and isinstance(around.get("required"), list):
        around["required"] = [one for one in around["required"] if one != name]
    return made


def asked_anew(document: dict[str, Any], path: str, typed: Mapping[str, str]) -> dict[str, Any]:
    """The document with the words, the class, the duty and the subject of one question as somebody typed them."""
    fields = document.get("fields")
    if not isinstance(fields, Mapping) or not isinstance(fields.get(path), Mapping):
        return document
    field = dict(fields[path])
    field["label"] = words_typed(field.get("label"), "label", typed)
    field = with_member(field, "hint", words_typed(field.get("hint"), "hint", typed))
    if typed.get("sensitivity", "") in CLASSES:
        field["sensitivity"] = typed["sensitivity"]
    if typed.get("subject", "") in SUBJECTS and is_media(lenient(field)):
        field["subject"] = typed["subject"]
    if "must_answer" in typed:
        field = with_member(field, "must_answer", clean(typed["must_answer"]))
    if isinstance(field.get("choices"), Mapping):
        field["choices"] = {
            code: words_typed(words, f"choice-{code}", typed) for code, words in field["choices"].items()
        }  # fmt: skip
    made = document | {"fields": {**fields, path: field}}
    limit = typed.get("longest", "").strip()
    return _limited(made, path, int(limit)) if limit.isdecimal() and len(limit) <= LIMIT_DIGITS else made


def is_media(field: Field) -> bool:
    """True for a question that is answered with a picture or a sound."""
    return field.widget in MEDIA


def duty(document: Mapping[str, Any], path: str) -> str | None:
    """The duty for which a question must be answered; empty where none is named, None where nobody has to answer."""
    question = _question(document, path)
    if question is None:
        return None
    return question.must_answer or ("" if question.required else None)


def longest(document: Mapping[str, Any], path: str) -> int | None:
    """The most signs that an answer in words may have; 0 where nothing bounds it, None where it is no text."""
    question, node = _question(document, path), written_at(document.get("schema"), path) or {}
    if question is None or question.kind != "text" or node.get("type") != "string" or is_media(question.field):
        return None
    limit = node.get("maxLength", 0)
    return None if {"format", "pattern", "const"} & node.keys() else limit if isinstance(limit, int) else 0


def _question(document: Mapping[str, Any], path: str) -> Question | None:
    """A question of a draft, whatever else is wrong there."""
    return next((one for one in asked(document, {}).questions if one.path == path), None)


def _limited(document: dict[str, Any], path: str, limit: int) -> dict[str, Any]:
    """The document in which an answer has at most so many signs; one of a question that is no text stays."""
    if longest(document, path) is None or not limit:
        return document
    copied = json.loads(json.dumps(document))
    node = written_at(copied["schema"], path)
    assert node is not None
    node["maxLength"] = limit
    made: dict[str, Any] = copied
    return made


def reasoned(document: dict[str, Any], rule: str, at: str, reason: str) -> dict[str, Any]:
    """The document with the reason for one warning, in place of an earlier one; an empty one takes it away."""
    lines = document.get("lint")
    others = [one for one in lines if not _about(one, rule, at)] if isinstance(lines, list) else []
    reason = clean(reason)
    return with_member(document, "lint", [*others, *([{"rule": rule, "at": at, "reason": reason}] if reason else [])])


def _about(line: Any, rule: str, at: str) -> bool:
    return isinstance(line, Mapping) and (line.get("rule"), line.get("at")) == (rule, at)


def words_typed(there: Any, name: str, typed: Mapping[str, str]) -> dict[str, str]:
    """Words by language, those that were typed under `<name>-<language>` in the place of what was there."""
    words = dict(there) if isinstance(there, Mapping) else {}
    for language in TITLE_LANGUAGES:
        if f"{name}-{language}" in typed:
            words = with_member(words, language, clean(typed[f"{name}-{language}"]))
    return words


def with_member(document: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    """A document with one member; without it where there is nothing to say."""
    if value:
        return document | {name: value}
    return {key: member for key, member in document.items() if key != name}


def clean(text: str) -> str:
    """A text as it is kept: without the space around it. Raises `TextTooLong`."""
    return whole(text.replace("\r\n", "\n"))


# --- where a finding stands in the raw text ---


def line_of(text: str, path: str) -> int:
    """The line of a pretty text at which a finding's place is written; 1 where it is nowhere."""
    lines = text.split("\n")
    last = path.rsplit("/", 1)[-1].replace("~1", "/").replace("~0", "~")
    for name in (path, last, path.split("/", 2)[1] if path.startswith("/") else path):
        wanted = f"{json.dumps(name, ensure_ascii=False)}:"
        for number, one in enumerate(lines, 1):
            if name and one.lstrip().startswith(wanted):
                return number
    return 1
