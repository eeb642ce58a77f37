"""What is said of a JSON Schema that becomes a form, to those who import it (importing/SPEC.md section 6)."""

from typing import Final

JSON_SCHEMA: Final[dict[str, tuple[str, str]]] = {
    "json-file-too-large": (
        "Het bestand is te groot: {size} bytes, hoogstens {limit}.",
        "The file is too large: {size} bytes, at most {limit}.",
    ),
    "json-not-json": (
        "Het bestand is geen JSON: fout op regel {line}, kolom {column}.",
        "The file is not JSON: fault on line {line}, column {column}.",
    ),
    "json-nested": (
        "In het bestand staan meer dan {limit} haken in elkaar. Maak het vlakker.",
        "The file has more than {limit} brackets inside each other. Make it flatter.",
    ),
    "json-no-schema": (
        "Dit is geen JSON Schema van een object met properties. Kies het schema zelf, of {{schema, uiSchema}}.",
        "This is no JSON Schema of an object with properties. Choose the schema itself, or {{schema, uiSchema}}.",
    ),
    "json-no-questions": (
        "Van geen enkele eigenschap kon een vraag worden gemaakt. De regels zeggen waarom.",
        "No question could be made of any property. The rows say why.",
    ),
    "json-too-large": (
        "Het schema heeft, met alles waar het naar verwijst, meer dan {limit} onderdelen. De rest is niet gelezen.",
        "The schema has, with all it refers to, more than {limit} parts. The rest was not read.",
    ),
    "json-too-deep": (
        "Dit staat dieper dan {limit} groepen in elkaar. Zet het hoger.",
        "This stands deeper than {limit} groups inside each other. Put it higher.",
    ),
    "json-no-kind": (
        "Het schema zegt niet wat voor antwoord dit is. Voeg type toe.",
        "The schema does not say what kind of answer this is. Add type.",
    ),
    "json-kind-assumed": (
        "Er staat geen type; uit de andere woorden is {name} opgemaakt.",
        "There is no type; {name} was told from the other keywords.",
    ),
    "json-kinds": (
        "Een vraag heeft één soort antwoord; hier staat {names}.",
        "A question has one kind of answer; here stands {names}.",
    ),
    "json-remote-ref": (
        "Dit verwijst naar een ander bestand. Dat wordt niet opgehaald; neem over wat daar staat.",
        "This refers to another file. It is not fetched; copy what stands there.",
    ),
    "json-broken-ref": ("De verwijzing {name} wijst naar niets.", "The reference {name} points at nothing."),
    "json-circular": (
        "Deze verwijzing loopt in een kring: de vraag zou zichzelf bevatten.",
        "This reference goes in a circle: the question would contain itself.",
    ),
    "json-all-of": (
        "De delen van allOf zeggen iets verschillends over {name}. Maak er één van.",
        "The parts of allOf say different things of {name}. Make one of them.",
    ),
    "json-alternatives": (
        "{name} geeft antwoorden van verschillende vorm. Maak er aparte vragen van, en zeg met show_if wanneer elk "
        "gesteld wordt.",
        "{name} gives answers of different shapes. Make separate questions, and say by show_if when each is asked.",
    ),
    "json-const": ("Een vaste waarde is geen vraag.", "A fixed value is no question."),
    "json-condition": (
        "{name} is niet overgenomen. Zeg met show_if wanneer een vraag gesteld wordt, en met checks wat moet kloppen.",
        "{name} was not carried over. Say by show_if when a question is asked, and by checks what must hold.",
    ),
    "json-rule-left": (
        "De regel die dit toont of verbergt is niet overgenomen. Schrijf haar als show_if.",
        "The rule that shows or hides this was not carried over. Write it as show_if.",
    ),
    "json-open-object": (
        "Een object met vrije namen is geen vraag. Maak er een herhaalde groep met een naam en een waarde van.",
        "An object with free names is no question. Make it a repeating group with a name and a value.",
    ),
    "json-empty-group": ("Er is geen vraag in over.", "No question is left in it."),
    "json-list": (
        "Een lijst zonder vaste keuzes is geen vraag.",
        "A list without fixed choices is no question.",
    ),
    "json-list-of-values": (
        "Een lijst van losse waarden is hier een herhaalde groep met één vraag.",
        "A list of plain values is a repeating group with one question here.",
    ),
    "json-list-in-list": (
        "In een herhaalde groep kan geen andere staan. Maak er een eigen groep van.",
        "A repeating group cannot hold another. Make a group of its own.",
    ),
    "json-flattened": (
        "In een herhaalde groep staan vragen direct in het item; de naam van de groep staat er nu voor.",
        "In a repeating group questions stand directly in the item; the name of the group stands before theirs now.",
    ),
    "json-choices": (
        "De keuzes zijn geen lijst van 1 tot {limit} korte waarden. Gebruik een lijst van de gemeente.",
        "The choices are no list of 1 to {limit} short values. Use a list of the municipality.",
    ),
    "json-codes-text": (
        "De keuzes zijn geen tekst; hier zijn hun waarden codes in tekst.",
        "The choices are no texts; here their values are codes in text.",
    ),
    "json-moment": (
        "Een tijdstip wordt als dag gevraagd. Elke bijdrage draagt haar tijd al.",
        "A moment is asked as a day. Every entry carries its time already.",
    ),
    "json-format-left": (
        "Het formaat {name} wordt niet gecontroleerd; gevraagd wordt tekst.",
        "The format {name} is not checked; text is asked.",
    ),
    "json-pattern-left": (
        "Het patroon is niet overgenomen: het is ongeldig, of niet elk apparaat leest het gelijk.",
        "The pattern was not carried over: it is invalid, or not every device reads it alike.",
    ),
    "json-keyword-left": ("{name} is niet overgenomen.", "{name} was not carried over."),
    "json-default-left": (
        "De beginwaarde is niet overgenomen: een antwoord dat niemand gaf staat er niet.",
        "The default was not carried over: an answer that nobody gave does not stand there.",
    ),
    "json-renamed": (
        "De naam {name} kan hier niet, of bestaat al; hier heet het {to}.",
        "The name {name} cannot be used here, or is taken; here it is called {to}.",
    ),
    "json-no-dutch": (
        "De woorden staan in de taal {language} ook onder nl. Vertaal ze.",
        "The words stand under nl too in the language {language}. Translate them.",
    ),
}
