"""Works out the first answers of a record, or of an item, that is being begun (SPEC.md section 14).

The app of whoever begins fills them in, once, and where nothing was answered: no server does, and nothing is worked out
again. Afterwards they are answers like any other.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from forms import paths
from forms.answers import ITEM_ID, assemble
from forms.definition.document import Form
from forms.definition.firsts import First
from forms.expressions.evaluation import Run, compile_tree
from forms.expressions.functions import given
from forms.records.relevance import Examiner, Seen, completed, left_out


class Beginner:
    """One form version made ready to begin any number of its records."""

    def __init__(self, form: Form, lists: Mapping[str, Collection[str]] | None = None) -> None:
        self._examiner = Examiner(form, lists) if form.logic.firsts else None
        self._firsts = [(first, compile_tree(first.tree)) for first in form.logic.firsts]

    def answers(self, answers: Mapping[str, Any], today: str, items: Collection[str] | None = None) -> dict[str, Any]:
        """Work out, by path, the answers that are filled in besides these.

        What is among them already, `null` too, stays. `items` are the items that are begun; None: the whole record is.
        One by one in the order of the layout: each looks at what is shown once those before it stand.
        """
        found: dict[str, Any] = {}
        while self._examiner is not None:
            all_answers = {**answers, **found}
            gone = {path for path, value in all_answers.items() if value is None and paths.is_item(path)}
            seen = self._examiner.examine(assemble(all_answers, gone), today)
            filled = self._next(seen, all_answers, today, items)
            if filled is None:
                break
            found[filled[0]] = filled[1]
        return found

    def _next(
        self, seen: Seen, answers: Mapping[str, Any], today: str, items: Collection[str] | None
    ) -> tuple[str, Any] | None:
        document = completed(seen)
        for first, run in self._firsts:
            for path, item in _places(first, document, items):
                if path in answers or left_out(path, seen.hidden):
                    continue
                value = _value(run, document, item, today)
                if value is not None:
                    return path, value
        return None


def _value(run: Run, document: dict[str, Any], item: dict[str, Any] | None, today: str) -> Any:
    value = given(run(document, item, today))
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _places(
    first: First, document: Mapping[str, Any], items: Collection[str] | None
) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """The places of a question that are begun: once in the record, or in each item."""
    if first.repeat is None:
        if items is None:
            yield first.path, None
        return
    around: Any = document
    for name in paths.parse(first.repeat):
        around = around.get(name) if isinstance(around, Mapping) else None
    name = first.path.rpartition("/")[2]
    for item in around if isinstance(around, list) else ():
        place = f"{first.repeat}/{item[ITEM_ID]}"
        if items is None or place in items:
            yield f"{place}/{name}", item
