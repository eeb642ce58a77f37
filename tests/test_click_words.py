"""The words of Click, the library that reads the command line's options, are said in the language of the terminal."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
import pytest
from click.testing import CliRunner

from backend.cli.main import main
from backend.cli.options import HELP, explain
from backend.sentences import ENGLISH, Library, library
from tests.test_sentences import LANGUAGES
from tests.test_sentences_in_code import commands

UNSEEN: Final = {  # files of Click whose texts no command of ours can bring up
    "_termui_impl.py": "progress bars, pagers and editors", "_winconsole.py": "consoles of Windows",
    "shell_completion.py": "completion by a shell", "utils.py": "streams by name",
}  # fmt: skip
OF_MAKERS: Final = {  # said to whoever declares commands wrongly, or by a part of Click that no command of ours uses
    "deprecated", "DeprecationWarning: The command {name!r} is deprecated.{extra_message}",
    "DeprecationWarning: The {param_type} {name!r} is deprecated.{extra_message}", "Value must be an iterable.",
    "Could not determine name for option with declarations {decls!r}", "Name '{name}' defined twice",
    "No options defined but a name was passed ({name}). Did you mean to declare an argument instead? "
    "Did you mean to pass '--{name}'?",
    "Arguments take exactly one parameter declaration, got {length}: {decls}.", "Choice({choices})",
    "Boolean option {decl!r} cannot use the same flag for true/false.", "Unknown color {colour!r}",
    "Do you want to continue?", "Confirm the action without prompting.", "Press any key to continue...",
    "%(prog)s, version %(version)s", "Show the version and exit.", "Show this message and exit.",  # ours: `help`
    "Missing parameter", "Missing parameter: {param_name}", "Missing {param_type}",
    "Invalid start character for option ({option})", "{value!r} is not a valid UUID.",
    "{len_type} values are required, but {len_value} was given.",
}  # fmt: skip
REQUIRED: Final = {"required"}  # asked for by a name, not written out
WORD: Final = re.compile(r"[A-Z]{2,}(?: [A-Z]+)*")


def texts_of_click() -> Iterator[str]:
    for path in sorted(Path(click.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"_", "ngettext"}:
                first = node.args[0]
                if isinstance(first, ast.Constant) and path.name not in UNSEEN:
                    yield str(first.value)


def words_for_values() -> Iterator[str]:
    """The words that stand for values in the help of every command, in English."""
    explain(main)
    for _, command in commands(main.whole()):
        context = click.Context(command, help_option_names=HELP)
        values = [one for one in command.params if not getattr(one, "is_flag", False)]
        for piece in (*command.collect_usage_pieces(context), *(one.make_metavar(context) for one in values)):
            yield from WORD.findall(piece)


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != ENGLISH])
def test_every_text_of_click_is_said_and_none_that_it_lacks(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VELDPOST_LANG", ENGLISH)
    asked = set(texts_of_click())
    assert set() == OF_MAKERS - asked
    assert asked - OF_MAKERS | REQUIRED | set(words_for_values()) | {"DIRECTORY", "PATH"} == set(
        library().said(language).click
    )


ANSWERS: Final = {
    "bakup": (
        "No such command 'bakup'. Did you mean 'backup'?",
        "De opdracht 'bakup' bestaat niet. Bedoelde u 'backup'?",
    ),
    "records": ("Missing argument 'MUNICIPALITY'.", "Ontbrekend argument 'GEMEENTE'."),
    "records GM9901 x --limit 0": (
        "Invalid value for '--limit': 0 is too small: at least 1.",
        "Ongeldige waarde voor '--limit': 0 is te klein: ten minste 1.",
    ),
    "status a b": ("Got unexpected extra argument (b)", "Er staat een argument te veel (b)"),
    "status a b c": ("Got unexpected extra arguments (b c)", "Er staan argumenten te veel (b c)"),
    "form lint /": (
        "Invalid value for '[FILE]': File '/' is a directory.",
        "Ongeldige waarde voor '[BESTAND]': Bestand '/' is een map.",
    ),
    "attention GM9901 --kind mising": (
        "Invalid value for '--kind': 'mising' does not exist. Did you mean missing?",
        "Ongeldige waarde voor '--kind': 'mising' bestaat niet. Bedoelde u missing?",
    ),
    "check-vectors zzz none.json": (
        "Invalid value for 'KIND': 'zzz' does not exist; the help of this command (`--help`) lists them all.",
        "Ongeldige waarde voor 'SOORT': 'zzz' bestaat niet; de uitleg van deze opdracht (`--help`) noemt ze allemaal.",
    ),
    "status --nobody": ("No such option '--nobody'.", "De optie '--nobody' bestaat niet."),
}  # fmt: skip


@pytest.mark.parametrize("asked", ANSWERS)
def test_what_click_refuses_is_said_in_the_language_of_the_terminal(asked: str) -> None:
    for language, wanted, error, usage in zip(
        ("en", "nl"), ANSWERS[asked], ("Error: ", "Fout: "), ("Usage: ", "Gebruik: "), strict=True
    ):
        result = CliRunner().invoke(main, asked.split(), env={"VELDPOST_LANG": language})
        assert 2 == result.exit_code
        lines = result.output.splitlines()
        assert f"{error}{wanted}" == lines[-1]
        assert lines[0].startswith(usage)


def test_no_help_in_dutch_has_a_word_of_click_in_english() -> None:
    theirs = re.compile(r"^(Usage|Options|Commands)|Show this|\[default|" + "|".join(_upper_case()), re.MULTILINE)
    for path, _ in commands(main.whole()):
        way = [] if path == "veldpost" else path.split()
        result = CliRunner().invoke(main, [*way, "--help"], env={"VELDPOST_LANG": "nl"})
        assert 0 == result.exit_code
        assert None is theirs.search(result.output), path
        english = CliRunner().invoke(main, [*way, "--help"], env={"VELDPOST_LANG": "en"})
        assert english.output.startswith("Usage: ") and "Show this message and exit." in english.output


def _upper_case() -> list[str]:
    said = library().said("nl").click
    return [rf"\b{word}\b" for word, own in said.items() if WORD.fullmatch(word) and word != own]


def test_a_repeated_passphrase_is_asked_for_in_dutch(tmp_path: Path) -> None:
    env = {"VELDPOST_LANG": "nl", "VELDPOST_DATA": str(tmp_path / "data"), "VELDPOST_KEYS": str(tmp_path / "keys")}
    typed = "twaalf tekens of meer\niets heel anders\n"
    result = CliRunner().invoke(main, ["init", "GM9901", "--admin", "a.ferwerda"], env=env, input=typed)
    assert "Nogmaals, ter bevestiging" in result.output
    assert "Fout: de twee waarden zijn niet gelijk." in result.output
    assert result.output.rstrip().endswith("Afgebroken.")


def test_a_language_with_more_plurals_says_each(tmp_path: Path) -> None:
    (tmp_path / "pl.json").write_text('{"click": {"one": "one=jeden|few=kilka|other=wiele"}}')
    polish = Library((tmp_path,))
    assert ["jeden", "kilka", "wiele"] == [polish.click("one", "pl", count=n, plural="more") for n in (1, 3, 5)]
    assert ["one", "more"] == [polish.click("one", "fy", count=n, plural="more") for n in (1, 3)]
