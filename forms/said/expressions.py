"""What is said of an expression, at one of its words (SPEC.md section 9.8)."""

from typing import Final

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
