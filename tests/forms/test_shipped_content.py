"""The shipped forms beside the drafts that they come from, row by row, so that nothing is silently missing (D9).

A row is `name type required class merge [choice list]`: required is `y`, `n` or `c` (where it is asked). What the forms
have otherwise, and what they have besides, is listed here and nowhere else. `SECOND` (in `shipped_drafts.py`) has the
rows that version 2 added or asks otherwise, after professionals read version 1 against the law; `GONE` what it asks no
more.
"""

from hashlib import sha256
from typing import Any

import pytest

from forms.definition.document import Form
from forms.definition.library import SLUGS, first_raw, shipped_form
from forms.definition.logic import Hide
from forms.schema.question import Question
from tests.forms.shipped_drafts import DRAFTS, FIRST, GONE, LISTS, SECOND

KINDS = {"one": "choice", "multi": "choices", "bool": "boolean", "ref": "text"}

ASKED_NOT_DEMANDED = {  # lint P11, or a check that demands it where the schema cannot
    "huisbezoek": {"/hulpvragen", "/drempels_school", "/feiten"},
    "schoolcheck": {"/niet_reden", "/jongere_gehoord", "/reden_vertrouwelijk"},
    "signaal": {"/s2_collega", "/s2_vt", "/s4_weging", "/gemeld_bij"},
}
COLLEAGUES = set(LISTS["rol"].split()) - {"tolk", "intermediair"} | {"aandachtsfunctionaris"}
OTHERWISE: dict[str, dict[str, dict[str, Any]]] = {
    "schoolcheck": {"/reden_vertrouwelijk": {"kind": "choice", "codes": {"ja", "nee"}}},
    "signaal": {
        "/ingelicht": {"merge": "first-listed", "codes": set(LISTS["ingelicht"].split()) | {"nog_niet"}},
        "/s2_collega": {"codes": COLLEAGUES},
        "/eigenaar": {"codes": COLLEAGUES},
    },
}
BESIDES = {
    "huisbezoek": {"/tolk_taal", "/kind/*/geboortemaand"},
    "schoolcheck": {"/bewaren"},
    "signaal": {"/s2_datum", "/gemeld_op", "/stap_reden", "/bewaren"},
    "traject": {"/eind_datum"},
}
RETENTION = {  # R-LP, R-LP (R-KW by `bewaren`), R-SIG, R-WK, R-LP
    "huisbezoek": ("P19Y", "birth_month"), "schoolcheck": ("P19Y", "birth_month"), "signaal": ("P2Y", "last_change"),
    "traject": ("P2Y", "closed"), "dossier": ("P19Y", "birth_month"),
}  # fmt: skip


def rows(slug: str) -> dict[str, list[str]]:
    found = {}
    for line in (DRAFTS[slug] + SECOND[slug]).split("\n"):
        if line:
            name, *cells = line.split()
            found["/" + name.replace("/", "/*/")] = cells
    return {path: cells for path, cells in found.items() if path not in GONE.get(slug, set())}


def has(form: Form) -> dict[str, Question]:
    return {question.path: question for question in (*form.questions, *form.local, *form.computed)}


def test_every_form_that_ships_has_a_draft() -> None:
    assert sorted(DRAFTS) == sorted(SLUGS)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_form_asks_what_its_draft_asks_and_what_is_listed_besides(slug: str) -> None:
    assert set(rows(slug)) | BESIDES.get(slug, set()) == set(has(shipped_form(slug)))


@pytest.mark.parametrize(("slug", "path"), [(slug, path) for slug in SLUGS for path in rows(slug)])
def test_a_question_is_as_its_row_says(slug: str, path: str) -> None:
    kind, required, cls, merge, *lists = rows(slug)[path]
    form = shipped_form(slug)
    question = has(form)[path]
    kind, _, length = kind.partition(":")
    codes = {code for name in lists for code in LISTS[name].split()}
    expected = {"kind": KINDS.get(kind, kind), "class": cls, "merge": merge, "codes": codes}
    expected |= OTHERWISE.get(slug, {}).get(path, {})
    actual = {
        "kind": question.kind,
        "class": question.sensitivity,
        "merge": question.merge,
        "codes": set(question.codes),
    }
    if kind == "calc":
        assert expected["codes"] == actual["codes"] and question in form.computed
        return
    assert expected == actual
    if required == "n" or path in ASKED_NOT_DEMANDED.get(slug, set()):
        assert not question.required
    else:
        assert question.required
        hidden = {target for step in form.logic.steps if isinstance(step, Hide) for target in step.targets}
        assert required == "y" or path in hidden
    if length:
        assert int(length) == question.node["maxLength"]
    assert (kind == "ref") == (question.reference is not None and question.reference.form == "dossier")


@pytest.mark.parametrize("slug", SLUGS)
def test_the_first_version_is_what_was_published(slug: str) -> None:
    assert FIRST[slug] == sha256(first_raw(slug)).hexdigest()


@pytest.mark.parametrize("slug", SLUGS)
def test_a_form_is_kept_as_long_as_its_draft_says(slug: str) -> None:
    kept = shipped_form(slug).retention
    assert RETENTION[slug] == (kept.keep, kept.from_)


@pytest.mark.parametrize("slug", SLUGS)
def test_everything_is_said_in_both_languages(slug: str) -> None:
    form = shipped_form(slug)
    said: list[Any] = [form.title, *(section.title for section in form.sections)]
    said += [section.banner for section in form.sections if section.banner]
    said += [check.say for check in form.logic.checks]
    for question in has(form).values():
        said += [question.label, *([question.hint] if question.hint else []), *question.choices.values()]
        assert set(question.codes) == set(question.choices), question.path
        assert question.hint or question.kind != "text", question.path
    assert all({"nl", "en"} == set(words) and all(words.values()) for words in said)
