"""The rules of the house that a machine can hold: who imports whom, and how large anything may get."""

import ast
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.sources import every

ROOT = Path(__file__).parents[1]
ROOMS = ("crypto", "sync", "forms", "picture", "backend")
INNER = {"crypto": (), "sync": (), "forms": (), "picture": ("sync", "forms")}  # and the rooms that each may import
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 50
LIBRARIES = ("cryptography", "nacl")
WORLD = {"time", "random", "secrets", "socket", "os", "pathlib", "logging", "threading", "asyncio", "subprocess"}
NO_SUBJECT = {
    "What", "Whatever", "Whether", "Where", "Who", "Whoever", "Whose", "Which", "When", "How", "These", "Those",
}  # fmt: skip
FILES = [path for room in (*ROOMS, "tests", "bench", "upkeep", "docs") for path in sorted((ROOT / room).rglob("*.py"))]
YARDSTICK = ROOT / "bench" / "bare_loop.py"  # kept byte for byte as it was measured elsewhere


class Read(NamedTuple):
    """What the rules ask of a file: each is read once for all of them."""

    imports: tuple[tuple[str, tuple[str, ...]], ...]  # each module, and what is taken out of it
    is_relative: bool
    lines: tuple[tuple[str, int], ...]  # of each function
    named: tuple[str, ...]  # functions and classes that nothing calls by a decorator
    heads: tuple[str, ...]  # the first words of docstrings


@cache
def read(text: str) -> Read:
    """Read the text of a module."""
    imports: list[tuple[str, tuple[str, ...]]] = []
    lines, named, heads, is_relative = [], [], [], False
    for node in every(ast.parse(text)):
        if isinstance(node, ast.Import):
            imports += [(alias.name, ()) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            imports.append((node.module or "", tuple(alias.name for alias in node.names)))
            is_relative |= node.level != 0
        elif isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            heads.append(" ".join((ast.get_docstring(node) or "-").split()[:8]))
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                lines.append((node.name, (node.end_lineno or 0) - node.lineno + 1))
            if not isinstance(node, ast.Module) and not node.decorator_list:
                named.append(node.name)
    return Read(tuple(imports), is_relative, tuple(lines), tuple(named), tuple(heads))


def imported_modules(path: Path) -> set[str]:
    """The modules of ours that a file needs: `from backend.cli import output` needs the module, not the package."""
    found: set[str] = set()
    for module, names in read(path.read_text()).imports:
        if not module or module.partition(".")[0] not in ROOMS:
            continue
        modules = {f"{module}.{name}" for name in names}
        known = {name for name in modules if (ROOT / name.replace(".", "/")).with_suffix(".py").exists()}
        found.update(known or {module})
    return found


def without_subject(heads: tuple[str, ...]) -> list[str]:
    """The first lines of docstrings that begin with a question word or a pronoun, where a subject belongs."""
    return [head for head in heads if head.split()[0].rstrip(",.:;") in NO_SUBJECT]


def without_subject_in_javascript(text: str) -> Iterator[str]:
    """The same of the first lines of JavaScript's documenting comments."""
    for comment in re.findall(r"/\*\*(.*?)\*/", text, re.DOTALL):
        words = re.sub(r"^\s*\*", "", comment, flags=re.MULTILINE).split() or ["-"]
        if words[0].rstrip(",.:;") in NO_SUBJECT:
            yield " ".join(words[:8])


def faults(path: Path) -> Iterator[str]:
    room, text = path.relative_to(ROOT).parts[0], path.read_text()
    seen = read(text)
    if seen.is_relative:
        yield "a relative import"
    for name, _ in seen.imports:
        other = name.partition(".")[0]
        if room in INNER and other in ROOMS and other not in (room, *INNER[room]):
            yield f"{room} imports {name}"
        if room in INNER and other in WORLD and path.name != "primitives.py":  # which alone draws randomness
            yield f"{room} touches the world by {name}"
        if room in ROOMS and other in ("tests", "bench", "upkeep", "docs"):
            yield f"{room} imports {name}"
        if room in ROOMS and other in LIBRARIES and path.relative_to(ROOT) != Path("crypto/primitives.py"):
            yield "only crypto/primitives.py calls the libraries of cryptography"
    if room in ROOMS:
        yield from (f"a docstring names no subject: {said}" for said in without_subject(seen.heads))
    if path != YARDSTICK and len(text.splitlines()) > FILE_LINES_MAX:
        yield f"it has more than {FILE_LINES_MAX} lines"
    for name, lines in seen.lines:
        if path != YARDSTICK and lines > FUNCTION_LINES_MAX:
            yield f"{name} has {lines} lines"


JAVASCRIPT = [
    path for path in sorted((ROOT / "field").rglob("*.js")) if not {"node_modules", "served"} & set(path.parts)
]


def test_a_comment_of_the_javascript_begins_with_its_subject() -> None:
    assert len(JAVASCRIPT) > 100
    found = {
        path.relative_to(ROOT).as_posix(): [*without_subject_in_javascript(path.read_text())] for path in JAVASCRIPT
    }
    assert {} == {name: said for name, said in found.items() if said}


@pytest.mark.parametrize("comment", ["/** Whether it is. */", "/**\n * What, where.\n * @module\n */"])
def test_a_comment_without_a_subject_is_seen(comment: str) -> None:
    assert 1 == len([*without_subject_in_javascript(f"// no\n{comment}\n/** True if it is. */")])


def test_every_file_keeps_to_its_room_and_size() -> None:
    found = {path.relative_to(ROOT).as_posix(): [*faults(path)] for path in FILES}
    assert {} == {name: said for name, said in found.items() if said}


def test_no_link_is_in_git() -> None:
    """A link leads to a place of one machine, and who takes it in loses what stood there."""
    kept = subprocess.run(["git", "ls-files", "-s"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert kept and [] == [line for line in kept.splitlines() if line.startswith("120000 ")]


CALLED_FROM_OUTSIDE = {
    "format_" + "field",
    "_describe" + "_range",
}  # by `string`, Click; in two, so as to be no mention


def test_nothing_is_defined_that_nobody_names() -> None:
    """A function or class whose name stands nowhere else is dead; commands, routes and dunders are called by others."""
    texts = {path: path.read_text() for path in FILES}
    words = Counter(word for text in texts.values() for word in re.findall(r"\w+", text))
    dead = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in FILES
        if path.relative_to(ROOT).parts[0] in ROOMS
        for name in read(texts[path]).named
        if words[name] == 1 and not (name.startswith("__") or name in CALLED_FROM_OUTSIDE)
    ]
    assert [] == dead


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {}
    for path in FILES:
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        graph[name] = imported_modules(path)
    done: set[str] = set()

    def walk(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, " -> ".join((*way[way.index(name) :], name))
        if name not in done:
            for other in graph.get(name, ()):
                walk(other, (*way, name))
            done.add(name)

    for name in graph:
        walk(name, ())


def test_the_rules_see_what_they_forbid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    bad = tmp_path / "sync" / "bad.py"
    bad.parent.mkdir()
    head = '"""What a file says."""\nimport time\nfrom backend import serve\ndef f():\n'
    bad.write_text(head + "    x = 1\n" * 60 + "y = 1\n" * 400)
    assert 5 == len(list(faults(bad)))
