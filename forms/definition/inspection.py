"""Inspects a form document and reports every fault at once (SPEC.md section 6.3).

First its shape, then its schema, then how words and layout fit the schema, then its expressions: what comes later
makes no sense while what comes earlier is broken.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

import jsonschema_rs
import msgspec

from forms import paths
from forms.definition import members
from forms.definition.logic import Logic, read_logic
from forms.definition.parts import Page, Parts
from forms.definition.parts import read as read_parts
from forms.definition.shape import DOCUMENT
from forms.errors import BadPath
from forms.expressions import dates
from forms.expressions.kinds import codes_of
from forms.findings import FINDINGS_MAX, Finding, finding, listed, some
from forms.policies import POLICIES
from forms.schema.fields import NOTHING, Field
from forms.schema.question import Question
from forms.schema.questions import DIALECT, QUESTIONS_MAX
from forms.schema.questions import read as read_questions
from forms.schema.reading import read as read_text

CHECKS_MAX: Final = 1_000  # each is worked out at every keystroke; the longest form that ships has ten
LANGUAGE: Final = "nl"  # every form has its words in Dutch; others may be lacking and are said in Dutch

_SHAPE: Final = jsonschema_rs.Draft202012Validator(DOCUMENT, offline=True)
_SCHEMA: Final = jsonschema_rs.Draft202012Validator({"$ref": DIALECT}, offline=True)
_FITS: Final = {  # which kinds of question a policy can merge; the others fit all
    "union": {"choices"},
    "append": {"text"},
    "first-listed": {"choice"},
}


class Inspection(msgspec.Struct, frozen=True):
    """The result of one look at a document. The other members are whole only if there are no findings."""

    findings: tuple[Finding, ...]
    document: Mapping[str, Any] = {}
    questions: tuple[Question, ...] = ()
    order: tuple[str, ...] = ()
    logic: Logic = Logic()
    parts: Parts = Parts()


def inspect(raw: bytes) -> Inspection:
    """Look at a form document as it was received, and say everything that is wrong with it."""
    text = read_text(raw)
    if text.findings:
        return Inspection(listed(text.findings))
    document = text.document
    faults = [*_misshapen(document)] or [*_invalid(document["schema"])]
    if faults:
        return Inspection(listed(faults))
    parts = read_parts(document)
    said, computed = parts.fields, parts.computed
    reading = read_questions(document["schema"], said)
    faults = reading.findings or [*_too_many(parts, reading.questions), *_uncompiled(document["schema"])]
    if faults:
        return Inspection(listed(faults))
    by_path = {question.path: question for question in reading.questions}
    faults = [
        *_layout(parts.layout, by_path, reading.repeats, computed),
        *_fields(said, by_path, computed),
        *members.faults(parts, by_path),
        *_moves(document.get("moves", {}), by_path, reading.repeats),
    ]
    if faults:
        return Inspection(listed(faults))
    expressions = read_logic(parts, reading.questions, reading.repeats)
    faults = [*expressions.findings, *_computed(said, expressions.logic)]
    order = tuple(path for path in parts.order if path in by_path)
    return Inspection(listed(faults), document, tuple(reading.questions), order, expressions.logic, parts)


def _misshapen(document: Any) -> Iterator[Finding]:
    errors = _SHAPE.iter_errors(document)
    for error in islice(errors, FINDINGS_MAX + 1):
        at = paths.format(str(name) for name in error.instance_path)
        facts = error.kind.as_dict()
        if error.kind.name == "required":
            yield finding("missing-member", at, name=facts["property"])
        elif error.kind.name == "additionalProperties":
            yield from (finding("unknown-member", at, name=name) for name in facts["unexpected"])
        elif error.kind.name == "maxLength":
            yield finding("text-too-long", at, limit=facts["limit"])
        else:
            yield finding("wrong-member", at)
    version = document.get("version") if isinstance(document, Mapping) else None
    if isinstance(version, float) and version.is_integer():
        yield finding("wrong-member", "/version")  # 1.0 is whole to JSON Schema, and cannot be signed


def _invalid(schema: Any) -> Iterator[Finding]:
    """Faults against the standard's own schema of schemas."""
    errors = _SCHEMA.iter_errors(schema)
    for error in islice(errors, FINDINGS_MAX + 1):
        yield finding("schema-invalid", "/schema" + paths.format(str(name) for name in error.instance_path))


def _too_many(parts: Parts, questions: Sequence[Question]) -> Iterator[Finding]:
    checks = len(parts.checks)
    if len(questions) + len(parts.computed) > QUESTIONS_MAX:
        yield finding("too-many-questions", "", limit=QUESTIONS_MAX)
    if checks > CHECKS_MAX:
        yield finding("too-many-checks", "/checks", number=checks, limit=CHECKS_MAX)


def _uncompiled(schema: Any) -> Iterator[Finding]:
    """Find faults that only show when the schema is compiled, such as a pattern that is no pattern."""
    try:
        compiled(schema)
    except jsonschema_rs.ReferencingError:  # what nothing refers to is not looked up today; a version may begin to
        yield finding("schema-invalid", "/schema")
    except jsonschema_rs.ValidationError as error:
        yield finding("schema-invalid", "/schema" + paths.format(str(name) for name in error.instance_path))


def compiled(schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    """The validator of a form's schema: formats count, nothing is fetched, patterns run in linear time."""
    return jsonschema_rs.Draft202012Validator(
        schema,
        validate_formats=True,
        formats={"date": dates.is_date},
        pattern_options=jsonschema_rs.RegexOptions(),
        offline=True,
    )


def _layout(
    layout: Sequence[Page], by_path: Mapping[str, Question], repeats: Sequence[str], computed: Collection[str]
) -> Iterator[Finding]:
    """Every question stands on exactly one page, and every page shows what exists; computed fields may stand on one."""
    shown: set[str] = set()
    for place, page in enumerate(layout):
        repeat = page.repeat
        if not page.fields and (repeat is not None or page.banner is None):
            yield finding("layout-nothing", f"/layout/{place}/fields")
        if repeat is not None and repeat not in repeats:
            yield finding("layout-no-leaf", f"/layout/{place}/repeat", name=repeat)
            continue
        for line, path in enumerate(page.templates):
            at = f"/layout/{place}/fields/{line}"
            known = path in computed and paths.repeat_of(path) == repeat
            if not known and (path not in by_path or by_path[path].repeat != repeat):
                yield finding("layout-no-leaf", at, name=path)
            elif path in shown:
                yield finding("layout-twice", at, name=path)
            shown.add(path)
    yield from (finding("unreachable", path) for path in by_path if path not in shown)


def _fields(said: Mapping[str, Field], by_path: Mapping[str, Question], computed: Collection[str]) -> Iterator[Finding]:
    """Every question and computed field has its words and its class; every question a policy that fits it."""
    for path in said:
        if path not in by_path and path not in computed:
            yield finding("field-no-leaf", "/fields" + paths.format([path]))
    for path in (*by_path, *computed):
        field = said.get(path, NOTHING)
        if LANGUAGE not in field.label:
            yield finding("no-label", path, language=LANGUAGE)
        if field.sensitivity is None:
            yield finding("no-sensitivity", path)
    for path, question in by_path.items():
        field = said.get(path, NOTHING)
        yield from _choices(path, question.codes, field.choices or {})
        merge = field.merge
        if merge is not None and merge not in POLICIES:
            yield finding("unknown-policy", path, name=merge, known=", ".join(POLICIES))
        elif merge is not None and (
            question.kind not in _FITS.get(merge, {question.kind}) or (merge == "first-listed" and not question.codes)
        ):
            yield finding("policy-misfit", path, name=merge)


def _moves(moves: Mapping[str, Any], by_path: Mapping[str, Question], repeats: Collection[str]) -> Iterator[Finding]:
    """Check that the moves from the version before name paths that can be, and lead to what this version has."""
    groups = {names[:end] for path in by_path for names in [paths.parse(path)] for end in range(1, len(names))}
    known = {*by_path, *repeats, *(paths.format(names) for names in groups if names[-1] != paths.ANY_ITEM)}
    for member, named in moves.items():
        for place, path in enumerate(named):
            at = f"/moves/{member}" + (f"/{place}" if member == "dropped" else paths.format([path or " "]))
            if not _is_path(path):
                yield finding("moves-no-path", at, name=path)
            elif member == "dropped" and path in by_path:
                yield finding("still-asked", at, name=path)
            elif member == "mapped" and (path not in by_path or not by_path[path].kind.startswith("choice")):
                yield finding("moves-no-target", at, name=path)
    for path, to in moves.get("renamed", {}).items():
        if to not in known:
            yield finding("moves-no-target", "/moves/renamed" + paths.format([path or " "]), name=to)


def _is_path(path: str) -> bool:
    try:
        return not paths.parse(path)[0].startswith("_")
    except BadPath:
        return False


def _computed(said: Mapping[str, Field], logic: Logic) -> Iterator[Finding]:
    """A computed field is not merged; if it has choices, they are the codes that its expression can give."""
    for step in logic.computed:
        field = said[step.path]
        if field.merge is not None:
            yield finding("policy-misfit", step.path, name=field.merge)
        if field.choices is not None:
            yield from _choices(step.path, codes_of(step.kind), field.choices)


def _choices(path: str, codes: tuple[str, ...], choices: Mapping[str, Any]) -> Iterator[Finding]:
    differing = sorted(set(choices) ^ set(codes))
    if differing:
        yield finding("choices-differ", path, names=some(differing))
    for code in codes:
        if code in choices and LANGUAGE not in choices[code]:
            yield finding("choice-no-label", path, name=code, language=LANGUAGE)
