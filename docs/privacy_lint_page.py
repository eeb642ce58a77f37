"""Writes privacy-lint.md from the rules and the corpus, so that a privacy officer reads what the machine holds.

.venv/bin/python -m docs.privacy_lint_page > docs/privacy-lint.md
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from forms.lint.check import REASON_WORDS_MIN
from forms.lint.rules import Rule, rules
from forms.sentences import speech

CORPUS: Final = Path(__file__).parents[1] / "tests" / "forms" / "lint" / "corpus"
FILES: Final = ("origin", "proxies", "special", "justice", "numbers", "places", "words", "fragments")
SHAPES: Final = "the shape of the form"
WEIGHED: Final = "titles, banners and questions that no other rule spoke of, all of their words together"
LEVELS: Final = {
    "error": "**error**: the form cannot be published",
    "warning": "**warning**: it can, with a reason and a second person",
}
DIFFERS: Final = {  # where a level depends on more than the place of a word; the code that decides is named
    "P08": "A photo of a thing only (`subject: object`) is a warning.",
    "P09": "In a form about a signal, and in an answer of class S4, it is an error.",
    "P12": "A text that is *named* overig, opmerkingen or the like is an error.",
    "P23": "What weighs a little less is a warning.",
    "P02": "A list of languages that never leaves the device (`local_only`) is a warning.",
}
NEWEST: Final = (  # the last set that was measured before any rule author had read it, and when
    "of 240 entries it\ncaught 86% of what should be stopped, and 96% of what it stopped should be: 97% of what was "
    "asked as forms ask it, 94% of\nwhat was asked in a roundabout way, 67% of what was veiled (slang, letters that a "
    "hint explains), 83% of what is a\nwarning (November 2026; Dutch, English, German, French, Romanian, Arabic). Of "
    "the three sets before that it caught 89, 82\nand 92%, with 96, 95 and 95%."
)
ORDINARY: Final = (  # of blameless questions of forms that others published (forms/lint/SPEC.md 9.6)
    "Of 452 blameless questions of forms that others published, P23\nrefused none (54 before such questions were "
    "taught to it; 100 of the 452 were first read after that: 6 before)."
)
HEAD: Final = """# The privacy lint

For privacy officers, data protection officers and whoever makes a form. Before a version of a form is published, a
machine reads every word of it: titles, questions, hints, choices, codes, names, lists, patterns, checks and
expressions, in Dutch, English, German, French and Romanian, and a little in Arabic and Turkish. What no rule has
words of is weighed by all of its words together (P23), with weights made from questions that people judged. **No
other language is read**: a text in Polish, Bulgarian, Spanish or another that it recognises is a warning (P22), under
whichever language it stands; a short one, of a word or two, may pass. Of such a form, and of one in Arabic or
Turkish, have somebody read every word who knows the language. It refuses what a municipality may not ask. It happened
that municipalities kept lists of people for no other reason than their origin; a form that asks for such a list in
words that the lint knows cannot be published with this software. What it does not see is said below.

**Errors** stop publication, and no reason helps. **Warnings** stop it too, until the form says in at least {words}
words why the question is needed, and a colleague of who publishes agrees. Reason and both names stay with the version
for good. A reason that no longer belongs to a warning is itself refused.

    veldpost form lint mijn-formulier.json --language nl

What it cannot do: understand a text as you do. It knows words, and what people do to hide them (plural, compounds,
accents, other alphabets, spaces, figures for letters). It was measured on {count} judged examples
(`tests/forms/lint/corpus`), all of them judged rightly now. That says little: their words were read by who wrote the
rules. **On words that no rule author had read** the newest figure is: {newest}
{ordinary}
So a new form still needs your own eyes and, where the law asks for it, a DPIA. You can measure a set of your own:
`veldpost form lint --corpus set.json` (its format: `forms/lint/SPEC.md` 8).
A word it misses, or strikes wrongly: please report it with the sentence; both will be examples.

## Can a register by origin be made with it?

Not by asking for it: no question, choice, name, list or title may say it, in any way that the lint knows (P01 to P03,
P20), and nobody has a switch for that. But a machine cannot promise it, and you should not sign as if it could:

- **Words that it does not know** pass, and so do codes with an agreement on paper about what they mean.
- **Answers are not read.** They are sealed; what a worker writes in a free text, or as the name of a family, no lint
  sees. The forms that ship ask for facts, without names, with a length, and withhold what could harm a child.
- **Who is visited** is chosen outside the software. A list of supported families is a list by origin if they were
  chosen by origin. Ask how families come in; `hulpvraag_aanleiding` of the case form records the kind of request.
- **Joining.** An export can be combined with other data. Exports leave an audit line; what happens after is yours.
- **Makers of other software** can write a client without the lint. A server publishes no version without it.

What you can look at yourself: `veldpost form list` (each version, who published it, who agreed, which reasons),
`veldpost form preview` (each question as a worker meets it, with its class and who never sees it), and the
[pages of the forms that ship](forms/huisbezoek.md). Look again when reasons are added, and at the lists
(`veldpost list show`).

## No exception

There is no exception for positive action (UAVG 25 under b). It would need a list of people by origin, objections
included; whoever needs one must not make it with this software (`forms/lint/SPEC.md`, decision D2).

Written by `docs/privacy_lint_page.py` from `forms/lint/rules/` and the examples.

| rule | | level |
|---|---|---|"""
TAIL: Final = """
## What it says of reasons and of what it was handed

| code | Dutch | English |
|---|---|---|"""


def examples() -> list[dict[str, Any]]:
    """Every example of the corpus, the plain ones first."""
    names = [*FILES, *sorted({path.stem for path in CORPUS.glob("*.json")} - set(FILES))]
    return [one for name in names for one in json.loads((CORPUS / f"{name}.json").read_text())]


def chosen(found: list[dict[str, Any]], code: str, *, caught: bool) -> str:
    """One example of a rule: a Dutch text if there is one, otherwise what a form of that kind does."""
    about = [one for one in found if one["rule"] == code and one["expect"] == ([code] if caught else [])]
    texts = [one for one in about if one.get("language") == "nl" and one["place"] in {"label", "hint"}]
    if code in {"P10", "P11", "P12", "P17", "P18", "P19"}:
        texts = []
    one = (texts or [one for one in about if "why" in one])[0]
    if "why" in one:
        return f"{one['why']}."
    kind = {"text": ", free text", "date": ", a date"}.get(one.get("kind", ""), "")
    return f"“{one['text']}” ({one['place']}{kind})"


def reads(rule: Rule) -> str:
    """What a rule looks at."""
    found = []
    if rule.words:
        languages = {
            "nl": "Dutch",
            "en": "English",
            "de": "German",
            "fr": "French",
            "ro": "Romanian",
            "tr": "Turkish",
            "ar": "Arabic",
        }
        where = ", ".join(rule.places) if rule.places else "every text of the form"
        kinds = f" of {' and '.join(rule.kinds)} questions" if rule.kinds else ""
        told = ", ".join(name for tongue, name in languages.items() if tongue in rule.words)
        found.append(f"{where}{kinds}, for {sum(map(len, rule.words.values()))} words and phrases ({told})")
    if rule.shapes:
        found.append(SHAPES)
    return "; ".join(found) or WEIGHED


def level(rule: Rule) -> str:
    """How grave a rule is, and where that differs."""
    others = {place: grave for place, grave in rule.levels.items() if grave != rule.level}
    said = LEVELS[rule.level]
    if others:
        said += f"; in {', '.join(others)} a {' or '.join(sorted(set(others.values())))}"
    return f"{said}. {DIFFERS.get(rule.code, '')}".strip()


def section(rule: Rule, found: list[dict[str, Any]]) -> Iterator[str]:
    """All about one rule."""
    yield from ("", f"## {rule.code} {rule.name['nl']} / {rule.name['en']}", "")
    yield f"- Level: {level(rule)}"
    yield f"- Reads: {reads(rule)}."
    yield f"- Why: {rule.why['en']} *{rule.why['nl']}*"
    yield f"- What to do: {rule.remedy['en']} *{rule.remedy['nl']}*"
    yield f"- Source: {', '.join(rule.sources)}."
    yield f"- Caught: {chosen(found, rule.code, caught=True)}"
    yield f"- Passes: {chosen(found, rule.code, caught=False)}"
    yield from shapes(rule.shapes)


def shapes(said: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """What a rule says of the shape of a form."""
    if said:
        yield "- Also says: " + " ".join(one["en"] for one in said.values())


def page() -> str:
    """The whole page."""
    found = examples()
    lines = [HEAD.format(words=REASON_WORDS_MIN, count=len(found), newest=NEWEST, ordinary=ORDINARY)]
    lines += [f"| {one.code} | {one.name['nl']} / {one.name['en']} | {one.level} |" for one in rules()]
    for one in rules():
        lines += section(one, found)
    lines.append(TAIL)
    dutch, english = (
        {code: said.replace(":number}", "}") for code, said in speech(language).findings["lint"].items()}
        for language in ("nl", "en")
    )
    lines += [f"| `{code}` | {dutch[code]} | {sentence} |" for code, sentence in english.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
