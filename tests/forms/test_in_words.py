"""A form is told in words: labels in place of names, in one language, and nothing that reads as code."""

import json
import re
from typing import Any

import pytest

from forms.definition.document import load_form
from forms.definition.library import shipped
from forms.expressions.parser import parse
from forms.expressions.tree import ARITY, OPERATORS, node_of
from forms.records.in_words import InWords
from forms.records.told import Teller
from forms.sentences import LANGUAGES
from forms.versions.differing import difference
from forms.wording import of_language
from tests.forms.expression_generator import Generator
from tests.forms.versions.forms_made import document

CODE = re.compile(r"==|!=|[<>\[\]{}\"]|\w_\w|\b(?:null|coalesce|count)\b|/[a-z]")
QUESTIONS = {
    "/dag": "date", "/keuze": "choice a b", "/keuzes": "choices a b", "/aantal": "integer", "/ja": "boolean",
    "/kind/*/ref": "text", "/kind/*/hoe": "choice a b",
}  # fmt: skip
LABELS = {
    "/dag": "Dag", "/keuze": "Keuze", "/keuzes": "Hulp", "/aantal": "Aantal", "/ja": "Gezien", "/kind/*/ref": "Code",
    "/kind/*/hoe": "Hoe",
}  # fmt: skip
SAID = (
    ('/keuze == "a"', "‘Keuze’ is ‘a (nl)’"),
    ('"b" != /keuze', "‘Keuze’ is niet ‘b (nl)’"),
    ('/keuze in ["a", "b"]', "‘Keuze’ is ‘a (nl)’ of ‘b (nl)’"),
    ("/dag != null", "‘Dag’ is beantwoord"),
    ("not /dag != null", "‘Dag’ is niet beantwoord"),
    ("/ja", "‘Gezien’ is ja"),
    ("/ja == false", "‘Gezien’ is nee"),
    ("not coalesce(/ja, false) == true", "‘Gezien’ is niet ja"),
    ("coalesce(/ja, true) == true", "‘Gezien’ (zonder antwoord: ja) is ja"),
    ('"a" in coalesce(/keuzes, [])', "bij ‘Hulp’ is ‘a (nl)’ gekozen"),
    ('not contains(/keuzes, "a")', "bij ‘Hulp’ is ‘a (nl)’ niet gekozen"),
    ("count(/keuzes) > 0", "bij ‘Hulp’ is iets gekozen"),
    ("1 > count(/kind)", "bij ‘Kinderen’ staat niets"),
    ("count(/kind) == 0", "bij ‘Kinderen’ staat niets"),
    ("count(/kind) != 0", "bij ‘Kinderen’ staat iets"),
    ("0 == count(/keuzes)", "bij ‘Hulp’ is niets gekozen"),
    ("/aantal >= 2.5", "‘Aantal’ is minstens 2,5"),
    ("2 < /aantal", "‘Aantal’ is meer dan 2"),
    ("/dag <= add_days(today(), 1)", "‘Dag’ is niet na 1 dag na vandaag"),
    ('/dag < "2026-03-05"', "‘Dag’ is vóór 5 mrt 2026"),
    ('/ja or (/keuze in ["a", "b"] and /dag == null)',
     "‘Gezien’ is ja of ((‘Keuze’ is ‘a (nl)’ of ‘b (nl)’) en ‘Dag’ is niet beantwoord)"),
    ("not (/ja and /aantal == 1)", "niet waar is (‘Gezien’ is ja en ‘Aantal’ is 1)"),
    ('any(/kind, hoe == "a")', "voor minstens één van ‘Kinderen’ geldt: ‘Hoe’ is ‘a (nl)’"),
    ('count(/kind, hoe == "a") >= 1', "voor minstens één van ‘Kinderen’ geldt: ‘Hoe’ is ‘a (nl)’"),
    ("unique(map(/kind, ref))", "‘Code’ is bij elk van ‘Kinderen’ anders"),
    ("if(/ja, /aantal > 1, true)", "als ‘Gezien’ is ja, dan ‘Aantal’ is meer dan 1"),
    ("(/dag == null) == (/keuze == null)",
     "deze twee zijn allebei waar of allebei niet waar: (‘Dag’ is niet beantwoord) en (‘Keuze’ is niet beantwoord)"),
    ("(/aantal + 1) * 2 > 4", "(‘Aantal’ + 1) * 2 is meer dan 4"),
)  # fmt: skip


def asked() -> Any:
    made = document(QUESTIONS)
    for path, label in LABELS.items():
        made["fields"][path]["label"] = {"nl": label, "en": f"{label} (en)"}
    made["layout"][1]["section"] = {"nl": "Kinderen", "en": "Children"}
    return load_form(json.dumps(made).encode())


@pytest.mark.parametrize(("text", "words"), SAID)
def test_a_condition_is_said_as_a_person_says_it(text: str, words: str) -> None:
    node = parse(text).node
    assert node is not None and words == InWords(asked(), "nl").condition(node.tree)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_of_the_forms_that_ship_is_told_in_code_or_in_two_languages(language: str) -> None:
    for one in shipped():
        told = Teller(one, language, titles={"dossier": "Dossier", "grondslagen": "Wet", "organisaties": "Wie"}).form()
        notes = [(note, *question.choices) for page in told.pages for question in page.questions
                 for note in question.notes]  # fmt: skip
        said = [*map("".join, notes), *(check.rule for check in told.checks), *(page.when for page in told.pages)]
        assert len(said) > 5 and [] == [text for text in said if CODE.search(text)]
        for text in (one.purpose, one.legal_basis):
            own = of_language(text, one.title, language)
            assert own in text and own != text and " / " not in own


def test_whatever_can_be_written_can_be_said_in_either_language() -> None:
    said = [InWords(asked(), language) for language in LANGUAGES]
    generator, met = Generator(14), set[str]()
    for _ in range(400):
        tree = generator.tree("boolean", 4, item=False)
        met |= {node.op for node in node_of(tree).walk()}
        assert all(words.condition(tree) and words.value(tree) for words in said)
    assert {*ARITY, *OPERATORS} <= met, {*ARITY, *OPERATORS} - met


def test_a_text_names_the_question_whose_answer_it_mentions() -> None:
    made = document({"/plek": "text", "/kind/*/ref": "text"})
    made["fields"]["/plek"]["label"] = {"nl": "Plek", "en": "Place"}
    made["fields"]["/kind/*/ref"]["label"] = {"nl": "Wat zag u bij ${plek}?", "en": "What was at ${plek}?"}
    told = Teller(load_form(json.dumps(made).encode()), "en").form()
    assert "What was at [answer to ‘Place’]?" == told.pages[1].questions[0].label


def test_a_change_is_said_in_the_language_of_the_reader_with_labels() -> None:
    one, two = document({"/soort": "choice a b", "/uren": "text"}), document({"/soort": "choice a c", "/uren": "text"})
    two["fields"]["/uren"]["label"] = {"nl": "Hoe lang na ${soort}?", "en": "How long after ${soort}?"}
    two |= {"version": 2}
    said = {
        change.code: change for change in difference(*(load_form(json.dumps(each).encode()) for each in (one, two)))
    }
    assert "New choice: “c (en)”" == said["choice-added"].en and "“b (nl)”" in said["choice-gone"].nl
    assert "after [answer to ‘choice a c (en)’]" in said["label-changed"].en


@pytest.mark.parametrize(
    ("text", "languages", "language", "shown"),
    [("Een. / One.", ("nl", "en"), "en", "One."), ("Een. / One.", ("en", "nl"), "fr", "Een."),
     ("Een of / twee", ("nl",), "nl", "Een of / twee"), ("Een. / Eins. / One.", ("en", "nl", "de"), "de", "Eins.")],
)  # fmt: skip
def test_a_text_in_several_languages_is_shown_in_one(
    text: str, languages: tuple[str, ...], language: str, shown: str
) -> None:
    assert shown == of_language(text, languages, language)
