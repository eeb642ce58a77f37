"""P22: what is asked in a language that the lint does not read is told, and short names are not (lint/SPEC.md 4.14)."""

import pytest

from forms.lint.check import lint, lint_list, lint_text
from forms.lint.unread import is_of_another_language
from tests.forms.lint.snippets import Snippet, ask, document, harmless, question

UNREAD = [
    "Jakiej narodowości jest rodzina?", "de Jakiej narodowości jest rodzina", "¿Cuál es la nacionalidad?",
    "Каква е народността?", "Якої національності сім'я?", "Koje nacionalnosti je porodica?",
    "Di che nazionalità è la famiglia?", "Qual é a nacionalidade da família?", "Cila është kombësia e familjes?",
    "Gia đình có quốc tịch nào?", "Malbat ji kîjan welatî ye?", "Di ki pais e famia ta bini?",
    "Ut hokker lân komt de famylje?", "Milyen nemzetiségű a család?", "Qoysku xaggee bay ka yimaadeen?",
    "Narodowość", "Kraj urodzenia", "País de origen", "Z jakiego kraju?", "Hol született?",
]  # fmt: skip
READ = [
    "BSN", "Naam", "Straat en huisnummer", "Vóór het bezoek", "Contact per app", "File theme.css", "E-mail",
    "Okul numarası", "Çocuk okula gidiyor mu?", "Geburtsdatum", "Prénom", "Ora vizitei", "Data", "Fan van AS Roma",
    "Woont de moeder in Łódź?", "text_image_audio_video_test", "São Paulo", "Jan Novák", "Is ${naam} thuis?",
]  # fmt: skip
NAMES = ["Casa di Mama", "Santa Maria della Salute", "El Niño", "Łódź", "Narodowa Galeria", "Sint Jan College Oost"]


@pytest.mark.parametrize("text", UNREAD)
@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_question_in_a_language_that_nobody_reads_is_a_warning(text: str, language: str) -> None:
    (found,) = lint_text(text, language)
    assert ("P22", "warning") == (found.code, found.level)


@pytest.mark.parametrize("text", READ)
def test_a_short_text_and_one_in_a_language_that_is_read_are_none(text: str) -> None:
    assert not is_of_another_language(text)


@pytest.mark.parametrize("text", NAMES)
def test_a_name_where_names_stand_is_none(text: str) -> None:
    assert not is_of_another_language(text, naming=True)


def test_words_in_a_language_without_rules_are_told_once_for_the_whole_form() -> None:
    form = harmless()
    ask(form, [question(f"v{number}", "choice") for number in range(5)])
    for field in form["fields"].values():
        field["label"] = {**field["label"], "pl": "Pytanie"}
    (found,) = lint(form)
    assert ("P22", "/title", "pl") == (found.code, found.path, found.language)
    assert "5" in found.en and "Pytanie" in found.en
    form["lint"] = [{"rule": "P22", "at": "/title", "reason": "Mevrouw Voorbeeld leest het Pools"}]
    assert not [one for one in lint(form) if one.stops]


def test_few_unread_texts_are_told_where_they_stand_and_many_as_one() -> None:
    form = harmless()
    ask(form, [question(f"v{number}", "choice") for number in range(4)])
    for number, field in enumerate(form["fields"].values()):
        field["label"] = {**field["label"], "nl": UNREAD[number]}
        expected = ["/title"] if number == 3 else [f"/v{one}" for one in range(number + 1)]
        assert expected == [one.path for one in lint(form)]


def test_what_is_refused_already_is_not_told_a_second_time() -> None:
    found = lint(document(Snippet("P01", ("P01",), place="label", language="nl", text="цигани")))
    assert ["P01"] == [one.code for one in found]


def test_rows_of_a_list_are_told_once_for_the_list() -> None:
    rows = {str(number): {"nl": said} for number, said in enumerate(["семейство", "роднина", "съсед"])}
    assert [("P22", "/mensen")] == [(one.code, one.path) for one in lint_list("mensen", rows)]
    named = {str(number): {"nl": said} for number, said in enumerate(NAMES)}
    assert [] == [one for one in lint_list("scholen", named) if one.code == "P22"]
