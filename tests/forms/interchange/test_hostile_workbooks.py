"""No workbook breaks an import: whatever stands in it, there is a report (interchange/SPEC.md section 1)."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.definition.document import faults
from forms.interchange.drafts import STAND_IN
from forms.interchange.xlsform_import.types import KNOWN, LEFT, PLAIN
from forms.interchange.xlsform_import.xlsform import import_xlsform
from tests.forms.interchange.tables import workbook
from tests.strength import tries
from tests.work import within

CALLS_MAX = 6_000_000  # a second or two; without the limits these take minutes
TYPES = [
    *PLAIN,
    *LEFT,
    *KNOWN,
    "select_one l",
    "select_multiple l or_other",
    "rank l",
    "select_one weg",
    "select_one a.csv",
]
TYPES += [
    "begin group",
    "end group",
    "begin repeat",
    "end repeat",
    "begin loop over l",
    "end loop",
    "note",
    "calculate",
    "",
]
NAMES = ["a", "b", "c", "A", "in", "é-x", "", "a", "_", "0"]
TEXTS = ["", "Wat?", "${a}", "<b>x</b>", "x" * 300, "label", "\n", "=1+1"]
XPATHS = [
    "",
    "${a} = 'x'",
    ". > 3",
    "selected(${b}, 'x')",
    "${c} + 1",
    "yes",
    "no",
    "concat(${a})",
    "count(${a}) > 1",
    "((",
]
XPATHS += [
    "${a} = ${b}",
    "sum(${c})",
    "regex(., '(a')",
    "string-length(.) < 0",
    "not(${a})",
    "if(${b}, ${a}, 3)",
    ". = ''",
]
COLUMNS = {
    "type": TYPES,
    "name": NAMES,
    "label": TEXTS,
    "label::nl": TEXTS,
    "hint::Zzz": TEXTS,
    "relevant": XPATHS,
    "constraint": XPATHS,
    "calculation": XPATHS,
    "choice_filter": [*XPATHS, "f = ${a}", "f"],
    "required": ["", "yes", "${a} = 1", "maybe"],
    "repeat_count": ["", "1", "3", "${a}", "-1"],
    "appearance": ["", "minimal", "likert", "signature", "??"],
    "parameters": ["", "start=1 end=0 step=0", "start=x", "a=b"],
    "veldpost::sensitivity": ["", "S3", "S9"],
}
ROW = st.tuples(*(st.sampled_from(values) for values in COLUMNS.values())).map(list)
CHOICES = st.lists(st.tuples(*(st.sampled_from(["l", "x", "", "1", "a b"]) for _ in range(4))).map(list), max_size=6)


@settings(max_examples=tries(150), deadline=None)
@given(st.lists(ROW, max_size=14), CHOICES)
def test_any_survey_gives_a_report_of_every_row_and_a_document_that_holds_together(
    rows: list[list[str]], choices: list[list[str]]
) -> None:
    raw = workbook({"survey": [list(COLUMNS), *rows], "choices": [["list_name", "name", "label", "f"], *choices]})
    found = import_xlsform(raw, "x.xlsx")
    assert all(row.notes or row.outcome == "carried" for row in found.rows)
    if found.document is not None:
        assert () == faults(json.dumps({**found.document, **STAND_IN}).encode())


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=400))
def test_bytes_that_are_no_workbook_are_refused_in_words(raw: bytes) -> None:
    found = import_xlsform(raw, "x.xlsx")
    assert found.document is None
    assert found.todo


HEADER = ["type", "name", "label", "calculation"]
MANY = 900


def calculations(*texts: str) -> bytes:
    rows = [["integer", "a", "A", ""], *(["calculate", f"c{place}", "", text] for place, text in enumerate(texts))]
    return workbook({"survey": [HEADER, *rows]})


SLOW = {
    "a chain of sums from the last to the first": [f"${{c{place + 1}}} + 1" for place in range(MANY - 1)]
    + ["${a} + 1"],
    "a circle of sums": [f"${{c{(place + 1) % MANY}}} + 1" for place in range(MANY)],
    "functions that need their argument twice": ["int(" * 14 + "${a}" + ")" * 14] * 40,
    "a sum that breaks all that follow": ["if(${a}, '2026-01-01', 'x') < today()"]
    + [f"if(${{c{place}}}, 1, 0)" for place in range(MANY)],
    "very long sums": [" + ".join(["${a}"] * 600)] * 100,
}


@pytest.mark.parametrize("name", SLOW)
def test_what_would_take_long_is_judged_within_seconds(name: str) -> None:
    found = within(CALLS_MAX, lambda: import_xlsform(calculations(*SLOW[name]), "x.xlsx"))
    assert len(SLOW[name]) + 1 == len(found.rows)
    assert found.document is not None
    assert () == faults(json.dumps({**found.document, **STAND_IN}).encode())
