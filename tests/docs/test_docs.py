"""The documents say what is true: every command, setting, route and error code is in them."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import msgspec
import pytest

from backend.cli.main import main
from backend.enrolment import EnrolRequest, EnrolResponse
from docs import forms_pages, privacy_lint_page
from docs.errors_page import page
from forms.definition.library import SLUGS
from sync.messages import Change, HandInAnswer, SyncRequest, SyncResponse

ROOT = Path(__file__).parents[2]
AT_THE_ROOT = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]
DOCS = {path.name: path.read_text() for path in (*AT_THE_ROOT, *sorted((ROOT / "docs").glob("*.md")))}
EVERYTHING = "\n".join(DOCS.values())


def test_every_command_is_in_the_documents_and_every_command_in_them_exists() -> None:
    assert isinstance(main, click.Group)
    named = set(re.findall(r"veldpost ([a-z][a-z-]+)", EVERYTHING)) | set(
        re.findall(r"`([a-z-]+)`", DOCS["operators.md"])
    )
    assert set() == set(main.whole().commands) - named - {"demo"}
    called = re.findall(r"^    (?:\.venv/bin/)?veldpost ([a-z-]+)", EVERYTHING, re.MULTILINE)
    assert called and set(called) <= set(main.whole().commands)


def test_every_option_in_an_example_is_one_of_its_command() -> None:
    assert isinstance(main, click.Group)
    for line in re.findall(r"^    (?:\.venv/bin/)?veldpost (.+)$", EVERYTHING, re.MULTILINE):
        name, *words = line.split("#")[0].split()
        command = main.whole().commands[name]
        if isinstance(command, click.Group):
            command = command.commands[words[0]]
        known = {option for one in command.params for option in one.opts}
        assert {word for word in words if word.startswith("--")} <= known, line


def test_every_command_of_a_group_is_in_the_documents() -> None:
    assert isinstance(main, click.Group)
    groups = {name: one for name, one in main.whole().commands.items() if isinstance(one, click.Group)}
    wanted = {f"veldpost {name} {command}" for name, group in groups.items() for command in group.commands}
    assert set() == {command for command in wanted if command not in EVERYTHING}


def test_every_setting_is_documented() -> None:
    source = "\n".join(path.read_text() for path in (ROOT / "backend").rglob("*.py"))
    settings = set(re.findall(r"VELDPOST_[A-Z_]*[A-Z]", source))
    assert settings == set(re.findall(r"^\| `(VELDPOST_[A-Z_]+)`", DOCS["operators.md"], re.MULTILINE))


def test_every_error_code_is_on_its_page() -> None:
    assert page() == DOCS["errors.md"]


def test_the_page_of_the_privacy_lint_says_what_its_rules_say() -> None:
    assert privacy_lint_page.page() == DOCS["privacy-lint.md"]


@pytest.mark.parametrize("slug", SLUGS)
def test_every_form_has_its_page(slug: str) -> None:
    assert forms_pages.page(slug) == (ROOT / "docs" / "forms" / f"{slug}.md").read_text()


def test_no_link_inside_the_documents_is_dead() -> None:
    for name, text in DOCS.items():
        folder = ROOT if name in {path.name for path in AT_THE_ROOT} else ROOT / "docs"
        for target in re.findall(r"\]\(([^)#]+)\)", text):
            assert target.startswith("http") or (folder / target).exists(), (name, target)


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z-]+)", EVERYTHING))
    assert {"run", "test"} <= named <= targets


@pytest.mark.parametrize("kind", ["merge", "entry"])
def test_the_vector_commands_of_the_readme_run(kind: str) -> None:
    command = [str(Path(sys.executable).with_name("veldpost")), "check-vectors", kind, f"tests/vectors/{kind}.json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=os.environ, check=False)
    assert (0, "") == (done.returncode, done.stderr)


def test_every_file_and_name_of_the_architecture_exists() -> None:
    """`room/file.py: name` on that page is a file and what it defines; files of backend/ may leave that word out."""
    named = re.findall(r"`([A-Za-z_/]+\.(?:py|json|js|log|db))(?:: (\w+))?`", DOCS["architecture.md"])
    assert len(named) > 60
    rooms = ("crypto", "sync", "forms", "picture", "field", "backend", "tests", "upkeep", "docs")
    files = [path for room in rooms for path in (ROOT / room).rglob("*.*") if "node_modules" not in path.parts]
    written = {"journal.db", "keys.db", "records.db", "control.db", "outside.log", "erasures.log"}
    for name, member in named:
        found = [path for path in files if f"/{path}".endswith(f"/{name}")]
        assert found or name in written, name
        defines = rf"^ *(?:async |export )?(?:def|class|function|const) {member}\b|^{member}(?::.*)? = "
        if member:
            assert any(re.search(defines, path.read_text(), re.MULTILINE) for path in found), (name, member)


@pytest.mark.parametrize("path", ["sync/merge.py", "sync/exchange.py", "backend/projection/projector.py"])
def test_a_page_of_theory_heads_what_others_must_understand_first(path: str) -> None:
    head = ast.get_docstring(ast.parse((ROOT / path).read_text())) or ""
    parts = ["The idea", "What holds, whatever happens", "How", "Why not the obvious way"]
    assert parts == re.findall(r"\*\*(.+?)\.\*\*", head)
    assert 15 <= len(head.splitlines()) <= 40


@pytest.mark.parametrize("message", [SyncRequest, SyncResponse, HandInAnswer, EnrolRequest, EnrolResponse, Change])
def test_a_maker_sees_every_member_of_every_message(message: type[msgspec.Struct]) -> None:
    shown = DOCS["makers.md"].split("### Messages, one of each kind")[1].split("### Transport")[0]
    assert [] == [field.name for field in msgspec.structs.fields(message) if f'"{field.name}": ' not in shown]
