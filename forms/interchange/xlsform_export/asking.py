"""Maps our questions to XLSForm: the type, the look and the limits of their answers (SPEC.md section 2)."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from forms.interchange.xlsform_export.xpath import quoted
from forms.schema.fields import Field

YES_NO: Final = "ja_nee"  # the list of choices of every question that wants yes or no
YES_NO_WORDS: Final = {"true": {"nl": "Ja", "en": "Yes"}, "false": {"nl": "Nee", "en": "No"}}

_TYPES: Final = {"text": "text", "date": "date", "integer": "integer", "decimal": "decimal"}
_MADE: Final = {"photo": "image", "sound": "audio", "position": "geopoint", "time": "time"}
_LOOKS: Final = {
    "multiline": "multiline",
    "month": "month-year",
    "dropdown": "minimal",
    "compact": "columns-pack",
    "likert": "likert",
}
_COMPUTED: Final = {"date": "date", "number": "decimal", "integer": "integer", "decimal": "decimal"}


def type_of(kind: str, list_name: str, field: Field) -> str:
    """The cell `type` of a question."""
    if kind in ("choice", "choices"):
        how = "select_one" if kind == "choice" else "select_multiple"
        return f"{how}_from_file {field.listed}.csv" if field.listed is not None else f"{how} {list_name}"
    if kind == "boolean":
        return f"select_one {YES_NO}"
    if field.widget == "slider":
        return "range"
    return _MADE.get(field.widget or "", "") or _TYPES[kind]


def shown_type(kind: str) -> str:
    """The type of a computed field that is shown: what is computed is put into it, and nobody may change it."""
    return _COMPUTED.get(kind, "text")


def look_of(field: Field) -> str:
    """The cell `appearance`."""
    return _LOOKS.get(field.widget or "", "")


def parameters_of(node: Mapping[str, Any], field: Field) -> str:
    """The cell `parameters` of a slider."""
    if field.widget != "slider":
        return ""
    return f"start={node['minimum']} end={node['maximum']} step={node.get('multipleOf', 1)}"


def limits(kind: str, node: Mapping[str, Any], field: Field) -> Iterator[str]:
    """The schema's limits of an answer, as conditions on it; what the type says already is left out."""
    if field.widget in ("slider", "time", *_MADE):
        return
    if "pattern" in node:
        yield f"regex(., {quoted(node['pattern'])})"
    measured = {"text": "string-length(.)", "choices": "count-selected(.)"}.get(kind, ".")
    for keyword, sign in (
        ("minLength", ">="), ("maxLength", "<="), ("minItems", ">="), ("maxItems", "<="), ("minimum", ">="),
        ("maximum", "<="), ("exclusiveMinimum", ">"), ("exclusiveMaximum", "<"),
    ):  # fmt: skip
        if keyword in node:
            yield f"{measured} {sign} {node[keyword]}"
    if "multipleOf" in node:
        yield f". mod {node['multipleOf']} = 0"
