"""The labelled corpus: snippets that a privacy officer judged, each laid into a form in which nothing else is wrong.

A snippet is a text with the place where it stands, or a fragment of a form. `rule` is the rule it is about,
`expect` every rule that it breaks (none: it must pass). What is judged is the whole form, so that a finding
of any other rule counts as a mistake.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from forms.lint.check import lint
from forms.lint.frame import Publication

FOLDER = Path(__file__).parent / "corpus"
LANGUAGES = ("nl", "en", "de", "fr", "ro")
HARMLESS = {"nl": "Vraag", "en": "Question"}
HINT = {"nl": "Schrijf wat u zag.", "en": "Write what you saw."}
KINDS: dict[str, dict[str, Any]] = {
    "choice": {"type": "string", "enum": ["ja", "nee"]},
    "text": {"type": "string", "maxLength": 200},
    "date": {"type": "string", "format": "date"},
    "month": {"type": "string", "pattern": "^(19|20)[0-9]{2}-(0[1-9]|1[0-2])$"},
}


class Snippet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One judged example: a text with its place, or a fragment of a form with the reason it is there."""

    rule: str
    expect: tuple[str, ...]
    place: str = ""
    language: str | None = None
    kind: str = "choice"
    text: str = ""
    why: str = ""
    questions: tuple[dict[str, Any], ...] = ()
    pages: tuple[tuple[str, ...], ...] = ()
    form: dict[str, Any] = {}
    lists: dict[str, dict[str, dict[str, str]]] = {}
    publication: Publication | None = None
    levels: dict[str, str] = {}

    @property
    def said(self) -> str:
        """What to call it when it is judged wrongly."""
        return ascii(self.text) + f" ({self.place})" if self.text else self.why


def snippets(name: str = "*") -> list[Snippet]:
    """The snippets of one file, or of all."""
    files = sorted(FOLDER.glob(f"{name}.json"))
    return [one for file in files for one in msgspec.json.decode(file.read_bytes(), type=list[Snippet])]


def harmless() -> dict[str, Any]:
    """A form in which the lint finds nothing."""
    return {
        "form": "bezoek",
        "version": 1,
        "title": {"nl": "Bezoek", "en": "Visit"},
        "purpose": "Support a family after a request or a report",
        "legal_basis": "Leerplichtwet 1969 article 16",
        "retention": {"keep": "P2Y", "from": "closed"},
        "schema": {"type": "object", "properties": {}},
        "layout": [],
        "fields": {},
    }


def ask(form: dict[str, Any], questions: Iterable[Mapping[str, Any]], pages: Iterable[Iterable[str]] = ()) -> None:
    """Put questions into a form, on one page if no pages are given."""
    questions = list(questions)
    schema = form["schema"]
    for one in questions:
        schema["properties"][one["name"]] = one["schema"]
        form["fields"]["/" + one["name"]] = one["field"]
        if one.get("required"):
            schema["required"] = [*schema.get("required", []), one["name"]]
    for fields in pages or [["/" + one["name"] for one in questions]]:
        form["layout"].append({"section": {"nl": "Bladzijde", "en": "Page"}, "fields": list(fields)})


def question(name: str, kind: str) -> dict[str, Any]:
    """A question of which nothing can be said."""
    field: dict[str, Any] = {"label": dict(HARMLESS), "sensitivity": "S1"}
    if kind == "choice":
        field["choices"] = {"ja": {"nl": "Ja", "en": "Yes"}, "nee": {"nl": "Nee", "en": "No"}}
    if kind in {"text", "month"}:
        field["hint"] = dict(HINT)
    return {"name": name, "schema": dict(KINDS[kind]), "field": field}


def document(snippet: Snippet) -> dict[str, Any]:
    """The form that a snippet is judged in."""
    form = harmless()
    if snippet.text:
        _lay(form, snippet)
        return form
    ask(form, snippet.questions or [question("vraag", "choice")], snippet.pages)
    for name, member in snippet.form.items():
        if name == "schema_extra":
            properties = {**form["schema"]["properties"], **member.get("properties", {})}
            form["schema"] |= {**member, "properties": properties}
        elif name == "fields_extra":
            form["fields"] |= member
        else:
            form[name] = member
    return form


def _lay(form: dict[str, Any], snippet: Snippet) -> None:
    """Put the text of a snippet in its place."""
    place, text = snippet.place, snippet.text
    one = question(text if place == "name" else "vraag", snippet.kind)
    field = one["field"]
    words = {**HARMLESS, snippet.language: text} if snippet.language else {}
    if place in {"label", "hint"}:
        field[place] = words
    elif place == "choice-label":
        field["choices"]["keuze"] = words
        one["schema"]["enum"] = [*one["schema"]["enum"], "keuze"]
    elif place == "choice-code":
        field["choices"][text] = {"nl": "Keuze", "en": "Choice"}
        one["schema"]["enum"] = [*one["schema"]["enum"], text]
    elif place == "list-name":
        one["schema"], field["from"] = {"type": "string"}, text
        field.pop("choices")
    elif place == "comment":
        one["schema"]["$comment"] = text
    elif place == "banner":
        form["layout"].append({"section": dict(HARMLESS), "fields": [], "banner": {"say": words, "show_if": "true"}})
    elif place == "check":
        form["checks"] = [{"if_not": "true", "at": "/vraag", "say": words}]
    ask(form, [one])
    if place == "section":
        form["layout"][0]["section"] = words
    elif place in {"title", "purpose", "form"}:
        form[place] = words if place == "title" else text


def lists(snippet: Snippet) -> dict[str, dict[str, dict[str, str]]]:
    """The lists that are handed in with a snippet."""
    if snippet.place == "list-name":
        return {
            snippet.text: {"a": {"nl": "Het Kompas", "en": "Het Kompas"}, "b": {"nl": "De Vlinder", "en": "De Vlinder"}}
        }
    return snippet.lists


def judged(snippet: Snippet) -> dict[str, str]:
    """The rules that the lint finds broken, each with its gravest level."""
    found = lint(document(snippet), lists(snippet), snippet.publication)
    levels: dict[str, str] = {}
    for one in sorted(found, key=lambda one: one.level, reverse=True):
        levels[one.code] = one.level
    return levels


class Score(msgspec.Struct, frozen=True):
    """How often a rule struck rightly, wrongly, and not though it should have."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """The part of what was found that is right."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """The part of what is wrong that was found."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0


def scores(chosen: Iterable[Snippet]) -> dict[str, Score]:
    """The score of every rule over some snippets, and of all together."""
    right, wrong, missed = Counter[str](), Counter[str](), Counter[str]()
    for one in chosen:
        found, expected = set(judged(one)), set(one.expect)
        for counter, codes in ((right, found & expected), (wrong, found - expected), (missed, expected - found)):
            counter.update((*codes, *["all"] * len(codes)))
    named = sorted({*right, *wrong, *missed} - {"all"})
    return {code: Score(right[code], wrong[code], missed[code]) for code in (*named, "all")}


def mistakes(chosen: Iterable[Snippet]) -> list[str]:
    """Every snippet that is judged wrongly."""
    found = []
    for one in chosen:
        levels = judged(one)
        if set(levels) != set(one.expect):
            found.append(f"{one.rule} expected {list(one.expect)}, found {sorted(levels)}: {one.said}")
        elif {code: levels[code] for code in one.levels} != one.levels:
            found.append(f"{one.rule} expected levels {one.levels}, found {levels}: {one.said}")
    return found


def table(found: Mapping[str, Score]) -> str:
    """The scores as people read them."""
    head = "rule  right wrong missed precision recall"
    rows = [
        f"{code:5} {one.right:5} {one.wrong:5} {one.missed:6} {one.precision:9.2f} {one.recall:6.2f}"
        for code, one in found.items()
    ]
    return "\n".join([head, *rows])


def main() -> None:
    """Print the scores and the mistakes: `.venv/bin/python -m tests.forms.lint.snippets`."""
    everything = snippets()
    sys.stdout.write("\n".join([table(scores(everything)), *mistakes(everything), ""]))


if __name__ == "__main__":
    main()
