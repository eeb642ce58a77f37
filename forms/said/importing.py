"""What is said of forms that come from elsewhere, to those who import them (importing/SPEC.md)."""

from typing import Final

IMPORTING: Final[dict[str, tuple[str, str]]] = {
    # --- the file and its sheets ---
    "import-no-survey": (
        "Het bestand heeft geen blad 'survey' met kolommen 'type' en 'name'. Is dit een XLSForm?",
        "The file has no sheet 'survey' with columns 'type' and 'name'. Is this an XLSForm?",
    ),
    "import-no-questions": (
        "Van geen enkele regel kon een vraag worden gemaakt, dus er is geen formulier. De regels zeggen waarom.",
        "No question could be made of any row, so there is no form. The rows say why.",
    ),
    "import-too-many-rows": (
        "Het blad survey heeft {count} regels; hoogstens {limit} worden gelezen. Splits het formulier.",
        "The sheet survey has {count} rows; at most {limit} are read. Split the form.",
    ),
    "import-sheet-read-as": (
        "Het blad {name} is gelezen als {meant}.",
        "The sheet {name} was read as {meant}.",
    ),
    "import-sheet-left": (
        "Het blad {name} hoort niet bij een XLSForm en is niet gelezen.",
        "The sheet {name} is not part of an XLSForm and was not read.",
    ),
    "import-unknown-column": (
        "De kolom {name} is onbekend; wat erin staat is niet overgenomen.",
        "The column {name} is unknown; what stands in it was not carried over.",
    ),
    "import-column-twice": (
        "De kolom {name} staat er twee keer; de eerste gevulde cel geldt.",
        "The column {name} stands here twice; the first filled cell counts.",
    ),
    "import-column-no-name": (
        "Er staan cellen in een kolom zonder naam; die zijn niet overgenomen.",
        "There are cells in a column without a name; they were not carried over.",
    ),
    "import-unknown-language": (
        "De taal van kolom {name} is niet te herkennen. Schrijf bijvoorbeeld label::Nederlands (nl).",
        "The language of column {name} cannot be recognised. Write for example label::English (en).",
    ),
    "import-language-assumed": (
        "De woorden staan in geen genoemde taal; ze zijn als Nederlands overgenomen. Vertaal ze waar dat niet klopt.",
        "The words name no language; they were carried over as Dutch. Translate them where that is not so.",
    ),
    "import-no-dutch": (
        "{count} teksten hebben geen Nederlands en staan in de taal {language} ook onder nl. Vertaal ze.",
        "{count} texts have no Dutch, and stand under nl too in the language {language}. Translate them.",
    ),
    # --- rows ---
    "import-no-type": ("Deze regel heeft geen type.", "This row has no type."),
    "import-unknown-type": ("Het type {name} bestaat niet.", "There is no type {name}."),
    "import-type-left": ("{name} kan niet mee: {why}.", "{name} is not possible: {why}."),
    "import-type-changed": ("{name} is veranderd: {why}.", "{name} was changed: {why}."),
    "import-inside-left": (
        "Dit staat in {name}, dat niet mee kan.",
        "This stands in {name}, which is not possible.",
    ),
    "import-disabled": ("Deze regel is uitgezet (disabled).", "This row is switched off (disabled)."),
    "import-not-closed": (
        "{name} wordt niet gesloten; het houdt op aan het eind van het blad.",
        "{name} is not closed; it ends at the end of the sheet.",
    ),
    "import-end-alone": (
        "Hier houdt iets op dat niet begonnen was.",
        "Something ends here that had not begun.",
    ),
    "import-empty-group": ("Er staat geen vraag in.", "There is no question in it."),
    "import-no-name": (
        "Deze regel heeft geen naam; hier heet de vraag {to}.",
        "This row has no name; here the question is called {to}.",
    ),
    "import-renamed": (
        "De naam {name} kan hier niet, of bestaat al; hier heet het {to}, ook in de voorwaarden.",
        "The name {name} cannot be used here, or is taken; here it is called {to}, in conditions too.",
    ),
    "import-no-label": (
        "Er is geen label; de naam staat er nu.",
        "There is no label; the name stands there now.",
    ),
    "import-words-answers": (
        "Een label kan geen antwoorden tonen; waar een antwoord stond, staat nu de naam ervan tussen haken.",
        "A label cannot show answers; where an answer stood, its name now stands in brackets.",
    ),
    "import-words-markup": (
        "De opmaak (HTML) in de woorden is weggelaten.",
        "The markup (HTML) in the words was left out.",
    ),
    "import-column-left": ("{column} kan niet mee: {why}.", "{column} is not possible: {why}."),
    "import-setting-left": (
        "De instelling {column} heeft hier geen betekenis en is niet overgenomen.",
        "The setting {column} means nothing here and was not carried over.",
    ),
    "import-own-column": (
        "{column}: {value} past hier niet; de gewone waarde is genomen.",
        "{column}: {value} does not fit here; the usual value was taken.",
    ),
    "import-message-as-hint": (
        "De melding bij de voorwaarde staat nu als uitleg bij de vraag; het schema zegt zelf wat er fout is.",
        "The message of the constraint is now the hint of the question; the schema says itself what is wrong.",
    ),
    # --- expressions ---
    "import-expression-left": (
        "{column} is niet overgenomen, dus deze voorwaarde ontbreekt: {why}.",
        "{column} was not carried over, so this condition is missing: {why}.",
    ),
    "import-pattern-rewritten": (
        "Het patroon staat er zoals elk apparaat het gelijk leest: {pattern}",
        "The pattern stands there as every device reads it alike: {pattern}",
    ),
    "import-calculation-left": (
        "De berekening is niet overgenomen, dus dit veld ontbreekt: {why}.",
        "The calculation was not carried over, so this field is missing: {why}.",
    ),
    "import-expression-near": ("{column}: {why}.", "{column}: {why}."),
    "import-guarded": (
        "{column}: {names} kan verborgen zijn en telt dan als leeg, zoals in XLSForm; dat staat er nu bij.",
        "{column}: {names} may be hidden and then counts as empty, as in XLSForm; that is now said there.",
    ),
    # --- choices ---
    "import-list-unknown": (
        "Er is geen keuzelijst {name} op het blad choices.",
        "There is no list of choices {name} on the sheet choices.",
    ),
    "import-list-unused": ("Geen vraag gebruikt de keuzelijst {name}.", "No question uses the list of choices {name}."),
    "import-list-no-name": (
        "Deze keuze hoort bij geen lijst of heeft geen code.",
        "This choice belongs to no list or has no code.",
    ),
    "import-code-twice": (
        "De code {name} staat twee keer in deze lijst; de eerste telt.",
        "The code {name} stands twice in this list; the first counts.",
    ),
    "import-list-elsewhere": (
        "Keuzes uit een bestand worden een lijst van de gemeente: maak de lijst {name}.",
        "Choices from a file become a list of the municipality: make the list {name}.",
    ),
    "import-filter-check": (
        "Alle keuzes worden aangeboden; een controle zegt het als een keuze niet bij {why} past.",
        "All choices are offered; a check says so if a choice does not fit {why}.",
    ),
    "import-filter-left": (
        "Alle keuzes worden aangeboden: het filter is niet overgenomen: {why}.",
        "All choices are offered: the filter was not carried over: {why}.",
    ),
    # --- what is still to be done ---
    "todo-purpose": (
        "Schrijf waarvoor het formulier is (purpose). Zonder doel kan het niet worden gepubliceerd.",
        "Write what the form is for (purpose). Without a purpose it cannot be published.",
    ),
    "todo-legal-basis": (
        "Noem het wetsartikel dat dit toestaat (legal_basis). Formulieren van elders hebben daar geen plaats voor.",
        "Name the article of law that allows it (legal_basis). Forms from elsewhere have no place for it.",
    ),
    "todo-retention": (
        "Zeg hoe lang de antwoorden worden bewaard, en vanaf wanneer (retention).",
        "Say how long answers are kept, and from when (retention).",
    ),
    "todo-sensitivity": (
        "Bepaal de klasse (S0-S4) van {count} vragen; nu S2 voor tekst, beeld, geluid en plaats, S1 voor de rest.",
        "Decide the class (S0-S4) of {count} questions; now S2 for texts, images, sound and places, S1 for the rest.",
    ),
    "todo-subject": (
        "Zeg bij elke foto en opname wat erop staat: een ding, een document of een mens (subject).",
        "Say of every photo and recording what is on it: an object, a document or a person (subject).",
    ),
    "todo-list": (
        "Maak de lijst {name} van de gemeente; het formulier neemt er keuzes uit.",
        "Make the municipality's list {name}; the form takes choices from it.",
    ),
    "pyxform-refuses": (
        "pyxform weigert dit formulier: {words}",
        "pyxform refuses this form: {words}",
    ),
    "pyxform-warns": ("pyxform waarschuwt: {words}", "pyxform warns: {words}"),
}
