"""A finding of the lint at one place in a form (SPEC.md section 1)."""

from collections.abc import Mapping
from typing import Any

from forms.findings import Finding
from forms.lint.rules import Level, rule
from forms.sentences import LANGUAGES, filled, findings, phrase


class LintFinding(Finding, frozen=True):
    """One broken rule at one place. `code` is the rule's, `path` the question's template or the document's member.

    `place` says what was read there (label, hint, choice-code ...), `language` in which language, `words` what
    struck. `reason` is the reason with which the form carries a warning; an error never has one.
    """

    level: Level = "error"
    place: str = ""
    language: str | None = None
    words: tuple[str, ...] = ()
    reason: str = ""

    @property
    def stops(self) -> bool:
        """True if a form with this finding cannot be published."""
        return not self.reason


def struck(
    code: str, path: str, place: str, language: str | None, words: tuple[str, ...], level: Level | None = None
) -> LintFinding:
    """The finding of a rule whose words stand in a text."""
    broken = rule(code)
    dutch, english = phrase("lint-read", why=_pair(broken.why), words=", ".join(words), remedy=_pair(broken.remedy))
    return LintFinding(
        code=code,
        path=path,
        nl=dutch,
        en=english,
        level=level or broken.level,
        place=place,
        language=language,
        words=words,
    )


def _pair(words: Mapping[str, str]) -> tuple[str, ...]:
    """Words of a rule as a fact of a sentence."""
    return tuple(words[language] for language in LANGUAGES)


def shaped(
    code: str,
    shape: str,
    path: str,
    *,
    place: str = "",
    language: str | None = None,
    words: tuple[str, ...] = (),
    level: Level | None = None,
    **facts: Any,
) -> LintFinding:
    """The finding of a rule about the shape of a form, such as a list, a length or a missing member."""
    broken = rule(code)
    said = {tongue: filled(broken.shapes[shape][tongue], facts, tongue) for tongue in LANGUAGES}
    return LintFinding(
        code=code,
        path=path,
        nl=f"{said['nl']} {broken.remedy['nl']}",
        en=f"{said['en']} {broken.remedy['en']}",
        level=level or broken.level,
        place=place or shape,
        language=language,
        words=words,
    )


def own(code: str, path: str, **facts: Any) -> LintFinding:
    """A finding about the lint's own members: always an error."""
    dutch, english = (filled(findings(language)[code], facts, language) for language in LANGUAGES)
    return LintFinding(code=code, path=path, nl=dutch, en=english, place="lint")
