"""The command line as a person meets it: words and not codes, nothing silent, and statuses that scripts can rely on."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from backend.cli import answers as shown
from backend.cli import exports, output, tables
from backend.cli.main import main
from backend.cli.options import HELP
from backend.desk.attention_kinds import KINDS
from backend.desk.commands import COMMANDS
from backend.desk.four_eyes import KINDS as KINDS_OF_PROPOSALS
from backend.desk.rights import ACTIONS, Role
from backend.errors import FormNotPublished
from backend.sentences import ENGLISH, library
from forms.lint.sites import SPOKEN
from tests.desk.office import Office
from tests.desk.test_absurd_entries import printed
from tests.desk.test_exports import ANSWERS, FORM
from tests.desk.test_the_terminal import a_server_that_says
from tests.test_sentences import LANGUAGES
from tests.test_sentences_in_code import commands

OPERATORS = (Path(__file__).parents[2] / "docs" / "operators.md").read_text()
CHILD = "/kind/01J9ZZZZZZZZZZZZZZZZZZZZZ"


@pytest.fixture
def dutch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VELDPOST_LANG", "nl")
    monkeypatch.setenv("COLUMNS", "100")


def told(folder: Path, *words: str, rows: tuple[dict[str, Any], ...] = ()) -> Any:
    """What a command says when the server answers these rows to it; some ask once more who acts."""
    lines: list[dict[str, object]] = [{"kind": "row", "row": row} for row in rows]
    lines.append({"kind": "done"})
    with a_server_that_says(folder, *lines) as environment:
        return CliRunner(env=environment).invoke(main, words)


def test_records_are_told_in_the_words_of_their_form(office: Office, dutch: None) -> None:
    record = office.shared(FORM, {**ANSWERS, "/vervolg_datum": "2026-12-01"}).hex()
    text = printed(shown.record_line, office.ask("records", form=FORM, labels="nl"))
    assert "Datum: 11 nov 2026" in text and "Wie waren erbij (rol): Tolk" in " ".join(text.split())
    assert "bezoek_datum" not in text and re.search(r"\d\d:\d\d CES?T", text)
    text = printed(shown.record, office.ask("show", record=record[:8], labels="nl"))
    assert re.search(r"Ik heb mij gelegitimeerd +ja +werker-een +\d+ \w+ 20\d\d \d\d:\d\d CES?T", text)
    assert 0 < text.index("Datum ") < text.index("Mocht u binnenkomen?") < text.index("Vervolgafspraak"), "its order"
    codes = printed(shown.record, office.ask("show", record=record[:8]))
    assert "/toegang" in codes and '"binnen"' in codes


def test_the_answers_of_an_item_stand_together_under_its_number(office: Office, dutch: None) -> None:
    children: dict[str, Any] = {f"{CHILD}{n}{name}": value for n, name, value in (
        (1, "", {}), (1, "/kind_dag", "school"), (1, "/kind_alleen", "ja"), (2, "", {}), (2, "/kind_dag", "thuis"),
    )}  # fmt: skip
    record = office.shared(FORM, {**ANSWERS, **children}).hex()
    text = printed(shown.record, office.ask("show", record=record, labels="nl"))
    found = [line.strip()[:11] for line in text.splitlines() if line.strip().startswith("Kinderen ")]
    assert ["Kinderen 1:", "Kinderen 1:", "Kinderen 2:"] == found


def test_a_conflict_is_told_in_words_and_decided_by_its_number(office: Office, dutch: None) -> None:
    record = office.shared(FORM, ANSWERS)
    office.parallel(record, FORM, {"/bezoek_soort": "vervolg"}, {"/bezoek_soort": "kennismaking"})
    text = printed(shown.conflict, office.ask("conflicts", labels="nl", form=FORM, record=record.hex()[:6]))
    assert "Soort bezoek" in text and {"Vervolgbezoek", "Kennismaking"} <= set(re.findall(r"\w+", text))
    assert [] == office.ask("conflicts", form="dossier")


def test_attention_counts_what_there_is_and_takes_a_form_a_record_and_a_kind(office: Office, dutch: None) -> None:
    first = office.shared(FORM, ANSWERS).hex()
    office.shared("dossier", {"/case_ref": "ABCD-2345", "/status": "gesloten"})
    rows = office.ask("attention", labels="nl")
    text = printed(shown.attention, [rows])
    counts = re.findall(r"^klopt niet +missing +(\d+) +niet ingevuld$", text, re.MULTILINE)
    assert [str(sum(row["kind"] == "missing" for row in rows))] == counts
    assert {"dossier"} == {row["form"] for row in office.ask("attention", form="dossier")}
    assert {first} == {row["record"] for row in office.ask("attention", record=first[:8])}
    assert {"missing"} == {row["kind"] for row in office.ask("attention", kind="missing", form=FORM)}


def test_every_worker_is_listed_so_that_a_mistyped_name_is_seen(office: Office) -> None:
    record = office.shared(FORM, ANSWERS).hex()
    office.ask("grant", record=record, worker="werker-dire", before_enrolment=True)
    rows = {row["worker"]: (row["devices"], row["assigned"]) for row in office.ask("workers")}
    assert {"werker-een": (1, 0), "werker-twee": (1, 1), "werker-dire": (0, 1)} == rows


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("conflicts GM0228", "Geen open conflicten."),
        ("attention GM0228", "Niets vraagt aandacht."),
        ("conflicts GM0228 --form huisbezoek", "Geen open conflicten in wat u koos."),
        ("attention GM0228 --kind contested", "Niets in wat u koos vraagt aandacht."),
        ("status", "Nog geen gemeente: `veldpost init CODE`"),
        ("records GM0228 huisbezoek", "Nog geen dossier van dit formulier."),
        ("records GM0228 huisbezoek --search zzz", "Geen dossier heeft al deze woorden."),
        ("audit GM0228", "Geen regel in het logboek."),
        ("erasures GM0228", "Er is niets gewist."),
        ("workers GM0228", "Nog geen medewerker"),
        ("devices GM0228", "Nog geen apparaat"),
        ("form list GM0228", "Nog geen formulier gepubliceerd."),
        ("list show GM0228", "Nog geen lijst gepubliceerd."),
    ],
)
def test_nothing_is_silent(tmp_path: Path, dutch: None, words: str, said: str) -> None:
    done = told(tmp_path, *words.split())
    assert 0 == done.exit_code and said in done.output
    (tmp_path / "other").mkdir()
    assert "" == told(tmp_path / "other", *words.split(), "--json").output


def test_a_table_keeps_every_word_within_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    cells = [["kort", "een lange zin die niet op een regel past " * 4, "\x1b[2J\u202e"], ["a", "b\nc", ""]]
    tables.table(cells, ["een", "twee", "drie"], indent=2)
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 60 and "\x1b" not in text and "\\u202e" in text
    assert 4 == text.count("lange") and 4 == text.count("past")


AUDITED: dict[str, Any] = {
    "at_ms": 1_774_000_000_000, "staff": "device:werker-twee", "act": "give-roles", "record": "ab" * 16,
    "detail": "lead lead, privacy", "account": "veldpost (104)",
}  # fmt: skip


@pytest.mark.parametrize("columns", [80, 100, 160])
def test_no_word_of_a_table_is_broken_and_where_it_has_no_room_its_rows_are_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], dutch: None, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    long = {**AUDITED, "staff": "kantoor.beheer.van.het.wijkteam", "act": "attention", "detail": "lang"}
    tables.facts_table([AUDITED, long], output.AUDIT)
    text = capsys.readouterr().out
    words = {"aandachtslijst", "bekeken", "kantoor.beheer.van.het.wijkteam", "werker-twee", "privacyfunctionaris"}
    assert words <= set(text.replace(",", " ").split()), text
    assert max(map(len, text.splitlines())) <= columns
    assert ("bijzonderheden:" in text) == (columns < 160), "with its names, where there is no head"
    assert "lead" in text.split(), "an account that is called as a role is"


def test_the_codes_of_a_line_of_the_audit_are_words_and_with_codes_codes(
    capsys: pytest.CaptureFixture[str], dutch: None
) -> None:
    lines = [
        {**AUDITED, "act": act, "detail": kept}
        for act, kept in (
            ("sign-in", "password recovery"), ("first-people", "roles privacy +lead -signals"),
            ("invite-staff", "security: lead, maker"), ("refused", "house.change"),
            ("name", "lead en privacy"), ("erase", "request"),
        )
    ]  # fmt: skip
    said = [output.facts_of([row], ["staff", "detail"])[1][0] for row in lines]
    assert {"de telefoon van werker-twee"} == {staff for staff, _ in said}
    assert [
        "wachtwoord herstelcode", "rollen van privacy +teamleider -aandachtsfunctionaris",
        "security: teamleider, formulierenmaker", "de gemeente instellen", "lead en privacy",
        "verzoek van betrokkene",
    ] == [detail for _, detail in said]  # fmt: skip
    assert [["device:werker-twee", "password recovery"]] == output.facts_of(lines[:1], ["staff", "detail"], codes=True)[
        1
    ]


def test_a_keyslot_of_nobody_is_shared_and_what_was_not_kept_is_unknown(dutch: None) -> None:
    row = {"keyslot": "ab" * 8, "kind": "recovery-code", "label": "", "owner": ""}
    _, [cells] = output.facts_of([row], output.KEYSLOTS)
    assert ["ab" * 8, "herstelcode", "", "gedeeld", "onbekend", "onbekend"] == cells


def test_every_means_role_and_place_that_is_shown_has_words() -> None:
    known = {f"role-{role}" for role in Role} | {f"log-of-{kind}" for kind in KINDS_OF_PROPOSALS}
    known |= {f"log-by-{means}" for means in ("password", "totp", "passkey", "recovery", "openid", "name", "code")}
    known |= {f"place-{place}" for place in SPOKEN} | {f"may-{action.replace('.', '-')}" for action in ACTIONS}
    for language in LANGUAGES:
        assert [] == sorted(known - set(library().said(language).phrases))


def test_no_time_is_printed_as_the_milliseconds_that_it_is_kept_in() -> None:
    for language in LANGUAGES:
        said = library().said(language)
        raw = {code for code, text in {**said.terminal, **said.phrases}.items() if re.search(r"\{\w*_ms\}", text)}
        assert set() == raw, language


def test_a_question_that_ends_with_a_mark_gets_no_second_one() -> None:
    row: dict[str, Any] = dict.fromkeys(("changed_ms", "conflicts", "contested", "hidden", "waiting"), 0)
    said = [["Vooraf afgesproken?", "Ja"], ["Datum", "1 mei 2026"]]
    text = printed(shown.record_line, [{**row, "_record": "ab" * 16, "said": said}])
    assert "Vooraf afgesproken? Ja · Datum: 1 mei 2026" in text


def test_of_a_question_that_keeps_all_texts_each_stands_once_with_its_author(office: Office, dutch: None) -> None:
    record = office.shared(FORM, {**ANSWERS, "/duiding": "De eerste duiding."})
    office.parallel(record, FORM, {"/duiding": "De tweede duiding."}, {"/duiding": "De derde duiding."})
    text = printed(shown.record, office.ask("show", record=record.hex(), labels="nl"))
    assert [1, 1, 1] == [text.count(f"De {which} duiding.") for which in ("eerste", "tweede", "derde")], text


def test_an_answer_is_hidden_by_a_question_in_its_marks() -> None:
    row = {"hidden_by": ["/toegang"], "by_labels": ["Mocht u binnenkomen?"], "changed_by": "werker-een"}
    assert "“Mocht u binnenkomen?”" in shown._by({**row, "changed_ms": 0})
    assert "/toegang, " in shown._by({**row, "by_labels": [], "changed_ms": 0})


def test_every_fact_that_is_printed_has_a_name_in_every_language() -> None:
    used = {*output.DEVICES, *output.WORKERS, *output.ERASURES, *output.AUDIT}
    for language in LANGUAGES:
        said = library().said(language).terminal
        assert [] == [name for name in used if f"fact-{name.removesuffix('_ms').replace('_', '-')}" not in said]


def examples(language: str) -> Iterator[tuple[str, list[str]]]:
    head = {"nl": "Bijvoorbeeld:", "en": "For example:"}[language]
    for path, _ in commands(main):
        help_ = library().help(path, language) or ""
        yield path, [line.strip() for line in help_.partition(f"\b\n{head}\n")[2].splitlines()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_help_ends_with_examples_that_are_understood(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    named = dict(examples(language))
    assert [] == [path for path, given in named.items() if not given]
    for path, given in named.items():
        for example in given:
            assert example.startswith("veldpost " + ("" if path == "veldpost" or " " not in path else path.split()[0]))
            _understood(example, monkeypatch)


def _understood(example: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read an example as the command line does, and run nothing."""
    words, command = shlex.split(example)[1:], main
    context: Any = click.Context(main, help_option_names=HELP)
    while isinstance(command, click.Group):
        context = command.make_context("veldpost", list(words), parent=context, resilient_parsing=False)
        words = [*context._protected_args, *context.args]
        command = command.commands[words.pop(0)]  # type: ignore[assignment]
    for parameter in command.params:
        if isinstance(parameter.type, click.Path):
            monkeypatch.setattr(parameter.type, "exists", False)
    command.make_context("x", list(words), parent=context)


def test_the_help_of_attention_says_what_each_kind_means() -> None:
    lines = CliRunner(env={"VELDPOST_LANG": "nl"}).invoke(main, ["attention", "--help"]).output.splitlines()
    kinds = lines[lines.index("  Soorten:") + 1 :]
    assert sorted(KINDS) == [line.split()[0] for line in kinds]
    assert ["missing", "niet ingevuld"] in [line.split(maxsplit=1) for line in kinds]


STATUSES = {
    "--version": 0, "status": 1, "conflicts GM0228": 1, "status --nonsense": 2, "geen": 2, "form lint nergens.json": 2,
    "records GM0228 huisbezoek --limit 0": 2, "decide GM0228 aa maybe": 2, "--language xx status": 2,
    "-h": 0, "records GM0228 huisbezoek --passphrase --recovery-code": 2,
    "form preview forms/library/signaal.json --language de": 2,
}  # fmt: skip


@pytest.mark.parametrize("words", STATUSES)
def test_a_command_ends_with_the_status_that_the_table_names(tmp_path: Path, words: str) -> None:
    done = CliRunner(env={"VELDPOST_DATA": str(tmp_path), "VELDPOST_KEYS": str(tmp_path)}).invoke(main, words.split())
    assert STATUSES[words] == done.exit_code, done.output
    assert f"\n| {done.exit_code} | " in OPERATORS


def test_the_language_stands_before_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VELDPOST_LANG", "en")
    assert "Opdrachten:" in CliRunner().invoke(main, ["--language", "nl", "--help"]).output
    assert "Commands:" in CliRunner().invoke(main, ["--language=en", "--help"]).output


def test_a_form_that_nobody_filled_in_yet_is_an_empty_table(office: Office, tmp_path: Path) -> None:
    """Whoever published their first form was told that it is not published."""
    assert [] == office.ask("records", form=FORM, labels="nl")
    [file, *_] = exports.write_csv(office.ask("export", form=FORM), tmp_path / "c")
    assert 1 == len(file.read_text().splitlines()) and "case_ref" in file.read_text()
    for unknown in ("geen", "list/scholen", f"{FORM}__kind"):
        with pytest.raises(FormNotPublished):
            office.ask("records", form=unknown)


def test_no_command_of_the_desk_is_without_a_command_line() -> None:
    assert "workers" in COMMANDS and library().help("workers", ENGLISH)
