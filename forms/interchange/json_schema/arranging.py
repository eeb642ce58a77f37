"""In which order, and on which pages, a foreign layout puts the properties of a schema (SPEC.md section 6.4).

Read are the uiSchema of react-jsonschema-form, the UI schema of JSON Forms, and a plain list of names or of pages.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

import msgspec

DEPTH_MAX: Final = 12
CONTROLS_MAX: Final = 2_000
_WIDGETS: Final = {"textarea": "multiline", "select": "dropdown", "range": "slider"}


class Control(msgspec.Struct, frozen=True):
    """One place in a layout: which property stands there, on a page with which title."""

    source: str
    page: str = ""
    rule: bool = False


class Arrangement(msgspec.Struct, frozen=True):
    """The arrangement of a layout: the properties in its order (none: the schema's), and what stands beside each."""

    controls: tuple[Control, ...] = ()
    beside: Mapping[str, Any] = {}
    places: Mapping[str, int] = {}

    def place(self, source: str) -> tuple[int, Control | None]:
        """The place of a property, or of the group around it; at the end if the layout does not name it."""
        while source:
            if source in self.places:
                return self.places[source], self.controls[self.places[source]]
            source = source.rpartition("/")[0]
        return len(self.controls), None

    def said(self, names: Sequence[str]) -> "Said":
        """The entry of a uiSchema beside one property."""
        node: Any = self.beside
        for name in names:
            node = node.get(name) if isinstance(node, Mapping) else None
        return _said(node if isinstance(node, Mapping) else {})


class Said(msgspec.Struct, frozen=True):
    """Words and widget that a uiSchema gives to a property, and the order of the properties in it."""

    label: str = ""
    hint: str = ""
    widget: str = ""
    order: tuple[str, ...] = ()


def arrangement(layout: Any) -> Arrangement:
    """The arrangement in a layout of any of the kinds that are read; one that is none of them says nothing."""
    if isinstance(layout, list):
        return _arranged(_listed(layout, "", 0))
    if isinstance(layout, Mapping) and isinstance(layout.get("elements"), list):
        return _arranged(_elements(layout, "", False, 0))
    return Arrangement((), layout if isinstance(layout, Mapping) else {})


def _arranged(found: Iterator[Control]) -> Arrangement:
    controls = tuple(islice(found, CONTROLS_MAX))
    places: dict[str, int] = {}
    for place, control in enumerate(controls):
        places.setdefault(control.source, place)
    return Arrangement(controls, {}, places)


def _elements(node: Any, page: str, rule: bool, depth: int) -> Iterator[Control]:
    """JSON Forms: controls in layouts in layouts; a group or category is a page."""
    if not isinstance(node, Mapping) or depth > DEPTH_MAX:
        return
    rule = rule or "rule" in node
    scope = node.get("scope")
    if isinstance(scope, str) and scope.startswith("#/"):
        yield Control(scope[1:], page, rule)
    if node.get("type") in ("Group", "Category") and isinstance(node.get("label"), str):
        page = node["label"]
    elements = node.get("elements")
    for one in elements if isinstance(elements, list) else ():
        yield from _elements(one, page, rule, depth + 1)


def _listed(entries: Any, page: str, depth: int) -> Iterator[Control]:
    """A list of names or paths, or of pages {section, fields} with such a list each."""
    for one in entries if isinstance(entries, list) and depth <= 1 else ():
        if isinstance(one, str):
            names = [name for name in one.removeprefix("#").split("/") if name not in ("", "properties")]
            yield Control("".join(f"/properties/{name}" for name in names), page)
        elif isinstance(one, Mapping):
            title = one.get("section", one.get("title", ""))
            title = title.get("nl", "") if isinstance(title, Mapping) else title
            yield from _listed(one.get("fields"), title if isinstance(title, str) else "", depth + 1)


def _said(node: Mapping[str, Any]) -> Said:
    options = node.get("ui:options")
    merged = {
        **(options if isinstance(options, Mapping) else {}),
        **{k.removeprefix("ui:"): v for k, v in node.items()},
    }

    def text(*names: str) -> str:
        return next((merged[name] for name in names if isinstance(merged.get(name), str)), "")

    order = merged.get("order")
    names = tuple(one for one in order if isinstance(one, str)) if isinstance(order, list) else ()
    return Said(text("title"), text("description", "help"), _WIDGETS.get(text("widget"), ""), names)


def ordered(names: Sequence[str], order: Sequence[str]) -> list[str]:
    """The names in the order of a `ui:order`; those that it does not name stand at its star, or at the end."""
    named = [name for name in order if name in names]
    others = [name for name in names if name not in named]
    before = [name for name in order[: order.index("*")] if name in names] if "*" in order else named
    return list(dict.fromkeys([*before, *others, *named]))
