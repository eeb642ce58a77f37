"""What is said of the lists of a municipality, to those who keep them (SPEC.md section 11.2)."""

from typing import Final

LISTS: Final[dict[str, tuple[str, str]]] = {
    "list-too-large": (
        "De lijst is te groot: {size} bytes, hoogstens {limit}.",
        "The list is too large: {size} bytes, at most {limit}.",
    ),
    "list-misshapen": (
        "Dit heeft niet de vorm van een lijst die SPEC.md hoofdstuk 11.2 noemt.",
        "This does not have the shape of a list that SPEC.md section 11.2 gives.",
    ),
    "list-untidy": (
        "Hier staan spaties of regeleinden te veel. Haal ze weg.",
        "There are too many spaces or line ends here. Remove them.",
    ),
    "list-no-label-column": (
        "De tabel heeft geen kolom met namen. Zet boven die kolom label of naam.",
        "The table has no column of labels. Write label above that column.",
    ),
    "list-bad-column": (
        "De kolom {name} is niet gelezen: de naam begint met een letter, komt één keer voor, en er zijn hoogstens "
        "{limit} kolommen met kenmerken.",
        "The column {name} was not read: its name begins with a letter, stands once, and there are at most {limit} "
        "columns of attributes.",
    ),
    "list-empty-label": (
        "Deze rij heeft geen Nederlandse naam en is niet overgenomen. Vul de naam in.",
        "This row has no Dutch label and was not taken over. Fill in the label.",
    ),
    "list-label-too-long": (
        "Een tekst in deze rij is langer dan {limit} tekens; de rij is niet overgenomen. Maak hem korter.",
        "A text in this row is longer than {limit} characters; the row was not taken over. Make it shorter.",
    ),
    "list-bad-code": (
        "De code in deze rij kan niet; de rij is niet overgenomen. Gebruik letters, cijfers, punt, streepje en _, "
        "hoogstens 63, of laat de code leeg.",
        "The code in this row cannot be used; the row was not taken over. Use letters, digits, point, hyphen and _, "
        "at most 63, or leave the code empty.",
    ),
    "list-code-twice": (
        "De code {given} staat al eerder in de lijst; deze rij is niet overgenomen. Geef haar een eigen code.",
        "The code {given} stands earlier in the list; this row was not taken over. Give it a code of its own.",
    ),
    "list-code-reused": (
        "De code {given} hoorde bij {label} en is vervallen; deze rij is niet overgenomen. Geef haar een eigen code.",
        "The code {given} belonged to {label} and is retired; this row was not taken over. Give it a code of its own.",
    ),
    "list-code-kept": (
        "Dit stond al in de lijst met de code {kept}. Die blijft, want antwoorden gebruiken hem; {given} niet.",
        "This stood in the list with the code {kept} already. It stays, for answers use it; {given} is not taken.",
    ),
    "list-retired-unclear": (
        "In de kolom vervallen staat iets anders dan ja of nee. Er is niets aan veranderd.",
        "The column retired says something else than yes or no. Nothing was changed by it.",
    ),
    "list-too-many": (
        "De lijst zou {count} regels hebben, vervallen regels meegeteld; hoogstens {limit}.",
        "The list would have {count} items, retired ones too; at most {limit}.",
    ),
    "list-many-retired": (
        "{count} van de {total} regels zouden vervallen. Kijk of dit het goede bestand is.",
        "{count} of the {total} items would be retired. See whether this is the right file.",
    ),
    "list-incomplete": (
        "Het bestand is niet helemaal gelezen, dus is niet bekend wat er niet meer in staat. Er is niets veranderd.",
        "The file was not read to its end, so nobody knows what is no longer in it. Nothing was changed.",
    ),
}
