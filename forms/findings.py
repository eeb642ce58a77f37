"""Every fault that data can have, with the words for it in Dutch and English (SPEC.md section 8).

One catalogue, so that a code means the same wherever it is listed. The sentences are ours and speak to a
worker or to the maker of a form; they never repeat an answer, because findings travel further than answers.
"""

from typing import Any, Final

import msgspec


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """One fault: a stable code, where it is, and what to do about it in both languages.

    A fault in an expression says at which words it is (`start` to `end`, counted in characters of its text),
    and what was probably meant.
    """

    code: str
    path: str
    nl: str
    en: str
    start: int | None = None
    end: int | None = None
    suggestion: str | None = None


ANSWERS: Final[dict[str, tuple[str, str]]] = {  # for workers
    "missing": ("Vul deze vraag nog in.", "Please answer this question."),
    "wrong-kind": (
        "Dit antwoord past niet bij de vraag. Vul het opnieuw in.",
        "This answer does not fit the question. Please enter it again.",
    ),
    "unknown-choice": (
        "Deze keuze staat niet in de lijst. Kies opnieuw.",
        "This choice is not in the list. Please choose again.",
    ),
    "not-a-date": (
        "Dit is geen bestaande datum. Schrijf jaar-maand-dag.",
        "This is not an existing date. Write year-month-day.",
    ),
    "wrong-pattern": (
        "Dit is niet goed geschreven. Kijk naar het voorbeeld bij de vraag.",
        "This is not written as asked. Look at the example with the question.",
    ),
    "too-short": (
        "Deze tekst is te kort: minstens {limit} tekens.",
        "This text is too short: at least {limit} characters.",
    ),
    "too-long": (
        "Deze tekst is te lang: hoogstens {limit} tekens.",
        "This text is too long: at most {limit} characters.",
    ),
    "too-low": ("Dit getal is te laag: minstens {limit}.", "This number is too low: at least {limit}."),
    "too-high": ("Dit getal is te hoog: hoogstens {limit}.", "This number is too high: at most {limit}."),
    "not-above": ("Dit getal moet hoger zijn dan {limit}.", "This number must be above {limit}."),
    "not-below": ("Dit getal moet lager zijn dan {limit}.", "This number must be below {limit}."),
    "wrong-step": (
        "Dit getal moet een veelvoud zijn van {limit}.",
        "This number must be a multiple of {limit}.",
    ),
    "too-few": ("Dit zijn er te weinig: minstens {limit}.", "These are too few: at least {limit}."),
    "too-many": ("Dit zijn er te veel: hoogstens {limit}.", "These are too many: at most {limit}."),
    "chosen-twice": (
        "Hetzelfde staat er twee keer. Haal er een weg.",
        "The same stands here twice. Remove one of them.",
    ),
    "no-such-question": (
        "Deze vraag staat niet in dit formulier. Het antwoord blijft bewaard.",
        "This question is not in this form. The answer is kept.",
    ),
    "not-an-answer": (
        "Dit antwoord kan niet worden gelezen. Werk de app bij en vul het opnieuw in.",
        "This answer cannot be read. Update the app and enter it again.",
    ),
    "bad-path": (
        "Dit antwoord hoort bij een vraag die niet kan bestaan. Werk de app bij.",
        "This answer belongs to a question that cannot exist. Update the app.",
    ),
}

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

EXPRESSIONS: Final[dict[str, tuple[str, str]]] = {  # for makers of forms, at a word of an expression
    "expression-empty": ("Hier staat geen uitdrukking. Schrijf er een.", "Here is no expression. Write one."),
    "expression-too-long": (
        "Deze uitdrukking heeft {length} tekens, hoogstens {limit}. Splits haar in berekende velden.",
        "This expression has {length} characters, at most {limit}. Split it into computed fields.",
    ),
    "expression-too-deep": (
        "Hier staat te veel in elkaar: hoogstens {limit} diep. Splits de uitdrukking in berekende velden.",
        "Too much stands inside each other here: at most {limit} deep. Split the expression into computed fields.",
    ),
    "expression-too-large": (
        "Deze uitdrukking heeft meer dan {limit} delen. Splits haar in berekende velden.",
        "This expression has more than {limit} parts. Split it into computed fields.",
    ),
    "item-nesting": (
        "Per item over items kan hoogstens {limit} keer in elkaar. Bereken eerst een veld per item.",
        "Working per item fits inside itself at most {limit} times. Compute a field per item first.",
    ),
    "unknown-sign": (
        "Het teken {word} hoort niet bij deze taal. Haal het weg, of zet tekst tussen aanhalingstekens.",
        "The sign {word} is not in this language. Remove it, or put text between quotes.",
    ),
    "wrong-sign": ("Het teken {word} bestaat hier niet.", "There is no sign {word} here."),
    "bad-number": (
        "{word} is geen getal. Schrijf cijfers, en een punt voor decimalen: 2.5.",
        "{word} is not a number. Write digits, and a point before decimals: 2.5.",
    ),
    "bad-escape": (
        "{word} heeft geen betekenis in een tekst. Schrijf \\\\ voor een backslash.",
        "{word} means nothing in a text. Write \\\\ for a backslash.",
    ),
    "text-not-closed": (
        "Deze tekst houdt niet op. Zet er {sign} achter.",
        "This text does not end. Put {sign} behind it.",
    ),
    "not-closed": (
        "Het haakje {word} wordt niet gesloten. Zet er verderop {sign} bij.",
        "The bracket {word} is not closed. Add {sign} further on.",
    ),
    "no-value": (
        "Hier ontbreekt een waarde: een naam, een getal, of een tekst tussen aanhalingstekens.",
        "A value is missing here: a name, a number, or a text between quotes.",
    ),
    "left-over": (
        "{word} past hier niet. Misschien ontbreekt ervoor een teken, een komma, of and of or.",
        "{word} does not fit here. Perhaps a sign, a comma, or and or or is missing before it.",
    ),
    "chained-comparison": (
        "Vergelijk er twee tegelijk: schrijf a < b and b < c. Haal {word} hier weg.",
        "Compare two at a time: write a < b and b < c. Remove {word} here.",
    ),
    "needs-brackets": (
        "Zet haakjes om wat met {word} begint.",
        "Put brackets around what begins with {word}.",
    ),
    "unknown-function": ("Er is geen functie {name}.", "There is no function {name}."),
    "unknown-name": (
        "Het formulier heeft geen vraag, groep of berekend veld {name}.",
        "The form has no question, group or computed field {name}.",
    ),
    "ambiguous-name": (
        "{name} kan meer dan een veld zijn. Schrijf het hele pad: {known}.",
        "{name} can be more than one field. Write the whole path: {known}.",
    ),
    "in-a-group": (
        "{name} staat in een herhaalde groep en heeft een waarde per item. Schrijf bijvoorbeeld map({group}, {name}).",
        "{name} stands in a repeating group and has a value per item. Write for example map({group}, {name}).",
    ),
    "unknown-code": (
        "De keuze {choice} bestaat hier niet. Kies uit: {known}.",
        "There is no choice {choice} here. Choose from: {known}.",
    ),
    "never-equal": (
        "Deze twee hebben geen enkele keuze gemeen en zijn dus nooit gelijk.",
        "These two have no choice in common, so they are never equal.",
    ),
    "unlike-kinds": (
        "Hier staan {left} en {right} naast elkaar; die zijn niet te vergelijken. Gebruik twee keer dezelfde soort.",
        "{left} and {right} stand side by side here; they cannot be compared. Use the same kind twice.",
    ),
    "bad-date": (
        "{word} is geen bestaande datum. Schrijf jaar-maand-dag, zoals 2026-03-01.",
        "{word} is not an existing date. Write year-month-day, such as 2026-03-01.",
    ),
    "wrong-arguments": (
        "{name} wil tussen de haakjes {wanted} waarden; hier staan er {given}.",
        "{name} wants {wanted} values between its brackets; here are {given}.",
    ),
    "wrong-argument-kind": (
        "{name} wil hier {wanted}; dit is {given}.",
        "{name} wants {wanted} here; this is {given}.",
    ),
    "wrong-result": (
        "Deze uitdrukking moet {wanted} geven, maar geeft {given}.",
        "This expression must give {wanted}, but gives {given}.",
    ),
    "bad-tree": (
        "Dit is geen boom die hoofdstuk 9.2 noemt. Publiceer het formulier opnieuw.",
        "This is no tree that section 9.2 gives. Publish the form again.",
    ),
}

CATALOGUE: Final = {**ANSWERS, **FORMS, **EXPRESSIONS}


def finding(
    code: str,
    path: str,
    *,
    start: int | None = None,
    end: int | None = None,
    suggestion: str | None = None,
    **facts: Any,
) -> Finding:
    """The finding of this code, its sentences filled in; a suggestion is said after them.

    A fact that has words of its own is a pair, Dutch and English.
    """
    dutch, english = (
        sentence.format(**{name: fact[place] if isinstance(fact, tuple) else fact for name, fact in facts.items()})
        for place, sentence in enumerate(CATALOGUE[code])
    )
    if suggestion is not None:
        dutch, english = f"{dutch} Bedoelt u {suggestion}?", f"{english} Did you mean {suggestion}?"
    return Finding(code, path, dutch, english, start, end, suggestion)
