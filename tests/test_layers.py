"""Folders inside a room: each imports only those below it, and no two import each other. There is no exception."""

from pathlib import Path

import pytest

from tests import test_tidy
from tests.test_tidy import ROOT, imported_modules

LAYERS = (  # of backend/, from below
    ("errors", "clock", "files", "settings", "sentences", "faults", "signing", "enrolment", "families", "remarks"),
    ("stores",),
    ("device",),
    ("municipality",),
    ("projection",),
    ("desk",),
    ("web",),
    ("serve", "supervising", "demo", "demo_desk", "check_vectors", "check_proofs", "cli"),
)

FORMS = (  # of forms/, from below; a part is a folder, or a file at the root that every folder may need
    ("errors", "findings", "paths", "sentences", "wording"),
    ("answers", "policies", "said"),
    ("schema",),
    ("expressions",),
    ("definition",),
    ("records", "lint", "spreadsheets", "theme"),
    ("lists",),
    ("versions",),
    ("interchange",),
    ("check_vectors",),
)
ROOMS = {"backend": LAYERS, "forms": FORMS}


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


@pytest.mark.parametrize("room", ROOMS)
def test_every_part_of_a_room_has_its_layer(room: str) -> None:
    parts = {path.relative_to(ROOT / room).with_suffix("").parts[0] for path in (ROOT / room).rglob("*.py")}
    assert parts - {"__init__"} == {part for layer in ROOMS[room] for part in layer}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_downward_only(room: str) -> None:
    height = {part: number for number, layer in enumerate(ROOMS[room]) for part in layer}
    upward = {
        (part, other): files
        for (part, other), files in edges(room).items()
        if height[other] > height[part]
    }  # fmt: skip
    assert {} == upward


def folders(room: str) -> dict[str, set[str]]:
    """Each folder of a room, at any depth, and the folders whose modules it imports; the room's own root is none."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / room).rglob("*.py")):
        own = path.relative_to(ROOT).parent.as_posix()
        others = {name.replace(".", "/") for name in imported_modules(path) if name.startswith(f"{room}.")}
        needed = {name if (ROOT / name).is_dir() else name.rpartition("/")[0] for name in others}
        found.setdefault(own, set()).update(needed - {own, room})
    return {own: needed for own, needed in found.items() if own != room}


@pytest.mark.parametrize("room", ["sync", "crypto", "picture", "forms"])
def test_no_folders_stand_in_a_circle(room: str) -> None:
    """However long, and however deep the folders lie: taken off one by one from below, none is left."""
    left = folders(room)
    while ready := [name for name, needed in left.items() if not needed & set(left)]:
        left = {name: needed for name, needed in left.items() if name not in ready}
    assert {} == left


def test_every_folder_of_forms_is_told_in_the_architecture() -> None:
    """Some fifteen, those that hold data alone among them: a subject has a folder, and a folder says what it is."""
    page = (ROOT / "docs" / "architecture.md").read_text()
    told = page.partition("## Folders of `forms/`")[2].partition("\n## ")[0]
    room = ROOT / "forms"
    every = {path.parent.relative_to(room).as_posix() for path in room.rglob("*") if path.suffix in (".py", ".json")}
    assert set() == {name for name in every - {"."} if f"`{name}/`" not in told}


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
        test_a_room_imports_downward_only("backend")
    with pytest.raises(AssertionError):
        test_no_folders_import_each_other("backend")


def test_a_long_circle_of_deep_folders_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in {
        "a/b/one.py": "from forms.c import two\n",
        "c/two.py": "from forms.d.three import x\n",
        "d/three.py": "import forms.a.b.one\n",
    }.items():
        path = tmp_path / "forms" / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    monkeypatch.setattr(test_tidy, "ROOT", tmp_path)
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    with pytest.raises(AssertionError):
        test_no_folders_stand_in_a_circle("forms")
