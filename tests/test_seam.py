"""The seam of the stores: nothing outside `backend/stores/` speaks SQL, opens a transaction or names a store's file."""

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.sources import every
from tests.test_tidy import ROOT, imported_modules, read

DRIVERS = {"sqlite3", "sqlcipher3", "sqlite_utils", "psycopg", "minio", "urllib3"}
DOORS = {  # what others may import of the stores
    "backend.stores", "backend.stores.ledger", "backend.stores.gathered", "backend.stores.group",
    "backend.stores.copied", "backend.stores.blobs", "backend.stores.nodes",
    "backend.stores.rows", "backend.stores.journal_rows",
    "backend.stores.staff", "backend.stores.records", "backend.stores.record_rows", "backend.stores.plain_file",
    "backend.stores.places", "backend.stores.database", "backend.stores.desk_store", "backend.stores.desk_notes",
    "backend.stores.listing", "backend.stores.one_record", "backend.stores.today",
    "backend.stores.looker", "backend.stores.queue_rows",
    "backend.stores.people", "backend.stores.sessions", "backend.stores.drafts",
    "backend.stores.openid", "backend.stores.telling", "backend.stores.moving", "backend.stores.server_errors",
}  # fmt: skip
LENT = {  # of database.py: for sealed files, and for errors
    "as_error", "ends_service", "translated", "truncate_log", "write_anew",
}  # fmt: skip
OWN = {  # a phone's own store, in the device's folder
    "backend/device/store.py", "backend/device/kept_attachments.py", "backend/device/wiping.py",
}  # fmt: skip
SQL = re.compile(r"\s*(select|insert|update|delete from|create|drop|alter|pragma|begin|commit|rollback|vacuum)\b", re.I)
FILES = re.compile(r"(journal|keys|records|control|desk)\.db")
HANDLES = {"conn", "db", "executemany", "in_transaction", "total_changes"}


def prose(parts: Sequence[ast.AST]) -> set[int]:
    """The docstrings of a file, of which these are all nodes."""
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    bodies = [node.body for node in parts if isinstance(node, owners) and node.body]
    return {id(body[0].value) for body in bodies if isinstance(body[0], ast.Expr)}


def faults(path: Path) -> Iterator[str]:
    """Where a file reaches through the seam."""
    name, parts = path.relative_to(ROOT).as_posix(), every(ast.parse(path.read_text()))
    docstrings = prose(parts)
    for module in imported_modules(path):
        if module.startswith("backend.stores") and module not in DOORS and name not in OWN:
            yield f"imports {module}"
    for node in parts:
        match node:
            case ast.Import(names=names) if DRIVERS & {alias.name.partition(".")[0] for alias in names}:
                yield "imports a driver"
            case ast.ImportFrom(module=str(module)) if module.partition(".")[0] in DRIVERS:
                yield "imports a driver"
            case ast.ImportFrom(module="backend.stores.database", names=names) if name not in OWN:
                yield from (f"imports {alias.name}" for alias in names if alias.name not in LENT)
            case ast.Constant(value=str(text)) if id(node) not in docstrings:
                if SQL.match(text) and " " in text.strip() and name not in OWN and is_sql(text):
                    yield f"speaks SQL: {text[:50]!r}"
                if FILES.search(text):
                    yield f"names a store's file: {text[:50]!r}"
            case ast.Attribute(attr=attr) if attr in HANDLES and name not in OWN:
                yield f"reaches for .{attr}"


def is_sql(text: str) -> bool:
    """Whether words that begin like a statement are one."""
    return re.search(r"\b(from|into|set|table|pragma|where|transaction|immediate)\b", text, re.I) is not None


REGISTERS = "backend/__init__.py"  # the driver, before sqlite-utils looks for one
OUTSIDE = [
    path
    for path in sorted((ROOT / "backend").rglob("*.py"))
    if "stores" not in path.relative_to(ROOT).parts and path != ROOT / REGISTERS
]


def test_nothing_outside_the_stores_reaches_through_the_seam() -> None:
    found = {path.relative_to(ROOT).as_posix(): [*faults(path)] for path in OUTSIDE}
    assert {} == {name: said for name, said in found.items() if said}


def test_the_seam_itself_names_no_database() -> None:
    for path in sorted((ROOT / "backend" / "stores").glob("ledger*.py")):
        assert not DRIVERS & {name.partition(".")[0] for name in imported_names(path)}, path
        assert not re.search(r"select |insert |pragma|\.db\b", path.read_text(), re.I), path


ENGINES = ("sqlite", "postgres", "s3")
ENGINES_OWN = tuple(f"backend.stores.{name}" for name in ENGINES)


def test_the_folder_of_a_database_is_entered_in_one_place() -> None:
    stores = ROOT / "backend" / "stores"
    enter = {
        path.relative_to(stores).as_posix()
        for path in stores.rglob("*.py")
        if path.parent.name not in ENGINES and any(name.startswith(ENGINES_OWN) for name in imported_names(path))
    }
    assert {"__init__.py"} == enter


def imported_names(path: Path) -> set[str]:
    """The modules that a file imports, those of others too."""
    return {module for module, _ in read(path.read_text()).imports}


def test_what_is_excepted_needs_it() -> None:
    for name in OWN:
        assert re.search(r"select |\.db\b", (ROOT / name).read_text()), f"{name} is excepted for nothing"


@pytest.mark.parametrize(
    "line",
    [
        "import sqlcipher3",
        "from backend.stores.database import transaction",
        "from backend.stores.sqlite.journal import SqliteJournal",
        "PATH = 'GM0228/journal.db'",
        "journal.run('select record from entry')",
        "journal.db.conn.execute(sql)",
        "run('pragma user_version')",
    ],
)
def test_the_rule_sees_what_it_forbids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    bad = tmp_path / "backend" / "desk" / "bad.py"
    bad.parent.mkdir(parents=True)
    bad.write_text(f'"""Reads journal.db: select nothing."""\n{line}\n')
    assert [*faults(bad)]
    bad.write_text('"""Reads journal.db: select nothing."""\n')
    assert [] == [*faults(bad)]
