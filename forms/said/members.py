"""What is said of the members of fields, and of what they refer to, to those who make forms (SPEC.md section 6.4)."""

from typing import Final

MEMBERS: Final[dict[str, tuple[str, str]]] = {
    "unknown-widget": (
        "{name} is geen manier om dit te vragen. Kies uit: {known}.",
        "{name} is no way to ask this. Choose from: {known}.",
    ),
    "widget-misfit": (
        "{name} past niet bij deze soort vraag. Kies uit: {known}.",
        "{name} does not fit this kind of question. Choose from: {known}.",
    ),
    "slider-no-ends": (
        "Een schuif heeft een begin en een einde. Geef het schema minimum en maximum.",
        "A slider has two ends. Give the schema a minimum and a maximum.",
    ),
    "subject-misfit": (
        "subject hoort bij een foto of geluid. Haal het weg.",
        "subject belongs to a photo or a sound. Remove it.",
    ),
    "from-misfit": (
        "Een lijst van de gemeente past alleen bij tekst, of bij een lijst van teksten, zonder enum of format.",
        "A list of the municipality fits only text, or a list of texts, without enum or format.",
    ),
    "member-misfit": (
        "{name} gaat over antwoorden, en een berekend veld heeft die niet. Haal het weg.",
        "{name} speaks of answers, and a computed field has none. Remove it.",
    ),
    "reference-no-form": (
        "Een verwijzing noemt bij form het formulier waarnaar zij verwijst.",
        "A reference names in form the form that it refers to.",
    ),
    "reference-no-widget": (
        "Wat naar een ander dossier verwijst, heeft widget record.",
        "What refers to another record has the widget record.",
    ),
    "reference-no-path": (
        "{name} kan geen vraag zijn. Schrijf het pad zoals /naam of /groep/*/naam.",
        "{name} cannot be a question. Write its path such as /name or /group/*/name.",
    ),
    "within-misfit": (
        "{name} is geen verwijzing naar één dossier van {form} die hier te zien is.",
        "{name} is no reference to one record of {form} that can be seen from here.",
    ),
    "prefill-no-reference": (
        "{name} is geen verwijzing waaruit dit kan worden ingevuld. Noem een vraag met widget record.",
        "{name} is no reference that this can be filled from. Name a question with the widget record.",
    ),
    "prefill-many": (
        "{name} staat in een herhaalde groep, dus er kunnen er meer zijn. Verwijs naar een deel van die groep.",
        "{name} stands in a repeating group, so there may be several. Refer to an item of that group.",
    ),
    "local-required": (
        "Dit antwoord verlaat het apparaat niet. Daarom kan het niet verplicht zijn.",
        "This answer never leaves the device. So it cannot be required.",
    ),
    "local-misfit": (
        "{name} gaat over antwoorden die het apparaat verlaten, en dit blijft op het apparaat. Haal een van beide weg.",
        "{name} speaks of answers that leave the device, and this one stays. Remove one of the two.",
    ),
    "local-read": (
        "{name} verlaat het apparaat niet. Niets wat elders wordt getoond, mag het gebruiken.",
        "{name} never leaves the device. Nothing that is shown elsewhere may use it.",
    ),
    "local-changed": (
        "Of een antwoord het apparaat verlaat, verandert nooit. Geef de nieuwe vraag een eigen naam.",
        "Whether an answer leaves the device never changes. Give the new question a name of its own.",
    ),
    "table-no-leaf": (
        "De tabel noemt {name}, maar dat is geen vraag of berekend veld dat geteld kan worden.",
        "The table names {name}, but that is no question or computed field that can be counted.",
    ),
    "reference-unknown-form": (
        "Het formulier {form} is er niet. Publiceer het eerst, of verbeter de naam.",
        "There is no form {form}. Publish it first, or correct the name.",
    ),
    "reference-no-key": (
        "{form} heeft geen tekstvraag {name} waaraan een dossier te herkennen is.",
        "{form} has no text question {name} by which a record can be recognised.",
    ),
    "prefill-no-question": (
        "{form} heeft geen vraag {name} om over te nemen.",
        "{form} has no question {name} to take over.",
    ),
    "prefill-kind": (
        "{name} is een ander soort antwoord, of heeft keuzes die hier niet kunnen.",
        "{name} is another kind of answer, or has choices that cannot be given here.",
    ),
    "prefill-class": (
        "{name} is daar beter beschermd dan hier: een hogere klasse, een kortere kring, of alleen op het apparaat.",
        "{name} is better protected there than here: a higher class, fewer readers, or only on the device.",
    ),
}
