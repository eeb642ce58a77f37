"""The workbook of the story: a visit in which two workers can differ in each of six ways, and what it cannot say."""

import json
from typing import Any, Final

SLUG: Final = "wijkbezoek"
TITLE: Final = "Wijkbezoek"
BOOK: Final = """
| survey |
|        | type             | name     | label::Nederlands (nl)  | label::English (en)  | appearance | constraint | constraint_message::Nederlands (nl) | constraint_message::English (en) |
|        | text             | case_ref | Dossiercode             | Case code            |            | | | |
|        | select_one deur  | toegang  | Mocht u binnenkomen?    | Did you get in?      |            | | | |
|        | text             | feiten   | Wat zag en hoorde u?    | What you saw, heard  | multiline  | | | |
|        | select_one zorg  | zorg     | Zorg over veiligheid?   | Safety worry?        |            | | | |
|        | select_one jaren | leeftijd | Leeftijd                | Age                  |            | | | |
|        | select_one soort | soort    | Soort traject           | Kind of track        |            | ${leeftijd} != 'jong' or . = 'stage' | Onder de 16 alleen een stage. | Under 16 an internship only. |
|        | date             | geboren  | Geboortedatum           | Date of birth        |            | | | |
|        | begin repeat     | kind     | Kinderen                | Children             |            | | | |
|        | text             | kind_ref | Kindcode                | Child code           |            | | | |
|        | end repeat       |          |                         |                      |            | | | |
|        | geoshape         | vlak     | Vlak                    | Area                 |            | | | |
| choices |
|         | list_name | name    | label::Nederlands (nl)     | label::English (en)  |
|         | deur      | binnen  | Ja, ik was binnen          | Yes, inside          |
|         | deur      | deur    | Alleen aan de deur         | At the door only     |
|         | zorg      | ja      | Ja                         | Yes                  |
|         | zorg      | twijfel | Twijfel                    | In doubt             |
|         | zorg      | geen    | Nee                        | No                   |
|         | jaren     | jong    | 14 of 15                   | 14 or 15             |
|         | jaren     | ouder   | 16 of 17                   | 16 or 17             |
|         | soort     | stage   | Stage                      | Internship           |
|         | soort     | werk    | Betaald werk               | Paid work            |
| settings |
|          | form_title  | form_id    |
|          | Wijkbezoek  | wijkbezoek |
"""  # noqa: E501 (a table stays a table)
PURPOSE: Final = {
    "form": SLUG, "title-nl": TITLE, "title-en": "Neighbourhood visit",
    "purpose-nl": "Families in de proef ondersteunen", "basis-nl": "Wmo 2015, artikel 2.3.2", "keep": "2",
}  # fmt: skip
MERGED: Final = {"/feiten": ("append", "S2"), "/zorg": ("first-listed", "S2")}
MENDED: Final = ("/geboren", "/kind/*/kind_ref")  # on the page, question by question


def told(raw: str) -> str:
    """The draft with what a workbook has no column for: how answers of two people come together, and their class."""
    document: dict[str, Any] = json.loads(raw)
    for path in document["fields"].keys() - {*MENDED}:
        document["fields"][path] |= {"hint": {"nl": "Zoals thuis", "en": "As at home"}, "sensitivity": "S1"}
    for name in ("case_ref", "feiten"):
        document["schema"]["properties"][name]["maxLength"] = 400
    for path, (merge, sensitivity) in MERGED.items():
        document["fields"][path] |= {"merge": merge, "sensitivity": sensitivity}
    document["schema"]["properties"]["kind"]["maxItems"] = 12
    document["layout"][0]["section"] = {"nl": "Bezoek", "en": "Visit"}
    return json.dumps(document, ensure_ascii=False, indent=2)
