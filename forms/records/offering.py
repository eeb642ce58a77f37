"""The choices that a question offers in a record, and answers that are demanded there (SPEC.md section 10.10).

Nothing is taken from an answer: a choice that is no longer offered stays, and is said.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from forms import paths
from forms.answers import ITEM_ID
from forms.definition.document import Form
from forms.definition.offers import CODE, Demand, Offer
from forms.expressions.evaluation import Run, compile_tree
from forms.findings import Finding, finding

Lists = Mapping[str, Collection[str]]
"""The codes of the municipality's lists by name; as a mapping each with its attributes, otherwise nobody can filter."""
_Attributes = Mapping[str, Mapping[str, Any]]


class Offering:
    """The filters and demands of one form version, made ready once."""

    def __init__(self, form: Form, lists: Lists | None = None) -> None:
        self._filters = {
            offer.path: _Filter(offer, attributes)
            for offer in form.logic.offers
            if (attributes := _attributes(offer, form, lists or {})) is not None
        }
        self._demands: Sequence[tuple[Demand, Run]] = [(one, compile_tree(one.tree)) for one in form.logic.demands]

    def findings(self, document: Mapping[str, Any], today: str) -> Iterator[Finding]:
        """Answers that are lacking while they are demanded, hidden ones too, and choices that are not offered.

        `document` is settled: without what is hidden, and with what is computed.
        """
        for demand, run in self._demands:
            for path, around, item in _places(document, demand.path, demand.repeat):
                if around.get(_last(path)) is None and run(document, item, today) is True:
                    yield finding("missing", path)
        for template, one in self._filters.items():
            for path, around, item in _places(document, template, paths.repeat_of(template)):
                chosen = around.get(_last(path))
                codes = [code for code in (chosen if isinstance(chosen, list) else [chosen]) if isinstance(code, str)]
                if any(one.knows(code) and not one.offers(code, document, item, today) for code in codes):
                    yield finding("not-offered", path)

    def offered(self, path: str, document: Mapping[str, Any], today: str) -> frozenset[str] | None:
        """The codes that a question offers at a path; None where it has no filter, or nobody can tell."""
        template = paths.template(path)
        one = self._filters.get(template)
        if one is None:
            return None
        places = {at: item for at, _, item in _places(document, template, paths.repeat_of(template))}
        if path not in places:
            return None
        return frozenset(code for code in one.codes if one.offers(code, document, places[path], today))


class _Filter:
    """One filter with the attributes of its choices."""

    def __init__(self, offer: Offer, attributes: _Attributes) -> None:
        self.codes = attributes.keys()
        self._run = compile_tree(offer.tree)
        bare = dict.fromkeys(offer.names)
        self._choices = {code: {**bare, **own, CODE: code} for code, own in attributes.items()}

    def knows(self, code: str) -> bool:
        """True if this is one of the choices: what is none has a finding of its own."""
        return code in self._choices

    def offers(self, code: str, document: Mapping[str, Any], item: Mapping[str, Any] | None, today: str) -> bool:
        """True if a choice is offered; it stands where an item stands, before the answers of the item."""
        choice = self._choices[code]
        return self._run(document, choice if item is None else {**item, **choice}, today) is True


def _attributes(offer: Offer, form: Form, lists: Lists) -> _Attributes | None:
    if offer.listed is not None:
        found = lists.get(offer.listed)
        return found if isinstance(found, Mapping) else None
    question = form.asked(offer.path)
    assert question is not None, "only questions have filters"
    return {code: offer.attributes.get(code, {}) for code in question.codes}


def _places(
    document: Mapping[str, Any], template: str, repeat: str | None
) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any] | None]]:
    """Every place of a question: its path, the object that holds its answer, and its item if it stands in one."""
    *way, name = paths.parse(template)
    around: Any = document
    for part in way if repeat is None else paths.parse(repeat):
        around = around.get(part) if isinstance(around, Mapping) else None
    if repeat is None:
        yield template, around if isinstance(around, Mapping) else {}, None
        return
    for item in around if isinstance(around, list) else ():
        if isinstance(item, Mapping) and ITEM_ID in item:
            yield f"{repeat}/{item[ITEM_ID]}/{name}", item, item


def _last(path: str) -> str:
    return paths.parse(path)[-1]
