"""Words and not codes: what is decided, of which kind it is, and days and languages that are written wrongly."""

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from backend.cli import answers as shown
from backend.cli.main import main
from backend.cli.output import fact, plain
from backend.desk.arguments import BadArgument
from backend.desk.attention_kinds import KINDS
from backend.desk.commands import COMMANDS
from backend.sentences import library, told
from crypto import errors as crypto_errors
from forms.records.relevance import CHECK_CODES
from forms.records.validation import FINDING_CODES
from picture.choices import CHOICES
from sync.admission import ERASED, INCOMPLETE, NOT_GRANTED, REVOKED, SET_ASIDE, UNCERTIFIED
from tests.desk.office import Office
from tests.desk.test_absurd_entries import printed
from tests.desk.test_exports import ANSWERS, FORM

SPEC = (Path(__file__).parents[2] / "picture" / "SPEC.md").read_text()
ATTENTION = SPEC.partition("## 10.")[2].partition("## 11.")[0]


@pytest.fixture
def dutch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VELDPOST_LANG", "nl")
    monkeypatch.setenv("COLUMNS", "120")


def test_a_kind_that_does_not_exist_is_refused_with_those_that_do(office: Office) -> None:
    """A mistyped one said that nothing needs attention."""
    with pytest.raises(BadArgument) as refused:
        office.ask("attention", kind="mising")
    assert "missing" in told(refused.value, "nl").message
    assert [] == office.ask("attention", kind="forked")


def test_every_kind_that_comes_up_is_known_and_has_its_words() -> None:
    reasons = {UNCERTIFIED, REVOKED, NOT_GRANTED, SET_ASIDE, ERASED, INCOMPLETE}
    failures = {error.reason for error in vars(crypto_errors).values() if getattr(error, "reason", "")}
    noted = set(re.findall(r"^\| `([a-z-]+)`", ATTENTION, re.MULTILINE))
    found = {*FINDING_CODES.values(), *CHECK_CODES.values(), *CHOICES, *noted, *(f"held-{one}" for one in reasons)}
    found |= {
        *(f"failed-{one}" for one in failures),
        "missing",
        "not-offered",
        "no-such-question",
        "bad-path",
        "not-an-answer",
        "no-body",
    }
    assert found == set(KINDS)
    for language in library().languages:
        assert {f"kind-{kind}" for kind in KINDS} <= set(library().said(language).terminal)


@pytest.mark.parametrize("given", ["31-5-2026", "2026-02-30", "gisteren", "2026-5", ""])
def test_a_day_that_is_none_is_refused_with_a_day_as_it_is_written(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    """The format was said as programs write it: %Y-%m-%d."""
    for language, words in (("nl", "is geen datum zoals 2026-05-31"), ("en", "is no date like 2026-05-31")):
        monkeypatch.setenv("VELDPOST_LANG", language)
        said = CliRunner().invoke(main, ["export", "GM0228", FORM, "x", "--since", given])
        assert 2 == said.exit_code and words in said.output and "%" not in said.output


def test_a_language_without_words_in_the_form_is_refused(office: Office) -> None:
    """It was Dutch, and nobody said so."""
    with pytest.raises(BadArgument) as refused:
        office.ask("export", form=FORM, labels="fr")
    assert "nl" in told(refused.value, "nl").message
    assert office.ask("export", form=FORM, labels="nl")


def test_a_decision_is_told_in_words_and_for_programs_in_codes(office: Office, dutch: None) -> None:
    """It was told in codes: `dossier 5f… /bezoek_soort "vervolg"`."""
    record = office.shared(FORM, ANSWERS)
    for labels, said in (("nl", "Soort bezoek: Vervolgbezoek"), (None, '/bezoek_soort  "vervolg"')):
        office.parallel(record, FORM, {"/bezoek_soort": "vervolg"}, {"/bezoek_soort": "kennismaking"})
        [conflict] = office.ask("conflicts")
        text = printed(
            shown.decided, office.ask("resolve", conflict=conflict["conflict"], keep='"vervolg"', labels=labels)
        )
        assert said in text and record.hex() in text and "beslist" in text


def test_what_is_said_of_a_device_and_an_erasure_is_said_in_words(dutch: None) -> None:
    assert ("kantoor", "desk") == (fact("role", "desk"), fact("role", "desk", codes=True))
    assert ("vergissing", "mistake") == (fact("reason", "mistake"), fact("reason", "mistake", codes=True))
    assert "astronaut" == fact("role", "astronaut"), "of a later release"


def test_every_act_of_the_audit_has_its_words(dutch: None) -> None:
    acts = {act for command in COMMANDS.values() for act in command.acts}
    assert [] == [act for act in acts if fact("act", act) == act and act != "export"]
    assert ("geëxporteerd", "export") == (fact("act", "export"), fact("act", "export", codes=True))


def test_what_waits_and_the_log_say_phone_as_the_pages_do() -> None:
    """They said device, of what every page calls a phone."""
    said = {code: text for one in library().languages for code, text in words_of_what_happened(one)}
    assert [] == [text for text in said.values() if re.search(r"(?<!\{)\b(devices?|apparaat|apparaten)\b", text)]


def words_of_what_happened(language: str) -> list[tuple[tuple[str, str], str]]:
    found = {**library().said(language).phrases, **library().said(language).terminal}
    begins = ("act-", "attention-", "audit-", "kind-", "log-")
    return [((language, code), text) for code, text in found.items() if code.startswith(begins)]


def test_a_heading_and_an_answer_of_one_row_fit_the_terminal(office: Office, dutch: None, monkeypatch: Any) -> None:
    record = office.shared(FORM, ANSWERS)
    office.parallel(record, FORM, {"/bezoek_soort": "vervolg"}, {"/bezoek_soort": "kennismaking"})
    rows, [conflict] = office.ask("show", record=record.hex(), labels="nl"), office.ask("conflicts", labels="nl")
    monkeypatch.setenv("COLUMNS", "50")
    one = {"worker": "werker-een", "reason": "mistake", "entries": 1_234, "copies": ["back-up 1", "back-up 2"]}
    for text in (printed(shown.record, rows), printed(shown.conflict, [conflict]), printed(plain, [one])):
        assert max(map(len, text.splitlines())) <= 50 and record.hex()[:6] in text + record.hex()
    monkeypatch.delenv("COLUMNS")
    short = {**one, "copies": ["back-up 1"]}
    assert 1 == printed(plain, [short]).count("\n"), "who reads it with a program has a line a row"
    assert 4 == printed(plain, [one]).count("\n"), "of a list with several each has its line"
