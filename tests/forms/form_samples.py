"""Small form documents for tests to change: a form with one question, or with as many as wanted."""

from collections.abc import Callable
from typing import Any

Form = dict[str, Any]
TEXT: Form = {"type": "string"}


def words(path: str) -> Form:
    return {"label": {"nl": path}, "sensitivity": "S0"}


def form(schema: Form | None = None, **members: Any) -> Form:
    """A form with one question `/a`, whose schema is given."""
    return questions(["a"], lambda _: TEXT if schema is None else schema, **members)


def questions(names: list[str], schema: Callable[[str], Form] = lambda _: TEXT, **members: Any) -> Form:
    """A form with these questions on one page."""
    paths = [f"/{name}" for name in names]
    document = {
        "form": "proef",
        "version": 1,
        "title": {"nl": "Proef"},
        "purpose": "Try out what a form may be",
        "legal_basis": "none: a test",
        "retention": {"keep": "P1Y", "from": "closed"},
        "schema": {"type": "object", "properties": {name: schema(name) for name in names}},
        "layout": [{"section": {"nl": "Een"}, "fields": paths}],
        "fields": {path: words(path) for path in paths},
    }
    return {**document, **members}


def many(count: int) -> list[str]:
    return [f"q{place}" for place in range(count)]


def computed(document: Form, texts: dict[str, str]) -> Form:
    """The form with computed fields."""
    return {**document, "computed": texts, "fields": {**document["fields"], **{path: words(path) for path in texts}}}


def choice(codes: list[str], kind: str = "string") -> Form:
    """A form with one choice, its codes and their words."""
    document = form({"type": kind, "enum": codes})
    document["fields"]["/a"]["choices"] = {code: {"nl": code} for code in codes}
    return document


def checks(*texts: str) -> list[Form]:
    return [{"if_not": text, "at": "/a", "say": {"nl": "Klopt dit?"}} for text in texts]


def with_definitions(definitions: Form, schema: Form | None = None) -> Form:
    """The form whose question refers to the definition `d`."""
    document = form(schema or {"$ref": "#/$defs/d"})
    document["schema"]["$defs"] = definitions
    return document
