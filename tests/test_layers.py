"""Folders inside a room: each imports only those below it, and no two import each other. There is no exception."""

from pathlib import Path

import pytest

from tests import test_tidy
from tests.test_tidy import ROOT, imported_modules

LAYERS = (  # of backend/, from below
    ("errors", "clock", "files", "settings", "sentences", "signing", "enrolment", "families", "remarks"),
    ("stores",),
    ("device",),
    ("municipality",),
    ("projection",),
    ("desk",),
    ("web",),
    ("serve", "demo", "demo_desk", "check_vectors", "check_proofs", "cli"),
)


def edges(room: str) -> dict[tuple[str, str], set[str]]:
    """Which part of a room imports which other one, and in which files; a part is a folder or a file at the root."""
    found: dict[tuple[str, str], set[str]] = {}
    for path in sorted((ROOT / room).rglob("*.py")):
        part = path.relative_to(ROOT / room).with_suffix("").parts[0]
        for name in imported_modules(path):
            words = name.split(".")
            if words[0] == room and len(words) > 1 and words[1] != part:
                found.setdefault((part, words[1]), set()).add(str(path.relative_to(ROOT)))
    return found


def test_every_part_of_the_backend_has_its_layer() -> None:
    parts = {path.relative_to(ROOT / "backend").with_suffix("").parts[0] for path in (ROOT / "backend").rglob("*.py")}
    assert parts - {"__init__"} == {part for layer in LAYERS for part in layer}


def test_the_backend_imports_downward_only() -> None:
    height = {part: number for number, layer in enumerate(LAYERS) for part in layer}
    upward = {
        (part, other): files
        for (part, other), files in edges("backend").items()
        if height[other] > height[part]
    }  # fmt: skip
    assert {} == upward


@pytest.mark.parametrize("room", ["sync", "crypto", "picture", "forms", "backend"])
def test_no_folders_import_each_other(room: str) -> None:
    """A file at the root of a room is no folder: circles of modules are `test_tidy`'s."""
    found = edges(room)
    folders = {path.name for path in (ROOT / room).iterdir() if path.is_dir()}
    pairs = {tuple(sorted(pair)) for pair in found if set(pair) <= folders and pair[::-1] in found}
    assert set() == pairs


def test_the_layers_see_what_they_forbid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in {
        "stores/a.py": "from backend.desk.b import c\n",
        "desk/b.py": "import backend.stores.a\n",
    }.items():
        path = tmp_path / "backend" / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    monkeypatch.setattr(test_tidy, "ROOT", tmp_path)
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    with pytest.raises(AssertionError):
        test_the_backend_imports_downward_only()
    with pytest.raises(AssertionError):
        test_no_folders_import_each_other("backend")
