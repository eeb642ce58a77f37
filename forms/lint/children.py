"""The words for a child in the languages that the lint reads (SPEC.md section 4: P17, P21); texts come folded."""

import re
from typing import Final

STEMS: Final = "kind|jongere|leerling|child|youth|pupil|jugend|enfant|copil"
_ENDING: Final = "(?:eren|ren|n|en|s)?"
_KIN: Final = "zoon|dochter|broer|zus|broertje|zusje|son|daughter|brother|sister|sibling"

ABOUT: Final = re.compile(rf"{STEMS}|deelnemer")  # a question about a child, or about who takes part
HEARD: Final = re.compile(
    rf"(?:{STEMS})\w*.{{0,200}}(?:gehoord|gesproken|heard|spoken|angehort|entendu|ascultat)|\bkind_alleen\b|kind_stem"
)
CHOSEN: Final = re.compile(  # an option that is a child, as whole words: no `kinderopvang`
    rf"^(?:(?:eigen|minderjarige?|oudste|own|ander) )?(?:(?:{STEMS}){_ENDING}|{_KIN})\b"
)
