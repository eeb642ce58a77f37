"""Small forms for the tests of versions: made of a line a question."""

import json
from collections.abc import Mapping
from typing import Any

from forms.definition.document import Form, load_form

KINDS: dict[str, dict[str, Any]] = {
    "text": {"type": "string", "maxLength": 100},
    "date": {"type": "string", "format": "date"},
    "integer": {"type": "integer"},
    "decimal": {"type": "number"},
    "boolean": {"type": "boolean"},
}


def said(text: str) -> dict[str, str]:
    return {"nl": f"{text} (nl)", "en": f"{text} (en)"}


def leaf(kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """`choice a b` and `choices a b` name their codes; `text max 10` and the like set limits."""
    name, *rest = kind.split()
    label = said(kind.replace("text", "Welke afspraak"))
    field: dict[str, Any] = {"label": label, "hint": said("hint"), "sensitivity": "S0"}
    if name in {"choice", "choices"}:
        field["choices"] = {code: said(code) for code in rest}
        node = {"type": "string", "enum": rest}
        return (node if name == "choice" else {"type": "array", "items": node}), field
    limits = {rest[i]: int(rest[i + 1]) for i in range(0, len(rest), 2)}
    return {**KINDS[name], **limits}, field


def document(
    questions: Mapping[str, str], version: int = 1, moves: Mapping[str, Any] | None = None, **members: Any
) -> dict[str, Any]:
    """A form document: `{"/naam": "text", "/kind/*/dag": "choice a b"}`; a question that ends in ! is required."""
    schema: dict[str, Any] = {"type": "object", "properties": {}, "required": []}
    fields: dict[str, Any] = {}
    pages: dict[str | None, list[str]] = {}
    for path, kind in questions.items():
        node, field = leaf(kind.removesuffix("!"))
        group, star, name = path.rpartition("/*/")
        around = schema
        if star:
            items = {"type": "object", "properties": {}, "required": []}
            around = schema["properties"].setdefault(group[1:], {"type": "array", "maxItems": 20, "items": items})[
                "items"
            ]
        around["properties"][name if star else path[1:]] = node
        around["required"] += [name if star else path[1:]] * kind.endswith("!")
        fields[path] = field
        pages.setdefault(group if star else None, []).append(name if star else path)
    layout = [
        {"section": said(group or "page"), "fields": names, **({"repeat": group} if group else {})}
        for group, names in pages.items()
    ]
    made = {
        "form": "proef", "version": version, "title": said("Proef"), "purpose": "Families in de proef ondersteunen",
        "legal_basis": "Wmo 2015, artikel 2.3.2", "retention": {"keep": "P2Y", "from": "closed"},
        "schema": schema, "layout": layout, "fields": fields, **members,
    }  # fmt: skip
    return made if moves is None else {**made, "moves": moves}


def form(
    questions: Mapping[str, str], version: int = 1, moves: Mapping[str, Any] | None = None, **members: Any
) -> Form:
    return load_form(raw(document(questions, version, moves, **members)))


def raw(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document).encode()
