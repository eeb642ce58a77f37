"""Answers that the texts of a workbook mention (`${name}`) become mentions of ours (SPEC.md section 4.5).

Done when the draft has settled: only then is it known which questions there are and what each is called. Until then a
text holds the names of the workbook.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from forms.definition.shape import TEXT_MAX
from forms.findings import some
from forms.interchange.xlsform_import.draft import Asked, Check, Draft, Section
from forms.interchange.xlsform_import.speech import ANSWER, Words
from forms.schema.question import MEDIA

ROUNDS_MAX: Final = 5  # a class is raised from question to question: there are five
_WORDLESS: Final = frozenset({*MEDIA, "position"})

Text = tuple[Words, str, str | None, Asked | None, Callable[[Words], None]]
"""Words, the row that they came from, the items that they stand in, whose they are, and what puts others there."""


class Mentions:
    """The texts of a draft, with names of the workbook or (as our own export wrote them) of ours."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._named: dict[str, list[Asked]] = {}
        for one in draft.asked:
            self._named.setdefault(one.old or one.name, []).append(one)
        self._said: dict[int, list[Asked]] = {}
        self._joined: set[str] = set()

    def all(self) -> bool:
        """Give every text our names, and every question the class of what its texts say; True if any was changed."""
        found = [one for one in self._texts() if any("${" in text for text in one[0].values())]
        for words, source, repeat, whose, put in found:
            put(self._of(words, source, repeat, whose))
        self._tell()
        self._raise()
        return bool(found)

    def _tell(self) -> None:
        """Say what became of calculations that only join answers: a text mentions them, or nothing shows them."""
        for name, one in self._draft.templates.items():
            if name in self._joined:
                self._draft.ledger.changed(one.source, "import-calculation-said")
            else:
                self._draft.ledger.left(one.source, "import-calculation-left", why=one.why)

    def _texts(self) -> Iterator[Text]:
        for one in self._draft.asked:
            yield one.label, one.source, one.repeat, one, _setter(one, "label")
            if "hint" in one.field:
                yield one.field["hint"], one.source, one.repeat, one, _putter(one.field, "hint")
            if "choices" in one.field:
                one.field["choices"] = dict(one.field["choices"])
                for code, words in one.field["choices"].items():
                    yield words, one.source, one.repeat, one, _putter(one.field["choices"], code)
        for section in self._draft.sections:
            source = next(iter(section.key[::-1]), "") or self._draft.asked[0].source
            yield section.title, source, section.repeat, None, _setter(section, "title")
            if section.banner is not None and section.banner_if is not None:
                origin = next((at for at, _ in section.banner_if.origins), source)
                yield section.banner, origin, None, None, _setter(section, "banner")
        paths = {one.path: one for one in self._draft.asked}
        for check in self._draft.checks:
            at = paths.get(check.at)
            source = next((at for at, _ in check.if_not.origins), "") or (at.source if at is not None else "")
            repeat = at.repeat if at is not None else None
            yield check.say, source, repeat, at, _setter(check, "say")

    def _of(self, words: Words, source: str, repeat: str | None, whose: Asked | None) -> Words:
        left: dict[str, None] = {}
        own = self._draft.texts

        def ours(match: re.Match[str]) -> str:
            name = match[1].rpartition("/")[2]
            meant = self._meant(name, repeat)
            if meant is None:
                left[name] = None
                return f"[{name}]"
            if whose is not None:
                self._said.setdefault(id(whose), []).append(meant)
            inside = f"{repeat}/*/{meant.name}"
            hidden = repeat is not None and meant.repeat is None and any(a.path == inside for a in self._draft.asked)
            return f"${{{meant.path if hidden else meant.name}}}"

        made = {
            tongue: (own.get(text) or ANSWER.sub(ours, self._spelled(text)))[:TEXT_MAX]
            for tongue, text in words.items()
        }
        if left:
            self._lost(source, left)
        return made

    def _lost(self, source: str, left: Iterable[str]) -> None:
        """Say which names a text had that have no words here: at each row whose own words mention them."""
        rows = {at: [name for name in left if name in names] for at, names in self._draft.mentioned.items()}
        told = {at: names for at, names in rows.items() if names and at in self._together(source)}
        for at, names in told.items() or [(source, list(left))]:
            self._draft.ledger.changed(at, "import-words-answers", names=some(names))

    def _together(self, source: str) -> frozenset[str]:
        """The rows whose words stand in one text with those of this row."""
        found = {source}
        for section in self._draft.sections:
            origins = {at for at, _ in section.banner_if.origins} if section.banner_if is not None else set()
            found |= origins if source in origins else set()
        return frozenset(found)

    def _spelled(self, text: str) -> str:
        """A text with the words of calculations that only join answers, in place of their names."""
        for _ in range(ROUNDS_MAX):
            names = {match[1].rpartition("/")[2] for match in ANSWER.finditer(text)} & self._draft.templates.keys()
            if not names or len(text) > TEXT_MAX:
                break
            self._joined |= names
            text = ANSWER.sub(self._template, text)
        return text

    def _template(self, match: re.Match[str]) -> str:
        known = self._draft.templates.get(match[1].rpartition("/")[2])
        return match[0] if known is None else known.text

    def _meant(self, name: str, repeat: str | None) -> Asked | None:
        """The question of this name in the workbook: of the same items first; None if it has no words here."""
        known = self._named.get(name, [])
        inside = [one for one in known if one.repeat == repeat] if repeat is not None else []
        found = inside or [one for one in known if one.repeat is None]
        return found[0] if len(found) == 1 and found[0].field.get("widget") not in _WORDLESS else None

    def _raise(self) -> None:
        """A text says no answer of a higher class than its own: so a class that nobody decided is raised."""
        by_id = {id(one): one for one in self._draft.asked}
        for _ in range(ROUNDS_MAX):
            for whose, said in self._said.items():
                one, highest = by_id[whose], max(other.field["sensitivity"] for other in said)
                if not one.decided and one.field["sensitivity"] < highest:
                    one.field["sensitivity"] = highest
                    self._draft.ledger.carried(one.source, "import-mention-class", name=one.name, given=highest)


def _putter(around: dict[str, Words], name: str) -> Callable[[Words], None]:
    def put(words: Words) -> None:
        around[name] = words

    return put


def _setter(holder: Asked | Section | Check, name: str) -> Callable[[Words], None]:
    return lambda words: setattr(holder, name, words)
