"""A calculation that only joins answers to a text, as words that stand where a text mentions it (SPEC.md section 4.6).

Our language joins no texts, and need not where nothing but a label, a hint or a note shows what was joined: there the
answers themselves stand, in words.
"""

from typing import Final

from forms.interchange.xlsform_import.values import text_of
from forms.interchange.xlsform_import.xpath import X, read

_SAME: Final = frozenset({"string", "once", "jr:choice-name", "format-date", "format-date-time"})  # its first argument


def template(text: str) -> str | None:
    """The words of a calculation, with the names of the workbook in them; None if it is more than that."""
    node = read(text).node
    words = _said(node) if node is not None else None
    return words if words is not None and "${" in words else None


def _said(x: X) -> str | None:
    if x.op == "text":
        return None if "${" in x.value else str(x.value)
    if x.op == "number":
        return text_of(x.value)
    if x.op == "question":
        return f"${{{x.value}}}"
    if x.op != "call" or not x.args:
        return None
    if x.value == "concat":
        return _joined("", x.args)
    if x.value == "join" and x.args[0].op == "text" and len(x.args) > 1:
        return _joined(str(x.args[0].value), x.args[1:])
    if x.value in _SAME:
        return _said(x.args[0])
    if x.value == "coalesce" and x.args[1:] == (X("text", ""),):
        return _said(x.args[0])
    return None


def _joined(between: str, args: tuple[X, ...]) -> str | None:
    parts = [_said(arg) for arg in args]
    return None if None in parts else between.join(part for part in parts if part is not None)
