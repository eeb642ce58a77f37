"""The rules that `field/` keeps as a whole: who imports whom, who alone touches the world, how large anything gets."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

FIELD: Final = Path(__file__).parents[2] / "field"
ROOMS: Final = ("crypto", "sync", "forms", "picture", "device", "app")
OURS: Final = sorted(path for room in ROOMS for path in (FIELD / room).rglob("*.js"))
SCRIPTS: Final = sorted(FIELD.glob("*.js"))
FILE_LINES_MAX: Final = 400
FUNCTION_LINES_MAX: Final = 50
INNER: Final = {"crypto": {"sync", "forms"}, "sync": {"crypto"}, "forms": set(), "picture": {"sync", "forms", "crypto"}}
OUTER: Final = {"device": {*INNER}, "app": {*INNER, "device"}}
# What a screen may know of the device: decisions and errors. Its store, its pen and its wire are for what screens call.
NOT_FOR_SCREENS: Final = {"device/store.js", "device/device.js", "device/syncing.js", "device/transport.js"}
# A library, or a piece of the world, and the files that alone may have it.
ALONE: Final = {
    r'from "@hpke/': {"crypto/hpke.js"},
    r'from "idb"|\bindexedDB\b': {"device/store.js"},
    r"(?<![\w.])fetch\(": {"device/transport.js"},
    r'import\("jsqr"\)': {"app/scanning.js"},
    r'import\("hash-wasm"\)': {"device/hardening.js"},
    r"\bnew Worker\b|serviceWorker\.register": {"app/updating.js", "app/beside.js"},
    r"\btrustedTypes\b": {"app/trusted.js"},
}
WORLD: Final = (
    r"\bDate\.now\b|\bnew Date\b|\bMath\.random\b|\bgetRandomValues\b|\bsetTimeout\b|\bsetInterval\b|\blocalStorage\b"
    r"|\bsessionStorage\b|\bnavigator\b|\bwindow\b|\bindexedDB\b|(?<![\w.])fetch\(|\bperformance\."
)
NEVER: Final = (
    r"\b(?:inner|outer)HTML\b|insertAdjacentHTML|document\.write|dangerouslySetInnerHTML"
    r"|(?<![\w.])eval\(|new Function\("
)
COMMENT: Final = re.compile(r"/\*.*?\*/|(?<![:\"'`])//[^\n]*", re.DOTALL)
IMPORT: Final = re.compile(r'(?:from|import|import\()\s*"(\.[^"]+)"')
BEGINS: Final = re.compile(r"^( *)(?:export )?(?:default )?(?:static )?(?:async )?(?:function\*? ?)?([#\w]+)\(.*\{$")


def name_of(path: Path) -> str:
    return str(path.relative_to(FIELD))


def code(path: Path) -> str:
    """Return a file without its comments."""
    return COMMENT.sub("", path.read_text())


def imported(path: Path) -> set[str]:
    """Return the files of ours that a file imports, at once or later."""
    return {name_of((path.parent / found).resolve()) for found in IMPORT.findall(code(path))}


def misplaced(path: Path) -> Iterator[str]:
    """Yield what a file imports and may not."""
    room = path.relative_to(FIELD).parts[0]
    allowed = {room, "bytes.js", *INNER.get(room, OUTER.get(room, set()))}
    is_screen = name_of(path).startswith(("app/screens/", "app/widgets/"))
    for other in sorted(imported(path)):
        if other.partition("/")[0] not in allowed:
            yield f"{room} imports {other}"
        if is_screen and other in NOT_FOR_SCREENS:
            yield f"a screen imports {other}"


def worldly(path: Path) -> Iterator[str]:
    """Yield what a file does that only others may do."""
    text, name = code(path), name_of(path)
    if path.relative_to(FIELD).parts[0] in INNER and name != "crypto/primitives.js":
        yield from (f"it touches the world by {found}" for found in re.findall(WORLD, text))
    for pattern, files in ALONE.items():
        if name not in files and (found := re.search(pattern, text)):
            yield f"only {', '.join(sorted(files))} may have {found[0]}"
    if name.startswith("forms/") and "new RegExp" in text:
        yield "a pattern of a form runs as the browser's own, which can take for ever"


def too_large(path: Path) -> Iterator[str]:
    lines = path.read_text().splitlines()
    if len(lines) > FILE_LINES_MAX and path.parent.name != "words":  # a table of sentences is read by its names
        yield f"it has {len(lines)} lines"
    for start, line in enumerate(lines):
        if found := BEGINS.match(line):
            end = next(n for n in range(start, len(lines)) if re.match(rf"^{found[1]}\}}", lines[n]))
            if end - start + 1 > FUNCTION_LINES_MAX:
                yield f"{found[2]} has {end - start + 1} lines"


@pytest.mark.parametrize("path", OURS, ids=name_of)
def test_a_file_keeps_to_its_room(path: Path) -> None:
    assert [] == [*misplaced(path), *worldly(path)]


@pytest.mark.parametrize("path", [*OURS, *SCRIPTS], ids=name_of)
def test_no_text_becomes_a_page_or_a_script_and_nothing_gets_too_large(path: Path) -> None:
    assert [] == [*re.findall(NEVER, code(path)), *too_large(path)]


def test_no_files_import_each_other_in_a_circle() -> None:
    graph = {name_of(path): imported(path) for path in OURS}

    def reached(name: str) -> set[str]:
        seen: set[str] = set()
        ahead = [*graph.get(name, ())]
        while ahead:
            here = ahead.pop()
            if here not in seen:
                seen.add(here)
                ahead += graph.get(here, ())
        return seen

    assert [] == [name for name in graph if name in reached(name)]
