"""The rules of the house that a machine can hold: who imports whom, and how large anything may get."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

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


def imports(path: Path, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield node.module or ""


def imported_modules(path: Path) -> set[str]:
    """The modules of ours that a file needs: `from backend.cli import output` needs the module, not the package."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules = {f"{node.module}.{alias.name}" for alias in node.names}
            known = {name for name in modules if (ROOT / name.replace(".", "/")).with_suffix(".py").exists()}
            found.update(known or {node.module})
    return {name for name in found if name.partition(".")[0] in ROOMS}


def without_subject(tree: ast.Module) -> Iterator[str]:
    """The first lines of docstrings that begin with a question word or a pronoun, where a subject belongs."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            words = (ast.get_docstring(node) or "-").split()
            if words[0].rstrip(",.:;") in NO_SUBJECT:
                yield " ".join(words[:8])


def without_subject_in_javascript(text: str) -> Iterator[str]:
    """The same of the first lines of JavaScript's documenting comments."""
    for comment in re.findall(r"/\*\*(.*?)\*/", text, re.DOTALL):
        words = re.sub(r"^\s*\*", "", comment, flags=re.MULTILINE).split() or ["-"]
        if words[0].rstrip(",.:;") in NO_SUBJECT:
            yield " ".join(words[:8])


def faults(path: Path) -> Iterator[str]:
    room, text = path.relative_to(ROOT).parts[0], path.read_text()
    tree = ast.parse(text)
    for name in imports(path, tree):
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
        yield from (f"a docstring names no subject: {said}" for said in without_subject(tree))
    if path != YARDSTICK and len(text.splitlines()) > FILE_LINES_MAX:
        yield f"it has more than {FILE_LINES_MAX} lines"
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and path != YARDSTICK:
            lines = (node.end_lineno or 0) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield f"{node.name} has {lines} lines"


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


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_keeps_to_its_room_and_size(path: Path) -> None:
    assert [] == list(faults(path))


CALLED_FROM_OUTSIDE = {
    "format_" + "field",
    "_describe" + "_range",
}  # by `string`, Click; in two, so as to be no mention


def test_nothing_is_defined_that_nobody_names() -> None:
    """A function or class whose name stands nowhere else is dead; commands, routes and dunders are called by others."""
    texts = {path: path.read_text() for path in FILES}
    words = Counter(word for text in texts.values() for word in re.findall(r"\w+", text))
    dead = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in FILES
        if path.relative_to(ROOT).parts[0] in ROOMS
        for node in ast.walk(ast.parse(texts[path]))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        and words[node.name] == 1
        and not (node.decorator_list or node.name.startswith("__") or node.name in CALLED_FROM_OUTSIDE)
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
