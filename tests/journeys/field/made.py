"""A form made for journeys: every widget that the forms which ship do not have, and a second version of it."""

import json
from typing import Any, Final

from tests.journeys.field.tablet import STAFF, TOWN
from tests.journeys.terminal import Terminal

TITLE: Final = "Proefbezoek"
SAID: Final = ("--controller", "College van Voorbeeldstad", "--register", "https://example.org/register/7")


def _said(dutch: str, english: str) -> dict[str, str]:
    return {"nl": dutch, "en": english}


def _field(dutch: str, english: str, **members: Any) -> dict[str, Any]:
    label = {"label": _said(dutch, english), "hint": _said("Voor de proef.", "For the trial.")}
    return {**label, "sensitivity": "S0", **members}


QUESTIONS: Final[dict[str, tuple[dict[str, Any], dict[str, Any]]]] = {
    "naam": ({"type": "string", "maxLength": 40}, _field("Naam van de afspraak", "Name of the appointment")),
    "oordeel": (
        {"type": "string", "enum": ["oneens", "neutraal", "eens"]},
        _field("Het gesprek hielp", "The talk helped", widget="likert", choices={
            "oneens": _said("Oneens", "Disagree"), "neutraal": _said("Neutraal", "Neutral"),
            "eens": _said("Eens", "Agree"),
        }),
    ),
    "cijfer": (
        {"type": "integer", "minimum": 0, "maximum": 10},
        _field("Hoe druk was het", "How busy it was", widget="slider"),
    ),
    "vertrek": (
        {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"},
        _field("Hoe laat ging u weg", "When did you leave", widget="time"),
    ),
    "afspraak": (
        {"type": "string", "maxLength": 400},
        _field("Welke afspraak is gemaakt", "Which agreement was made", widget="multiline"),
    ),
    "school": ({"type": "string", "maxLength": 64}, _field("School", "School", **{"from": "scholen"})),
    "soort": (
        {"type": "string", "enum": ["kantoor", "buiten"]},
        _field("Waar was het", "Where was it", widget="dropdown", choices={
            "kantoor": _said("Op kantoor", "At the office"), "buiten": _said("Buiten", "Outside"),
        }),
    ),
}  # fmt: skip


def document(version: int) -> dict[str, Any]:
    """The form; its second version calls `naam` otherwise and has no `soort`."""
    questions = dict(QUESTIONS)
    if version == 2:
        questions = {"titel" if name == "naam" else name: one for name, one in questions.items() if name != "soort"}
    made = {
        "form": "proefbezoek", "version": version, "title": _said(TITLE, "Trial visit"),
        "purpose": "Oefenen met het invullen van een formulier. / Practise filling a form in.",
        "legal_basis": "AVG artikel 6(1)(e). / GDPR article 6(1)(e).", "retention": {"keep": "P2Y", "from": "closed"},
        "schema": {"type": "object", "properties": {name: schema for name, (schema, _) in questions.items()}},
        "layout": [{"section": _said("Afspraak", "Appointment"), "fields": [f"/{name}" for name in questions]}],
        "fields": {f"/{name}": field for name, (_, field) in questions.items()},
    }  # fmt: skip
    return made | ({"moves": {"renamed": {"/naam": "/titel"}, "dropped": ["/soort"]}} if version == 2 else {})


def publish(terminal: Terminal, version: int) -> None:
    """Publish a version at the office."""
    file = terminal.folder / f"proefbezoek-{version}.json"
    file.write_text(json.dumps(document(version)))
    done = terminal.type("form", "publish", TOWN, str(file), *SAID, *STAFF)
    assert 0 == done.returncode and f"proefbezoek {version}: published" in done.stdout, done.stdout + done.stderr
