"""The column `default`: a first answer of ours, literal or worked out when a record is begun (SPEC.md section 4.2)."""

from typing import Final

from pyxform.utils import default_is_dynamic

from forms.expressions import dates
from forms.expressions.kinds import BOOLEAN, DATE, NUMBER, TEXT, codes_of
from forms.expressions.printer import written
from forms.expressions.tree import Node
from forms.interchange.ledger import Ledger
from forms.interchange.xlsform_import import own
from forms.interchange.xlsform_import.conditions import Conditions
from forms.interchange.xlsform_import.draft import Asked, Expression
from forms.interchange.xlsform_import.tables import Line
from forms.interchange.xlsform_import.translate import translate
from forms.interchange.xlsform_import.values import Why, numeric
from forms.schema.question import MEDIA
from forms.sentences import phrase

COLUMN: Final = "default"
YES: Final = frozenset({"OK", "yes", "true", "1"})  # what an acknowledgement holds once it was given
_NO_ANSWER: Final[Why] = phrase("import-default-no-answer")
_COMPUTED: Final[Why] = phrase("import-answers-not-filled-beforehand")
_WORDLESS: Final = frozenset({*MEDIA, "position"})


def begin(line: Line, one: Asked, conditions: Conditions, ledger: Ledger) -> None:
    """Give a question the first answer that its row names, or say why it has none."""
    exact, text = one.field.pop("first", None), line.get(COLUMN)
    if isinstance(exact, str) and own.unchanged(line, COLUMN):
        one.first = Expression(exact, [(line.source, COLUMN)])
        return
    if not text:
        return
    if one.schema is None or one.field.get("widget") in _WORDLESS:
        _left(line, ledger, _COMPUTED)
        return
    number = one.kind == NUMBER and _signed(text) is not None
    if number or not default_is_dynamic(text, "date" if one.kind == DATE else line.get("type")):
        literal = _literal(text, one)
        if literal is None:
            _left(line, ledger, _NO_ANSWER)
        else:
            one.first = Expression(literal, [(line.source, COLUMN)])
        return
    made = translate(text, conditions.scope(one.repeat, one, at=line.source))
    if made.node is None:
        _left(line, ledger, made.why)
        return
    for why in made.remarks:
        ledger.changed(line.source, "import-expression-near", column=COLUMN, why=why)
    one.first = Expression(made.text, [(line.source, COLUMN)])


def _left(line: Line, ledger: Ledger, why: Why) -> None:
    ledger.changed(line.source, "import-column-left", column=COLUMN, why=why)


def _literal(text: str, one: Asked) -> str | None:
    """A literal default as an expression; None if it is no answer to the question."""
    codes, value = codes_of(one.kind), _signed(text)
    if one.kind.name == "list":
        chosen = tuple(dict.fromkeys(text.split()))
        fits = "from" in one.field or set(chosen) <= set(codes)
        return written(Node("list", args=tuple(Node("value", code) for code in chosen))) if fits and chosen else None
    if one.kind == BOOLEAN:
        return "true" if text in YES else None
    if one.kind == NUMBER:
        return None if value is None else f"-{written(Node('value', -value))}" if value < 0 else _number(value)
    if one.kind == DATE:
        return written(Node("value", text)) if dates.is_date(text) else None
    if one.kind == TEXT or text in codes or "from" in one.field:
        return written(Node("value", text))
    return None


def _signed(text: str) -> float | None:
    """A number as it is written, with a minus before it or none."""
    value = numeric(text.removeprefix("-"))
    return -value if value is not None and text.startswith("-") else value


def _number(value: float) -> str:
    return written(Node("value", int(value) if float(value).is_integer() else value))
