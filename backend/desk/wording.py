"""The words of forms for what people are shown: labels in place of paths, and answers as a person would say them."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from backend.desk.signs import titled
from backend.municipality.list_codes import codes, names_and_words
from backend.municipality.publishing import history
from backend.municipality.service import Municipality
from backend.sentences import Named, library
from backend.stores.record_rows import json_text
from forms import paths
from forms.definition.document import Form, Lists
from forms.wording import day, written


class Speaker:
    """The words of a municipality's forms in one language, each form read once."""

    def __init__(self, town: Municipality, language: str) -> None:
        self._town = town
        self.language = language
        self._lists = names_and_words(town.published.newest())
        self._forms: dict[str, dict[int, Form]] = {}

    def form(self, slug: str, version: int | None = None) -> Form | None:
        """A version of a form, the newest unless one is named; None if there is none."""
        if slug not in self._forms:
            self._forms[slug] = {form.version: form for form in history(self._town, slug)}
        versions = self._forms[slug]
        return versions.get(max(versions, default=0) if version is None else version)

    @property
    def lists(self) -> Lists:
        """The words of the municipality's lists, by list and code."""
        return self._lists

    def title(self, slug: str) -> str:
        """The title of a form, or its name where it has none."""
        form = self.form(slug)
        return titled(form.title, self.language, slug) if form is not None else slug

    def label(self, slug: str, path: str, version: int | None = None, items: dict[str, int] | None = None) -> str:
        """The words of a question; inside an item the item's before them, with its number where `items` tells it."""
        form = self.form(slug, version)
        if form is None:
            return path
        words, id_ = form.label(path, self.language), _item(path)
        if id_ is None:
            return words
        group = path.partition(f"/{id_}")[0]
        place = f" {items[id_]}" if items and id_ in items else ""
        inside = f": {words}" if form.leaf(path) is not None else ""
        return f"{form.label(group, self.language)}{place}{inside}"

    def answer(self, slug: str, path: str, value: Any, version: int | None = None) -> str:
        """An answer in words; one that does not fit its question as it is kept."""
        form = self.form(slug, version)
        question = form.asked(path) if form is not None else None
        if isinstance(value, bool):
            return library().phrase("cell-yes" if value else "cell-no", self.language)
        if value is None:
            return library().phrase("cell-emptied", self.language)
        if form is None or question is None:
            return value if isinstance(value, str) else json_text(value)
        if isinstance(value, list):
            chosen = [self._choice(form, path, code) if isinstance(code, str) else json_text(code) for code in value]
            return "; ".join(chosen) if chosen else library().phrase("cell-nothing", self.language)
        if isinstance(value, int | float) or question.widget == "month":
            return written(question.widget, value, self.language)
        if isinstance(value, str):
            return self._day(value) if question.kind == "date" else self._choice(form, path, value)
        return json_text(value)

    def listed(self, slug: str, path: str) -> list[str]:
        """The codes of the municipality's list from which a question takes its choices; none where it takes none."""
        form = self.form(slug)
        question = form.leaf(path) if form is not None else None
        return sorted(self._lists.get(question.listed, ())) if question is not None and question.listed else []

    def now_ms(self) -> int:
        """The time at the office, for what a page shows of a record that is being written."""
        return self._town.clock.now_ms()

    def codes(self) -> Mapping[str, Mapping[str, Mapping[str, str]]]:
        """The codes of the municipality's lists with their attributes, to filter choices by."""
        return codes(self._town.published.newest())

    def _choice(self, form: Form, path: str, code: str) -> str:
        """The words of a choice; of one that this version has no more, those of the newest version that had it."""
        older = (one for number, one in sorted(self._forms[form.slug].items(), reverse=True) if number < form.version)
        words = (one.choice_label(path, code, self.language, self._lists) for one in (form, *older))
        return next((one for one in words if one != code), code)

    def _day(self, value: str) -> str:
        try:
            return day(date.fromisoformat(value), self.language)
        except ValueError:
            return value

    def items(self, found: Iterable[str]) -> dict[str, int]:
        """The items of a record by their number in their group, in the order in which they were made."""
        groups: dict[str, set[str]] = {}
        for path in found:
            if (id_ := _item(path)) is not None:
                groups.setdefault(path.partition(f"/{id_}")[0], set()).add(id_)
        return {id_: place for ids in groups.values() for place, id_ in enumerate(sorted(ids), 1)}

    def place(self, slug: str, path: str) -> tuple[int, str, int, str]:
        """The place of an answer in its form, those of an item together: what puts answers in its order."""
        form = self.form(slug)
        question = form.asked(path) if form is not None else None
        if form is None or question is None:
            return (len(form.questions) if form is not None else 0), "", 0, path
        order = [(one.path, one.repeat) for one in (*form.questions, *form.computed, *form.local)]
        place = order.index((question.path, question.repeat))
        first = next(at for at, (_, repeat) in enumerate(order) if repeat == question.repeat is not None or at == place)
        return first, _item(path) or "", place, path


def _item(path: str) -> str | None:
    """The id of the item that a path goes through, or None."""
    return next((part for part in path.split("/") if paths.is_item_id(part)), None)


def question_named(town: Municipality, slug: str, path: str, version: int | None = None) -> Named:
    """A question for a sentence: its words in each language, or its path where codes are asked for."""
    return Named(path, {one: Speaker(town, one).label(slug, path, version) for one in library().languages})


def spoken(speaker: Speaker | None, slug: str, row: dict[str, Any], items: dict[str, int]) -> dict[str, Any]:
    """A row with a `path` and a `value`, with the words for both where there is somebody to speak."""
    if speaker is None:
        return row
    version = None if row.get("in_form", True) else row.get("version")
    about = {"label": speaker.label(slug, row["path"], version, items)}
    return {**row, **about, "said": speaker.answer(slug, row["path"], row["value"], version)}
