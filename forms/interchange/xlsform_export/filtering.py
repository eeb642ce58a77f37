"""The filter of a question as a choice filter, and the attributes of its choices as columns (SPEC.md section 2)."""

from collections.abc import Mapping
from typing import Final

from forms.definition.offers import CODE, attribute_kind, names_of
from forms.expressions.tree import Node
from forms.interchange import columns as own
from forms.interchange.xlsform_export.xpath import Impossible, Names, Printer
from forms.schema.fields import Field

_TAKEN: Final = frozenset({"list_name", "name", "label", "image", "audio", "video", "big_image", own.CODE})


class ChoicePrinter(Printer):
    """Writes the tree of a filter: an attribute of the choice is a column of its list, its code the column `name`."""

    def __init__(self, names: Names, repeat: str | None, field: Field) -> None:
        super().__init__(names, repeat)
        self._columns = columns_of(field)
        self._kinds = {name: attribute_kind(field, name).name for name in names_of(field)}

    def _name(self, node: Node) -> str:
        if self._is_choice(node):
            if node.value not in self._columns:
                raise Impossible(str(node.value))
            return self._columns[node.value]
        return super()._name(node)

    def _kind(self, node: Node) -> str:
        if self._is_choice(node):
            return "decimal" if self._kinds[node.value] == "number" else "text"
        return super()._kind(node)

    def _is_choice(self, node: Node) -> bool:
        return node.op == "name" and self._item is None and node.value in self._kinds


def columns_of(field: Field) -> dict[str, str]:
    """The column of every attribute: its own name, unless a list has a column of that name for something else."""
    names = [name for name in names_of(field) if name != CODE]
    if field.listed is not None:  # the file has no such column beside its own
        return {CODE: "name", **{name: name for name in names if name not in _TAKEN}}
    return {CODE: "name", **{name: f"k_{name}" if name in _TAKEN else name for name in names}}


def cells_of(field: Field, code: str) -> dict[str, str]:
    """The cells of a choice for its attributes."""
    said = field.attributes
    given = said.get(code, {}) if isinstance(said, Mapping) else {}
    columns = columns_of(field)
    return {columns[name]: str(value) for name, value in given.items()}
