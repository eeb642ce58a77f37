"""A survey row of a workbook of others and what became of it, said without any word of theirs."""

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from forms.interchange.naming import slug
from forms.interchange.report import Import, Row
from forms.interchange.xlsform_import.tables import workbook
from forms.schema.resolving import node_at
from forms.spreadsheets.reading import read_sheets

SEED: Final = 15
ROWS: Final = 100


def key(raw: bytes) -> str:
    """The name of a workbook in the table: no name of a file, which may be called otherwise."""
    return hashlib.sha256(raw).hexdigest()[:16]


def picked(folder: Path) -> Iterator[tuple[bytes, str, str]]:
    """A hundred rows by chance: the workbook, its name, the row."""
    books = [(path.read_bytes(), path.name) for path in sorted(folder.glob("*.xls*"))]
    rows = [
        (raw, name, line.source)
        for raw, name in books
        for line in workbook(read_sheets(raw, name).sheets).lines("survey")
    ]
    chosen = sorted(random.Random(SEED).sample(range(len(rows)), ROWS))
    yield from (rows[place] for place in chosen)


def became(found: Import, row: Row) -> dict[str, Any]:
    """What became of a row: its outcome, the codes of its notes, and the question or field of its name."""
    told: dict[str, Any] = {"outcome": row.outcome, "notes": sorted({note.code for note in row.notes})}
    document = found.document or {"fields": {}}
    path = next((at for at in document["fields"] if row.name and at.rpartition("/")[2] in _names(row.name)), None)
    if path is None:
        return told
    field, computed = document["fields"][path], path in document.get("computed", {})
    node = {} if computed else node_at(document["schema"], path)
    items = node.get("items", {})
    limits = {"minimum", "maximum", "minLength", "maxLength", "pattern", "multipleOf", "minItems", "maxItems"}
    around = document["schema"] if "/*/" not in path else node_at(document["schema"], path.partition("/*/")[0])["items"]
    return told | {
        "kind": "computed" if computed else node.get("format", node["type"]),
        "choices": len(node.get("enum", items.get("enum", ()))),
        "in a repeat": "/*/" in path, "required": path.rpartition("/")[2] in around.get("required", ()),
        "widget": field.get("widget", ""), "class": field["sensitivity"], "limits": sorted(limits & node.keys()),
        "rules": sorted({"show_if", "offer_if", "required_if"} & field.keys()),
        "checks": sum(check["at"] == path for check in document.get("checks", ())),
        "languages": sorted(field["label"]), "hint": sorted(field.get("hint", ())),
    }  # fmt: skip


def _names(name: str) -> set[str]:
    return {name, slug(name)}
