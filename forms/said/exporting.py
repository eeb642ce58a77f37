"""What is said of a form that is written for other programs, to those who export it (exporting/SPEC.md)."""

from typing import Final

EXPORTING: Final[dict[str, tuple[str, str]]] = {
    "export-no-xpath": (
        "{column} is niet te schrijven. {why}. Alleen dit systeem leest het terug.",
        "{column} cannot be written. {why}. Only this system reads it back.",
    ),
    "export-warning-left": (
        "Een waarschuwing ({level}) bestaat daar niet, alleen een verbod. Alleen dit systeem leest haar terug.",
        "There is no warning ({level}) there, only a refusal. The check goes along for this system only.",
    ),
    "export-check-place": (
        "Een controle bij een groep of berekend veld bestaat daar niet. Zij gaat alleen mee voor dit systeem.",
        "There is no check of a group or computed field there. It goes along for this system only.",
    ),
    "export-boolean": (
        "Ja of nee is daar een keuze uit twee, met de codes true en false.",
        "Yes or no is a choice of two there, with the codes true and false.",
    ),
    "export-own-member": (
        "{names} heeft daar geen betekenis en gaat alleen mee voor dit systeem.",
        "{names} means nothing there and goes along for this system only.",
    ),
    "export-local-only": (
        "Dit antwoord blijft hier op het toestel. Daar wordt het wel verstuurd: haal de vraag weg voor gebruik elders.",
        "This answer stays on the device here. There it is sent: remove the question before others use the form.",
    ),
    "export-renamed": (
        "De naam {name} staat in meer dan een groep; in de werkmap heet het {to}.",
        "The name {name} stands in more than one group; in the workbook it is called {to}.",
    ),
    "export-code-spaces": (
        "Codes met spaties kunnen daar niet; er staat nu _ voor in de plaats.",
        "Codes with spaces are not possible there; _ stands in their place.",
    ),
    "export-list-beside": (
        "De keuzes komen uit de lijst {name}. Zet {name}.csv (met kolommen name en label) bij het formulier.",
        "The choices come from the list {name}. Put {name}.csv (with columns name and label) beside the form.",
    ),
    "export-cell-too-long": (
        "Wat alleen dit systeem leest past niet in een cel en is weggelaten.",
        "What only this system reads does not fit in a cell and was left out.",
    ),
}
