"""A queue of version 1 meets version 2 of the forms that ship: each answer is shown and exported, whichever it was."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.cli import exports
from backend.desk.record_view import ANSWERED, EARLIER, HIDDEN
from backend.desk.wording import Speaker
from backend.stores.record_rows import shown_answers
from forms import paths
from forms.definition.document import Form
from forms.definition.library import SLUGS, shipped_form, shipped_raw
from forms.schema.question import Question
from forms.versions.moving import Mover
from tests.desk.office import Office

ITEM = "01J9ZZZZZZZZZZZZZZZZZZZZZ1"
CODE, MONTH = "KKKK-2222", "2010-09"


def answer(question: Question, turn: int) -> Any:
    """An answer of this question, another one at each turn, until each of its choices was given."""
    if question.codes:
        code = question.codes[turn % len(question.codes)]
        return code if question.kind == "choice" else [code, *question.codes[: turn % 2] * (code != question.codes[0])]
    node = question.node
    match question.kind:
        case "date":
            return f"2026-0{1 + turn % 9}-15"
        case "boolean":
            return turn % 2 == 0
        case "integer" | "decimal":
            return 4 + turn
    if "geboortemaand" in question.name:
        return MONTH
    if "pattern" in node:
        return "1234" if question.name == "postcode4" else CODE
    return f"Woorden {turn}"[: int(node.get("maxLength", 40))]


def filled(form: Form, turn: int) -> dict[str, Any]:
    """Every question of a form answered, those in items once."""
    items: dict[str, Any] = {f"{repeat}/{ITEM}": {} for repeat in form.repeats}
    given = {one.path.replace("*", ITEM): answer(one, turn) for one in form.questions}
    return {**items, **given}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A device wrote in all forms without a connection, each choice of each question once; then version 2 came."""
    made = Office(tmp_path_factory.mktemp("town"))
    made.queue = {}  # type: ignore[attr-defined]
    for slug in SLUGS:
        form = shipped_form(slug, 1)
        for turn in range(max((len(one.codes) for one in form.questions), default=1)):
            answers = filled(form, turn)
            made.queue[made.one.create(slug, 1, answers)] = (slug, answers)  # type: ignore[attr-defined]
    for slug in SLUGS:
        made.server.publish(shipped_raw(slug))
    assert [] == made.find("select record from _record")
    made.sync(made.one)
    yield made
    made.close()


def moved(slug: str, answers: dict[str, Any]) -> dict[str, Any]:
    """The answers where version 2 has them, or where version 1 had them."""
    plain = {path: value for path, value in answers.items() if not paths.is_item(path)}
    return Mover((shipped_form(slug, 1), shipped_form(slug))).answers(plain)


def said(cell: Any) -> str:
    """An answer as a cell of an export has it."""
    return cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False, separators=(",", ":"))


@pytest.mark.parametrize("slug", SLUGS)
def test_each_answer_of_version_1_is_shown_moved_earlier_or_as_hidden(town: Office, slug: str) -> None:
    queue = {record: of for record, of in town.queue.items() if of[0] == slug}  # type: ignore[attr-defined]
    hidden = {(one["record"], one["path"]): json.loads(one["answer"]) for one in town.find("select * from _hidden")}
    states: dict[str, int] = {}
    for record, (_, answers) in queue.items():
        [row] = town.find("select shown, version from _record where record = ?", record.hex())
        shown = shown_answers(row["shown"])
        for path, value in moved(slug, answers).items():
            one = shown.get(path) or hidden.get((record.hex(), path))
            assert one is not None and one["value"] == value, (slug, path, value, one)
            state = HIDDEN if path not in shown else ANSWERED if one["in_form"] else EARLIER
            states[state] = states.get(state, 0) + 1
    assert states[ANSWERED] > sum(count for state, count in states.items() if state != ANSWERED)
    assert (EARLIER in states) == (slug in {"huisbezoek", "schoolcheck", "signaal"})


@pytest.mark.parametrize("slug", SLUGS)
def test_each_answer_of_version_1_is_in_the_export(town: Office, tmp_path: Path, slug: str) -> None:
    file = tmp_path / "all.jsonl"
    exports.write_jsonl(town.ask("export", form=slug), file)
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    form = shipped_form(slug)
    for record, (_, answers) in ((r, of) for r, of in town.queue.items() if of[0] == slug):  # type: ignore[attr-defined]
        mine = [row for row in rows if row.get("_record", row.get("record")) == record.hex()]
        beside = {row["path"]: row for row in mine if "path" in row and "value" in row}
        cells: dict[str, Any] = {name: value for row in mine if "path" not in row for name, value in row.items()}
        for path, value in moved(slug, answers).items():
            if path in beside:
                assert said(beside[path]["value"]) == said(value), (path, value)
                continue
            name = path.rsplit("/", 1)[-1]
            question = form.leaf(path)
            assert question is not None, (path, value)
            codes = value if isinstance(value, list) else []
            spread = [cells.get(f"{name}__{code}") is True for code in codes]
            assert cells.get(name) == value or (codes and all(spread)), (path, value, cells.get(name))


def test_a_new_version_makes_no_record_of_the_queue_wrong(town: Office) -> None:
    """A record is judged by the version that it was last written with, so that a publication gives nobody work."""
    versions = town.find("select distinct version from _record")
    assert [{"version": 1}] == versions
    kinds = {row["kind"] for row in town.find("select distinct kind from _attention")}
    assert not kinds & {"missing", "local-only", "no-such-question"}


def test_the_desk_says_what_no_choice_of_version_2_says_in_the_words_that_asked_it(town: Office) -> None:
    wanted = {("schoolcheck", "/vrijstelling", "art11"), ("schoolcheck", "/redenen", "schorsing"),
              ("signaal", "/s2_vt", "gemeld"), ("huisbezoek", "/delen_grondslag", "toestemming_ouder")}  # fmt: skip
    speaker, heard = Speaker(town.server.municipality, "nl"), set()
    for slug, answers in town.queue.values():  # type: ignore[attr-defined]
        for path, code in ((path, code) for of, path, code in wanted if of == slug and code in answers[path]):
            assert shipped_form(slug, 1).choice_label(path, code, "nl") in speaker.answer(slug, path, answers[path])
            heard.add((slug, path, code))
    assert wanted == heard
