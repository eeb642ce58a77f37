"""First answers as the column `default` (SPEC.md section 2): a literal as it stands, anything else as XPath."""

from typing import Any

from pyxform.utils import default_is_dynamic

from forms import paths
from forms.interchange.xlsform_export.xpath import Impossible, Names, Printer
from forms.sentences import phrase

_LITERAL = phrase("export-default-read-as-sum")


def default_of(tree: Any, path: str, kind: str, names: Names) -> tuple[str, bool]:
    """The cell, and whether it is only near. Raises `Impossible` where a workbook has no word for it."""
    literal = _literal(tree, names)
    if literal is not None:
        if kind not in ("integer", "decimal") and default_is_dynamic(literal, kind):
            raise Impossible("default", _LITERAL)
        return literal, False
    if kind in ("choices", "boolean"):
        raise Impossible("default", _LITERAL)
    printer = Printer(names, paths.repeat_of(path))
    return printer.value(tree), printer.is_near


def _literal(tree: Any, names: Names) -> str | None:
    """The literal in a tree; None if it is worked out."""
    if isinstance(tree, bool):
        return "true" if tree else "false"
    if isinstance(tree, str):
        return names.codes.get(tree, tree)
    if isinstance(tree, int | float):
        return str(tree)
    if isinstance(tree, list) and tree[:1] == ["-"] and len(tree) == 2 and isinstance(tree[1], int | float):
        return f"-{tree[1]}"
    if isinstance(tree, list) and tree[:1] == ["list"] and all(isinstance(code, str) for code in tree[1:]):
        return " ".join(names.codes.get(code, code) for code in tree[1:])
    return None
