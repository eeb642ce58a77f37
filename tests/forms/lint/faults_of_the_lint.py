"""Faults of forms/lint/ as pieces of our source, each with a judged entry that is judged otherwise with it.

`test_faults.py` plants them, one at a time, and asks that the entry finds it.
"""

from typing import Any, Final, NamedTuple

from tests.planting import Piece

TOGETHER, THINGS, TREES, FORMULAS, FOLD, JUDGED, ASKED, LEXICON, QUESTION = (
    "forms.lint.together", "forms.lint.things", "forms.lint.trees", "forms.lint.formulas", "forms.lint.fold",
    "forms.lint.judged_sets", "forms.lint.asked", "forms.lint.lexicon", "forms.schema.question",
)  # fmt: skip
POINTS: Final = "if(a == 'ja', 3, 0) + if(b == 'ja', 2, 0)"
FAR: Final = (
    "Heeft de moeder vandaag nog op het bureau bij de balie naast de grote zaal in het dorp de papieren getoond?"
)


class Fault(NamedTuple):
    """A piece of source, the outcome that an entry has without the fault, and the entry."""

    piece: Piece
    outcome: str
    entry: dict[str, Any]


FAULTS: Final[dict[str, Fault]] = {
    "words that stand together are not looked for": Fault(
        Piece(TOGETHER, "if needed & ~there or absent & there:", "if True:"),
        "refuse",
        {"label": "Gezin is", "choices": [["1", "inheems"], ["2", "uitheems"]]},
    ),
    "what must not stand there may": Fault(
        Piece(TOGETHER, "if needed & ~there or absent & there:", "if needed & ~there:"),
        "pass",
        {"label": "Heeft de moeder papieren van de auto?"},
    ),
    "words are together however far apart": Fault(
        Piece(TOGETHER, "if abs(number - start) <= NEAR and", "if"), "pass", {"label": FAR}
    ),
    "one word stands in two places": Fault(
        Piece(TOGETHER, " and number not in used", ""),
        "pass",
        {"language": "en", "label": "Age band of the child", "choices": [["1", "4-7"], ["2", "8-11"]]},
    ),
    "a thing is a person": Fault(
        Piece(
            THINGS,
            "return any(map(_things().hits, words)) and not any(map(_persons(PEOPLE).hits, words))",
            "return False",
        ),
        "pass",
        {"label": "Ras van de koeien"},
    ),
    "people beside a thing do not count": Fault(
        Piece(
            THINGS,
            "return any(map(_things().hits, words)) and not any(map(_persons(PEOPLE).hits, words))",
            "return any(map(_things().hits, words))",
        ),
        "refuse",
        {"label": "Ras van de moeder en de koe"},
    ),
    "nothing is made anywhere": Fault(
        Piece(THINGS, "return any(map(_goods().hits, words)) and not", "return False and not"),
        "pass",
        {"label": "Welke kaas?", "kind": "choices", "choices": [["a", "Frans"], ["b", "Italiaans"]]},
    ),
    "whoever is spoken to is nobody": Fault(
        Piece(
            THINGS,
            "return any(map(_goods().hits, words)) and not any(map(_persons(ADDRESSED).hits, words))",
            "return any(map(_goods().hits, words))",
        ),
        "refuse",
        {"label": "Welke kaas eet uw gezin?", "kind": "choices", "choices": [["a", "Frans"], ["b", "Italiaans"]]},
    ),
    "a tree has one level": Fault(
        Piece(
            TREES,
            "        level = [part for one in level for part in one if isinstance(part, LISTED)]\n",
            "        level = []\n",
        ),
        "refuse",
        {"type": "text", "logic": "if(n > 9, 'red', if(n > 4, 'amber', 'green'))"},
    ),
    "a comparison the other way round is none": Fault(
        Piece(TREES, "return (right, MIRRORED.get(op, op), left) if _is_number(left) else None", "return None"),
        "refuse",
        {"type": "boolean", "logic": "3 <= count(zorgen)"},
    ),
    "weights are not seen": Fault(
        Piece(TREES, 'if _op(term) != "*" or not any(names(term)):', "if True:"),
        "refuse",
        {"type": "integer", "logic": "2 * a + 5 * b + 3 * c"},
    ),
    "only two points of three conditions are a score": Fault(
        Piece(FORMULAS, "elif points(one.tree) or weighed:", "elif weighed:"),
        "refuse",
        {"type": "integer", "logic": POINTS},
    ),
    "one condition with a number is a score": Fault(
        Piece(FORMULAS, "POINTS_MIN: Final = 2", "POINTS_MIN: Final = 1"),
        "pass",
        {"type": "integer", "logic": "if(a == 'ja', 3, 0) + b"},
    ),
    "units are weights": Fault(
        Piece(FORMULAS, " and not set(factors) <= set(lists().units)", ""),
        "pass",
        {"type": "number", "logic": "uren * 60 + minuten * 1"},
    ),
    "bands in words are none": Fault(
        Piece(FORMULAS, "elif len(set(lists().often) & quoted) > 1 and trees.choosing(one.tree):", "elif False:"),
        "warn",
        {"type": "text", "logic": "if(a == 'ja' and b == 'ja', 'vaak', if(a == 'ja', 'soms', 'zelden'))"},
    ),
    "letters that look alike are not": Fault(
        Piece(FOLD, "alike = _alike(arabic=bool(_MIXED_ARABIC.search(bare)))", "alike = {}"),
        "refuse",
        {"label": "r\u0275ma"},
    ),
    "markup stays": Fault(
        Piece(
            FOLD,
            'shown = _MARKUP.sub("", html.unescape(_AMPERSAND.sub("&", spread)) if "&" in spread else spread)',
            "shown = spread",
        ),
        "refuse",
        {"label": "af<b>kom</b>st"},
    ),
    "letters that stand alone are no word": Fault(
        Piece(FOLD, "if end - start >= RUN_MIN:", "if False:"),
        "refuse",
        {"label": "B.S.N. van het kind", "type": "text"},
    ),
    "figures are no letters": Fault(
        Piece(FOLD, "mixed = tuple(_mixed(text)) if _FIGURED.search(text) else ()", "mixed = ()"),
        "refuse",
        {"label": "r0ma"},
    ),
    "letters left out are gone": Fault(
        Piece(FOLD, "if _MASK & set(text) else ()", "if False else ()"), "refuse", {"label": "r*ma"}
    ),
    "nothing is read backwards": Fault(
        Piece(FOLD, "if _BIDI.search(text):", "if False:"), "refuse", {"label": "\u202eamor"}
    ),
    "three letters of a kind are three": Fault(
        Piece(
            FOLD,
            'variants = {_REPEATED.sub(r"\\1", variant): None for variant in _variants(bare)}',
            "variants = dict.fromkeys(_variants(bare))",
        ),
        "refuse",
        {"label": "afkkkomst"},
    ),
    "a plain phrase needs its first word only": Fault(
        Piece(
            LEXICON,
            "            if place >= len(words) or not element.fits(words[place]):\n                return 0\n",
            "            if place >= len(words):\n                return 0\n",
        ),
        "pass",
        {"label": "Land van de tulpen"},
    ),
    "articles part the words of a phrase": Fault(
        Piece(
            LEXICON,
            "        for place in range(start + 1, min(start + 2 + ARTICLES_MAX, len(words))):\n",
            "        for place in range(start + 1, min(start + 2, len(words))):\n",
        ),
        "refuse",
        {"label": "Land de van de oorsprong"},
    ),
    "what begins a phrase does not": Fault(
        Piece(LEXICON, "begun = (self._starts.get(word[:length], ()) for length in self._lengths)", "begun = ()"),
        "refuse",
        {"label": "Waar wordt hij van beticht?", "type": "text"},
    ),
    "a class that is no class is high": Fault(
        Piece(QUESTION, "return self.sensitivity in SENSITIVE or not self.sensitivity", "return True"),
        "pass",
        {"label": "Wat ging goed?", "type": "choice", "logic": "required = true"},
    ),
    "nothing is required": Fault(
        Piece(ASKED, "if place.demanded or field", "if field"),
        "refuse",
        {"label": "Hulp van jeugdzorg?", "type": "choice", "logic": "required = true"},
    ),
    "names and labels are not read": Fault(
        Piece(ASKED, 'return plain(question.said).replace("_", " ")', 'return ""'),
        "refuse",
        {"label": "Nummer van de moeder", "type": "integer"},
    ),
    "an entry has no choices": Fault(
        Piece(
            JUDGED,
            'field["choices"] = {code: {entry.language: word} for code, word in choices}',
            'field["choices"] = {}',
        ),
        "refuse",
        {"label": "Welke?", "kind": "choices", "choices": [["a", "Roemeens"], ["b", "Syrisch"]]},
    ),
    "the logic of an entry is not laid out": Fault(
        Piece(JUDGED, 'form["computed"] = {AT: entry.logic}', 'form["computed"] = {}'),
        "refuse",
        {"type": "integer", "logic": POINTS},
    ),
    "a hint is not laid out": Fault(
        Piece(JUDGED, "| ({entry.language: entry.hint} if entry.hint else {})", ""),
        "refuse",
        {"label": "Vraag", "kind": "hint", "hint": "Schrijf de afkomst op."},
    ),
    "a title is not laid out": Fault(
        Piece(JUDGED, 'form["title"] |= {entry.language: entry.label}', "pass"),
        "refuse",
        {"label": "Lijst van Roma", "kind": "form"},
    ),
    "only what is refused was stopped": Fault(
        Piece(
            JUDGED, 'return "refuse" if any(one.level == "error" for one in self.found) else "warn"', 'return "refuse"'
        ),
        "warn",
        {"label": "Wat is uw indruk van de moeder?", "type": "text"},
    ),
}
