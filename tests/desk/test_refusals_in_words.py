"""A refusal of a command names a question and a form by their words, and by their codes where codes are asked for."""

import json
from typing import Any

import msgspec
import pytest

from backend.cli.options import Who, ask
from backend.desk.decisions import ConflictFirst
from backend.desk.fitting import AnswerDoesNotFit
from backend.desk.server import DeskSocket
from backend.desk.wire import Ask, Told
from backend.desk.wording import question_named
from backend.errors import MunicipalityUnknown
from backend.municipality.publishing import DraftUnknown, form_named
from backend.sentences import by_codes, told, words_of
from backend.settings import Settings
from tests.desk.office import Office
from tests.desk.test_exports import ANSWERS, FORM

PATH = "/bezoek_soort"
WORDS = {"nl": "Soort bezoek", "en": "Visit type"}


def refused(office: Office, language: str, *, codes: bool) -> Told:
    """The answer at the socket to a value that does not fit."""
    record = office.shared(FORM, ANSWERS)
    office.parallel(record, FORM, {PATH: "vervolg"}, {PATH: "kennismaking"})
    [conflict] = office.ask("conflicts")
    asked = Ask(
        "resolve", office.server.municipality.code, {"conflict": conflict["conflict"], "value": 7},
        token=office.token(), language=language, codes=codes,
    )  # fmt: skip
    socket = DeskSocket(office.server.folder, office.desk)

    async def answers() -> list[Told]:
        return [one async for one in socket._answers(msgspec.json.encode(asked), lambda _told: None)]

    said: Told = office.server.run(answers())[-1]
    return said


@pytest.mark.parametrize("language", WORDS)
def test_a_value_that_does_not_fit_names_its_question_in_words(office: Office, language: str) -> None:
    said = refused(office, language, codes=False)
    assert AnswerDoesNotFit.code == said.code
    assert f"“{WORDS[language]}”" in said.message and PATH not in said.message


def test_and_by_its_path_where_codes_are_asked_for(office: Office) -> None:
    said = refused(office, "nl", codes=True)
    assert f"“{PATH}”" in said.message and WORDS["nl"] not in said.message


def test_a_question_of_several_answers_and_a_form_are_named_in_words(office: Office) -> None:
    office.shared(FORM, ANSWERS)
    town = office.server.municipality
    title = form_named(town, FORM)
    for language, question in WORDS.items():
        assert question in told(ConflictFirst(path=question_named(town, FORM, PATH)), language).message
        assert title.said[language] != FORM
        assert title.said[language] in told(DraftUnknown(form=title), language).message
    with pytest.raises(DraftUnknown) as unknown:
        office.ask("form-draft", form=FORM)
    assert title.said["nl"] in told(unknown.value, "nl").message
    assert FORM in told(by_codes(unknown.value), "nl").message
    assert json.loads(words_of(unknown.value).kept)["facts"] == {"form": FORM}, "a store keeps the code"


@pytest.mark.parametrize(
    ("as_json", "args", "codes"),
    [(False, {}, False), (True, {}, True), (False, {"labels": None}, True), (False, {"labels": "nl"}, False)],
)
def test_a_program_and_who_asks_for_codes_get_codes(
    monkeypatch: pytest.MonkeyPatch, as_json: bool, args: dict[str, Any], codes: bool
) -> None:
    asked: list[Ask] = []

    def answers(_settings: Settings, one: Ask) -> list[Any]:
        asked.append(one)
        return []

    monkeypatch.setattr("backend.cli.options.answers", answers)
    ask(Settings.from_environment({}), "resolve", "GM9901", Who("", as_json), **args)
    assert [codes] == [one.codes for one in asked]


@pytest.mark.parametrize(("language", "wanted"), [("nl", "geen gemeente met die naam."), ("en", "of that name.")])
def test_what_is_no_municipality_code_is_not_said_by_a_code_of_ours(office: Office, language: str, wanted: str) -> None:
    """It said "geen gemeente of-that-name"."""
    with pytest.raises(MunicipalityUnknown) as found:
        office.desk.municipalities.get("GM99")
    assert wanted in told(found.value, language).message
