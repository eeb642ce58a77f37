"""A preview shows what a text mentions, and what a question is answered with beforehand."""

import json
from pathlib import Path

from forms.definition.document import load_form
from forms.records.preview import preview
from forms.records.relevance import Examiner

VECTORS = Path(__file__).parents[1] / "vectors"
SPEAKS = load_form(json.dumps(json.loads((VECTORS / "saying" / "said.json").read_text())["form"]).encode())
BEGINS = load_form(json.dumps(json.loads((VECTORS / "members" / "first.json").read_text())["form"]).encode())


def test_without_answers_a_maker_reads_the_mention_as_it_was_written() -> None:
    text = "\n".join(preview(SPEAKS))
    assert "Soort voor ${/naam}" in text and "Op ${/dag}" in text


def test_with_answers_the_text_says_them() -> None:
    seen = Examiner(SPEAKS).examine({"naam": "Bo", "dag": "2026-03-05"}, "2026-11-27")
    text = "\n".join(preview(SPEAKS, "nl", seen))
    assert "Soort voor Bo" in text and "Op 5 maart 2026" in text


def test_a_first_answer_stands_at_its_question_in_both_languages() -> None:
    assert "vooraf ingevuld: add_days(/datum, 7)" in "\n".join(preview(BEGINS))
    assert 'filled in beforehand: "nee"' in "\n".join(preview(BEGINS, "en"))
