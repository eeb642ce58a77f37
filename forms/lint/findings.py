"""What the lint says of one place in a form (SPEC.md section 1)."""

from typing import Any, Final

from forms.findings import Finding
from forms.lint.rules import Level, rule

OWN: Final[dict[str, tuple[str, str]]] = {  # faults of an acceptance, and of what was handed in
    "lint-unused": (
        "Deze reden hoort bij geen waarschuwing meer. Haal haar weg.",
        "This reason belongs to no warning any more. Remove it.",
    ),
    "lint-no-reason": (
        "Een waarschuwing kan blijven als u zegt waarom. Schrijf een reden van ten minste {limit} woorden.",
        "A warning can stay if you say why. Write a reason of at least {limit} words.",
    ),
    "lint-not-acceptable": (
        "{rule} is hier een fout. Een fout kan niet met een reden blijven.",
        "{rule} is an error here. An error cannot stay for a reason.",
    ),
    "lint-too-deep": (
        "Dit formulier is dieper genest dan {limit} lagen. Maak het platter; nu kan niemand het beoordelen.",
        "This form is nested more than {limit} levels deep. Make it flatter; nobody can judge it now.",
    ),
    "lint-too-long": (
        "Deze tekst heeft meer dan {limit} tekens en is niet beoordeeld. Maak hem korter.",
        "This text has more than {limit} characters and was not judged. Make it shorter.",
    ),
    "lint-too-many": (
        "Dit formulier heeft {limit} vragen of meer. Wat daarna komt is niet beoordeeld. Haal vragen weg.",
        "This form has {limit} questions or more. What comes after was not judged. Remove questions.",
    ),
    "lint-too-many-values": (
        "De kolommen van deze lijst hebben samen meer dan {limit} waarden. Haal kolommen weg waarop niemand kiest.",
        "The columns of this list have more than {limit} values together. Remove columns that nobody chooses by.",
    ),
    "lint-list-missing": (
        "De lijst {name} is niet meegegeven. Zonder de lijst kan de vraag niet worden beoordeeld.",
        "The list {name} was not handed in. Without the list the question cannot be judged.",
    ),
}


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
        """Whether a form with this finding cannot be published."""
        return not self.reason


def struck(
    code: str, path: str, place: str, language: str | None, words: tuple[str, ...], level: Level | None = None
) -> LintFinding:
    """The finding of a rule whose words stand in a text."""
    broken, shown = rule(code), ", ".join(words)
    return LintFinding(
        code=code,
        path=path,
        nl=f"{broken.why['nl']} Gelezen: {shown}. {broken.remedy['nl']}",
        en=f"{broken.why['en']} Read: {shown}. {broken.remedy['en']}",
        level=level or broken.level,
        place=place,
        language=language,
        words=words,
    )


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
    said = {tongue: broken.shapes[shape][tongue].format(**facts) for tongue in ("nl", "en")}
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
    dutch, english = OWN[code]
    return LintFinding(code=code, path=path, nl=dutch.format(**facts), en=english.format(**facts), place="lint")
