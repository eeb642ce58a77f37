"""All that is looked at before a version is fixed for good (SPEC.md 12.1). Pure: it decides, it writes nothing."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from forms.definition.document import Form, built
from forms.definition.inspection import inspect
from forms.definition.library import SLUGS, shipped_versions
from forms.findings import Finding, finding
from forms.lint.check import lint
from forms.lint.findings import LintFinding
from forms.lint.frame import Publication
from forms.lint.scattered import Naming, naming_of
from forms.records import references
from forms.schema.question import Choices
from forms.schema.reading import FORM_BYTES_MAX, read
from forms.versions import beginning, mentioning, saving
from forms.versions.changes import Change
from forms.versions.judging import judged
from forms.versions.weakening import weaker

LIBRARY: Final = "veldpost"  # who put the forms that ship forward: their makers
LIST_MISSING: Final = "lint-list-missing"
MISSING: Final = "missing-member"
WORDED: Final = {"title", "schema", "layout", "fields"}  # what has words to be read; without one nothing can be judged
FRAME: Final = "P10"  # purpose, basis and retention, which are missing or still to be decided


class Verdict(msgspec.Struct, frozen=True):
    """The verdict on publishing a draft. It can be published if nothing `stops` it.

    `document` are the bytes of the version: the draft with the trees of its expressions, which devices evaluate.
    `warnings` are the lint's, each with the reason that the form carries for it; `weaker` is all in which it
    would protect an answer less than before (`weakening.py`). A second person agrees with either.
    """

    findings: tuple[Finding, ...] = ()
    warnings: tuple[LintFinding, ...] = ()
    form: Form | None = None
    document: bytes = b""
    weaker: tuple[Change, ...] = ()

    @property
    def stops(self) -> bool:
        """True if the draft cannot be published as it is."""
        return bool(self.findings)

    @property
    def digest(self) -> bytes:
        """The SHA-256 of the version's bytes."""
        return hashlib.sha256(self.document).digest()


def examined(
    raw: bytes,
    history: Sequence[Form] | None = None,
    lists: Mapping[str, Choices] | None = None,
    publication: Publication | None = None,
    others: Mapping[str, Form] | None = None,
) -> Verdict:
    """Look at a draft with all that publishing asks of it.

    `history` are the published versions of the same form, oldest first (None where they are not known, as when a file
    is looked at by itself); `lists` are the municipality's named lists, `others` the newest versions of its other
    forms, to which references point: nobody looks at either where it is not known.
    A draft that is no form yet says that alone, and if only members are missing (as in a draft that was imported) what
    the lint says of the rest: whoever decides those should know what cannot stay. Otherwise all is said at once.
    """
    inspection = inspect(raw)
    if inspection.findings:
        return Verdict((*inspection.findings, *_of_the_rest(raw, inspection.findings)))
    document = published_bytes(inspection.document, inspection.logic.trees)
    if len(document) > FORM_BYTES_MAX:
        return Verdict((finding("form-too-large", "", size=len(document), limit=FORM_BYTES_MAX),))
    form = built(document, inspection)
    linted = tuple(
        one
        for one in lint(inspection.document, lists, publication, _asked_before(history or ()))
        if lists is not None or one.code != LIST_MISSING
    )
    stopping: list[Finding] = [one for one in linted if one.stops]
    pointing = () if others is None else references.faults(form, others)
    return Verdict(
        findings=(
            *(judged(history, form) if history is not None else ()),
            *saving.faults(form),
            *mentioning.faults(form, inspection.document),
            *beginning.faults(form),
            *pointing,
            *stopping,
        ),
        warnings=tuple(one for one in linted if not one.stops),
        form=form,
        document=document,
        weaker=weaker(history, form) if history else (),
    )


def _asked_before(history: Sequence[Form]) -> list[Naming]:
    """The questions of published versions: what they name stands beside what this one asks."""
    asked = dict.fromkeys(
        naming_of(one.path, one.label, one.hint, one.choices)
        for form in history
        for one in (*form.questions, *form.local, *form.computed)
    )
    return list(asked)


def _of_the_rest(raw: bytes, faults: Sequence[Finding]) -> Iterator[Finding]:
    """Lint a draft that only lacks members at its top; of these themselves all is said already.

    A member that is there and says nothing, such as a purpose that was left undecided, lacks no less.
    """
    if any(one.code != MISSING or one.path for one in faults):
        return
    document = read(raw).document
    if document.keys() >= WORDED:
        lacking = {f"/{dict(one.facts)['name']}" for one in faults}
        for one in lint(document):
            if one.stops and one.code != LIST_MISSING and not (one.code == FRAME and one.path in lacking):
                yield one


def published_bytes(document: Mapping[str, Any], trees: Mapping[str, Any]) -> bytes:
    """The bytes of a version: its document in the order in which it was written, compact, and its trees at the end.

    A document without expressions carries no trees; one that carries its trees already gives the same bytes again.
    """
    bare = {name: member for name, member in document.items() if name != "trees"}
    if trees:
        bare["trees"] = dict(trees)
    return json.dumps(bare, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def who_answers(verdict: Verdict, raw: bytes, staff: str) -> tuple[str, str] | None:
    """The people who put a version forward and agreed with its warnings; None while a second person must still look.

    Without warnings, and where it protects no answer less, nobody has to agree. A form of the library was put forward
    by its makers, so whoever publishes it as it ships is the second person.
    """
    if not (verdict.warnings or verdict.weaker):
        return staff, ""
    slug = verdict.form.slug if verdict.form is not None else ""
    return (LIBRARY, staff) if slug in SLUGS and raw in shipped_versions(slug) else None
