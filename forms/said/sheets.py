"""What is said of files with tables, to those who bring them in (SPEC.md section 11)."""

from typing import Final

SHEETS: Final[dict[str, tuple[str, str]]] = {
    "sheet-empty-file": (
        "Het bestand is leeg. Kies het goede bestand.",
        "The file is empty. Choose the right file.",
    ),
    "sheet-file-too-large": (
        "Het bestand is te groot: {size} bytes, hoogstens {limit}. Haal afbeeldingen en andere bladen eruit.",
        "The file is too large: {size} bytes, at most {limit}. Remove pictures and other sheets from it.",
    ),
    "sheet-bomb": (
        "Het bestand zegt uitgepakt {size} bytes te zijn; hoogstens {limit}, en niet honderden keren zoveel als nu. "
        "Het is niet geopend.",
        "The file claims to unpack to {size} bytes; at most {limit}, and not hundreds of times what it is now. "
        "It was not opened.",
    ),
    "sheet-damaged": (
        "Het bestand is beschadigd of niet volledig. Open het in een rekenprogramma en sla het opnieuw op als .xlsx.",
        "The file is damaged or incomplete. Open it in a spreadsheet program and save it again as .xlsx.",
    ),
    "sheet-encrypted": (
        "Het bestand heeft een wachtwoord. Sla het op zonder wachtwoord en probeer het opnieuw.",
        "The file has a password. Save it without a password and try again.",
    ),
    "sheet-entities": (
        "Het bestand bevat verwijzingen die in een werkmap niet horen. Het is niet verder gelezen.",
        "The file holds references that do not belong in a workbook. It was not read further.",
    ),
    "sheet-other-kind": (
        "Dit is geen werkmap en geen tekst met scheidingstekens, maar {kind}. Sla het op als .xlsx of .csv.",
        "This is no workbook and no delimited text, but {kind}. Save it as .xlsx or .csv.",
    ),
    "sheet-no-table": (
        "Dit bestand bevat geen tabel die gelezen kan worden. Sla het op als .xlsx of .csv.",
        "This file holds no table that can be read. Save it as .xlsx or .csv.",
    ),
    "sheet-named-otherwise": (
        "De naam van het bestand zegt {promised}, maar het is {kind}. Het is gelezen als {kind}.",
        "The name of the file says {promised}, but it is {kind}. It was read as {kind}.",
    ),
    "sheet-texts-too-large": (
        "De werkmap bevat te veel tekst. Haal bladen weg die er niet bij horen.",
        "The workbook holds too much text. Remove sheets that do not belong to it.",
    ),
    "sheet-too-many": (
        "De werkmap heeft {count} bladen; de eerste {limit} zijn gelezen.",
        "The workbook has {count} sheets; the first {limit} were read.",
    ),
    "sheet-too-long": (
        "Dit blad is gelezen tot en met rij {row}: hoogstens {limit} rijen, en {cells} cellen in het bestand.",
        "This sheet was read up to row {row}: at most {limit} rows, and {cells} cells in the file.",
    ),
    "sheet-too-large": (
        "Dit blad is gelezen tot en met rij {row}: daarna werd het bestand te groot. Splits het op.",
        "This sheet was read up to row {row}: after it the file became too large. Split it.",
    ),
    "sheet-too-wide": (
        "Hier begint wat buiten de eerste 300 kolommen staat (in {count} rijen). Dat is niet gelezen.",
        "Here begins what stands outside the first 300 columns (in {count} rows). It was not read.",
    ),
    "sheet-empty-rows": (
        "Na rij {row} komen meer dan {limit} lege rijen. Wat eronder staat is niet gelezen.",
        "After row {row} there are more than {limit} empty rows. What stands below was not read.",
    ),
    "sheet-broken-off": (
        "Dit blad is na rij {row} beschadigd; gelezen is wat ervoor staat. Sla het bestand opnieuw op.",
        "This sheet is damaged after row {row}; what stands before was read. Save the file again.",
    ),
    "sheet-cell-too-long": (
        "De tekst in deze cel (en samen in {count} cellen) is te lang en is afgekapt.",
        "The text in this cell (and in {count} cells together) is too long and was cut off.",
    ),
    "sheet-formula-empty": (
        "Deze cel heeft een formule zonder uitkomst (samen {count} cellen); gelezen is een lege cel. Open het bestand "
        "in een rekenprogramma en sla het op, dan staan de uitkomsten erin.",
        "This cell has a formula without a result ({count} cells together); it was read as empty. Open the file in a "
        "spreadsheet program and save it: then it holds the results.",
    ),
    "sheet-formula-text": (
        "Deze cel begint als een formule (samen {count} cellen). Ze is gelezen als tekst; er is niets uitgerekend.",
        "This cell begins as a formula ({count} cells together). It was read as plain text, nothing was worked out.",
    ),
    "sheet-error-cell": (
        "Deze cel geeft een fout, zoals #N/A (samen {count} cellen); gelezen is een lege cel.",
        "This cell shows an error, such as #N/A ({count} cells together); it was read as empty.",
    ),
    "sheet-macros": (
        "Het bestand bevat macro's. Ze zijn niet gelezen en niet uitgevoerd.",
        "The file holds macros. They were neither read nor run.",
    ),
    "sheet-external-links": (
        "Het bestand verwijst naar andere bestanden. Die zijn niet geopend; gelezen is wat er het laatst stond.",
        "The file refers to other files. They were not opened; what last stood here was read.",
    ),
    "sheet-encoding-assumed": (
        "Het bestand is geen UTF-8. Het is gelezen als {encoding}; kijk of letters als ë en é kloppen.",
        "The file is not UTF-8. It was read as {encoding}; see whether letters such as ë and é are right.",
    ),
    "sheet-bytes-wrong": (
        "Sommige tekens konden niet als {encoding} worden gelezen; daar staat nu �. Sla het bestand op als UTF-8.",
        "Some signs could not be read as {encoding}; � stands there now. Save the file as UTF-8.",
    ),
    "sheet-quote": (
        'Op regel {row} van de tabel staat een aanhalingsteken (") dat niet klopt. Kijk of de cellen kloppen.',
        'In line {row} of the table a quotation mark (") is wrong. See whether the cells were divided well.',
    ),
}
