"""What is said of forms that are too large, or that machines would read differently (SPEC.md sections 6.7 and 6.8)."""

from typing import Final

SHAPES: Final[dict[str, tuple[str, str]]] = {  # for makers of forms
    "not-utf8": (
        "Het formulier is geen tekst in UTF-8: {where}. Sla het op als UTF-8, zonder BOM.",
        "The form is no text in UTF-8: {where}. Save it as UTF-8, without a BOM.",
    ),
    "not-a-number": (
        "{word} is in JSON geen getal. Schrijf een getal, of haal het weg.",
        "{word} is no number in JSON. Write a number, or remove it.",
    ),
    "form-too-deep": (
        "Hier staat te veel in elkaar: hoogstens {limit} diep. Maak het formulier vlakker.",
        "Too much stands inside each other here: at most {limit} deep. Make the form flatter.",
    ),
    "too-many-parts": (
        "Dit formulier heeft meer dan {limit} onderdelen. Maak er twee formulieren van.",
        "This form has more than {limit} parts. Make two forms of it.",
    ),
    "expressions-too-large": (
        "Alle uitdrukkingen samen hebben meer dan {limit} delen. Bereken wat vaker voorkomt in een berekend veld.",
        "All expressions together have more than {limit} parts. Compute what returns often in a computed field.",
    ),
    "number-too-large": (
        "Dit getal is te groot: het moet tussen -{limit} en {limit} liggen.",
        "This number is too large: it must lie between -{limit} and {limit}.",
    ),
    "bad-character": (
        "Hier staat een teken dat niet te zien of te bewaren is ({sign}). Typ de tekst opnieuw.",
        "Here is a character that cannot be seen or kept ({sign}). Type the text again.",
    ),
    "text-too-long": (
        "Deze tekst is te lang: hoogstens {limit} tekens. Zet de uitleg op papier of op een eigen bladzijde.",
        "This text is too long: at most {limit} characters. Put the explanation on paper or on a page of its own.",
    ),
    "too-many-questions": (
        "Dit formulier heeft meer dan {limit} vragen en berekende velden. Maak er twee formulieren van.",
        "This form has more than {limit} questions and computed fields. Make two forms of it.",
    ),
    "too-many-choices": (
        "Deze vraag heeft {number} keuzes, hoogstens {limit}. Zet ze in een lijst van de gemeente.",
        "This question has {number} choices, at most {limit}. Put them into a list of the municipality.",
    ),
    "too-many-checks": (
        "Dit formulier heeft {number} controles, hoogstens {limit}. Voeg samen wat bij elkaar hoort.",
        "This form has {number} checks, at most {limit}. Join those that belong together.",
    ),
    "step-too-small": (
        "De stap {number} is kleiner dan {limit}. Kies een grotere stap.",
        "The step {number} is smaller than {limit}. Choose a larger step.",
    ),
    "ref-differs": (
        "{name} staat hier en ook waar $ref naar wijst, en niet hetzelfde. Laat er een staan.",
        "{name} stands here and also where $ref points, and not alike. Leave one.",
    ),
    "nothing-fits": (
        "Hier past geen enkel antwoord: {low} is meer dan {high}. Draai de grenzen om.",
        "No answer fits here: {low} is more than {high}. Turn the limits around.",
    ),
    "more-findings": (
        "Er zijn nog {number} fouten. Herstel eerst de fouten hierboven en kijk dan opnieuw.",
        "There are {number} more faults. Mend those above first, and look again.",
    ),
    "pattern-broken": (
        "Dit patroon houdt bij {word} geen stand: {why}.",
        "This pattern breaks at {word}: {why}.",
    ),
    "pattern-not-portable": (
        "Niet elk apparaat leest {word} in een patroon hetzelfde: {why}.",
        "Not every device reads {word} in a pattern alike: {why}.",
    ),
    "pattern-too-large": (
        "Dit patroon is te groot: {number}, hoogstens {limit}. Gebruik maxLength voor de lengte.",
        "This pattern is too large: {number}, at most {limit}. Use maxLength for the length.",
    ),
}
