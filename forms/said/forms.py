"""What is said of form documents, to those who make them (SPEC.md sections 6.3 and 10.7)."""

from typing import Final

FORMS: Final[dict[str, tuple[str, str]]] = {  # for makers of forms
    "not-json": (
        "Het formulier is geen JSON: fout op regel {line}, kolom {column}.",
        "The form is not JSON: fault on line {line}, column {column}.",
    ),
    "form-too-large": (
        "Het formulier is te groot: {size} bytes, hoogstens {limit}.",
        "The form is too large: {size} bytes, at most {limit}.",
    ),
    "duplicate-name": (
        "De naam {name} staat hier twee keer. Geef een van beide een andere naam.",
        "The name {name} stands here twice. Give one of them another name.",
    ),
    "missing-member": ("Hier ontbreekt {name}. Voeg het toe.", "{name} is missing here. Add it."),
    "unknown-member": (
        "{name} heeft hier geen betekenis. Haal het weg of verbeter de naam.",
        "{name} means nothing here. Remove it or correct its name.",
    ),
    "wrong-member": (
        "Dit heeft niet de vorm die SPEC.md hoofdstuk 6 noemt.",
        "This does not have the shape that SPEC.md section 6 gives.",
    ),
    "schema-invalid": (
        "Dit deel van het schema is geen geldig JSON Schema 2020-12.",
        "This part of the schema is not valid JSON Schema 2020-12.",
    ),
    "remote-ref": (
        "Het schema verwijst naar buiten. Neem over wat daar staat, of verwijs naar #/$defs/.",
        "The schema refers to elsewhere. Copy what stands there, or refer to #/$defs/.",
    ),
    "broken-ref": (
        "Deze verwijzing wijst naar niets, of in een kring.",
        "This reference points at nothing, or in a circle.",
    ),
    "unsupported-keyword": (
        "{name} hoort niet bij wat dit systeem van JSON Schema gebruikt.",
        "{name} is not in the part of JSON Schema that this system uses.",
    ),
    "unsupported-kind": (
        "Dit is geen soort vraag die hoofdstuk 6.2 noemt.",
        "This is none of the kinds of question in section 6.2.",
    ),
    "bad-name": (
        "De naam {name} kan niet: kleine letters, cijfers en _, beginnend met een letter, hoogstens 63.",
        "The name {name} cannot be used: small letters, digits and _, a letter first, at most 63.",
    ),
    "repeat-structure": (
        "Een herhaalde groep bevat alleen vragen, en is een lijst van objecten aan de buitenkant.",
        "A repeating group holds questions only, and is a list of objects on the outside.",
    ),
    "layout-no-leaf": (
        "De indeling noemt {name}, maar het schema heeft die vraag niet.",
        "The layout names {name}, but the schema has no such question.",
    ),
    "layout-twice": (
        "{name} staat twee keer in de indeling. Laat er een staan.",
        "{name} stands twice in the layout. Leave one.",
    ),
    "unreachable": (
        "Deze vraag staat in geen enkel deel van de indeling. Zet haar in een deel.",
        "This question is in no section of the layout. Put it into one.",
    ),
    "field-no-leaf": (
        "Hier staan woorden bij een vraag die het schema niet heeft.",
        "Here are words for a question that the schema does not have.",
    ),
    "no-label": (
        "Deze vraag heeft geen label in de taal {language}.",
        "This question has no label in the language {language}.",
    ),
    "no-sensitivity": (
        "Deze vraag heeft geen klasse S0 tot S4.",
        "This question has no class S0 to S4.",
    ),
    "choices-differ": (
        "De keuzes en het schema noemen niet dezelfde codes; het verschil is {names}.",
        "The choices and the schema do not name the same codes; the difference is {names}.",
    ),
    "choice-no-label": (
        "De keuze {name} heeft geen label in de taal {language}.",
        "The choice {name} has no label in the language {language}.",
    ),
    "unknown-policy": (
        "{name} is geen manier van samenvoegen. Kies uit: {known}.",
        "{name} is not a merge policy. Choose from: {known}.",
    ),
    "policy-misfit": (
        "De manier van samenvoegen {name} past niet bij deze soort vraag.",
        "The merge policy {name} does not fit this kind of question.",
    ),
    "computed-place": (
        "{name} kan geen berekend veld zijn: dat staat bovenaan (/naam) of in een herhaalde groep (/groep/*/naam).",
        "{name} cannot be a computed field: that stands at the top (/name) or in a repeating group (/group/*/name).",
    ),
    "check-no-place": (
        "Deze controle hoort bij {name}, maar dat is geen vraag, groep of berekend veld.",
        "This check belongs to {name}, but that is no question, group or computed field.",
    ),
    "expression-circle": (
        "Deze uitdrukkingen hangen in een kring van elkaar af. Haal er een weg: {names}.",
        "These expressions depend on each other in a circle. Remove one: {names}.",
    ),
    "may-be-hidden": (
        "{name} kan verborgen zijn en is dan leeg. Zeg wat er dan geldt: coalesce({name}, …), of {condition} and …",
        "{name} may be hidden and is empty then. Say what holds then: coalesce({name}, …), or {condition} and …",
    ),
    "trees-differ": (
        "De boom van {name} is niet die van de tekst. Publiceer het formulier opnieuw.",
        "The tree of {name} is not that of its text. Publish the form again.",
    ),
}
