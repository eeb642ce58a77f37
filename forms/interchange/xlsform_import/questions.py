"""A row of a survey as a question: what its answers may be, and how it is asked (SPEC.md section 4)."""

import re
from collections.abc import Mapping
from typing import Any, Final

from forms.expressions.kinds import BOOLEAN, DATE, NUMBER, TEXT, UNKNOWN, Kind, list_of
from forms.findings import some
from forms.interchange.columns import FIELD
from forms.interchange.naming import Names, kept, slug
from forms.interchange.xlsform_import import own
from forms.interchange.xlsform_import.choices import EXTERNAL, MEDIA_LEFT, ChoiceList
from forms.interchange.xlsform_import.conditions import truth
from forms.interchange.xlsform_import.draft import Asked, Draft
from forms.interchange.xlsform_import.searching import searched
from forms.interchange.xlsform_import.speech import Speech, Words, below
from forms.interchange.xlsform_import.tables import MEDIA, OWN, Line
from forms.interchange.xlsform_import.types import PLAIN, TIME
from forms.interchange.xlsform_import.values import Why, numeric
from forms.interchange.xlsform_import.walk import Item
from forms.policies import POLICIES
from forms.sentences import in_languages, phrase

OTHER: Final = "other"
_OTHER_WORDS: Final = in_languages("import-other")
_SPECIFY: Final = in_languages("import-specify")
_TIME_WORDS: Final = in_languages("import-time")
_CLASSES: Final = ("S0", "S1", "S2", "S3", "S4")
_KINDS: Final = {"integer": NUMBER, "decimal": NUMBER, "date": DATE, "boolean": BOOLEAN, "text": TEXT}

_WIDGETS: Final[dict[str, dict[str, str]]] = {  # appearances that we know, by kind of question; "" asks for nothing
    "text": {"multiline": "multiline", "numbers": "", "url": "", "month-year": "month", "new": "", "annotate": ""},
    "date": {"month-year": "month", "no-calendar": "", "gregorian": ""},
    "choice": {
        **dict.fromkeys(("minimal", "autocomplete", "autocomplete_chars", "search", "spinner"), "dropdown"),
        **dict.fromkeys(("compact", "quickcompact", "columns", "columns-pack"), "compact"),
        **dict.fromkeys(("horizontal", "horizontal-compact"), "compact"),
        "likert": "likert",
        **dict.fromkeys(("quick", "full", "vertical", "list", "no-buttons"), ""),
    },
    "integer": {"slider": "slider", "thousands-sep": "", "bearing": "", "vertical": "", "no-ticks": "", "counter": ""},
}  # fmt: skip
_WIDGETS["choices"] = {word: widget for word, widget in _WIDGETS["choice"].items() if widget != "likert"}
_WIDGETS["decimal"] = _WIDGETS["integer"]
_SIZED: Final = re.compile(r"(compact|quickcompact|columns|w|l)-?\d+")
_SIGNED: Final = frozenset({"signature", "draw"})

_REQUIRED_WORDS: Final[Why] = phrase("import-what-said-required-question-fixed")
_READ_ONLY: Final[Why] = phrase("import-question-nobody-may-answer-none")
_TRIGGER: Final[Why] = phrase("import-computed-fields-always-computed-anew")
_PARAMETERS: Final[Why] = phrase("import-no-such-setting-here")
_ENTITY: Final[Why] = phrase("import-no-entities-here")
_LOOK: Final[Why] = phrase("import-no-such-way-asking-here")
_DRAWN: Final[Why] = phrase("import-signature-drawing-not-kept")
_RANK: Final[Why] = phrase("import-order-not-asked-only-which")
_MOMENT: Final[Why] = phrase("import-day-time-two-questions")
_CALCULATED: Final[Why] = phrase("import-what-asked-computed-here-either")  # fmt: skip
_STEPS: Final[Why] = phrase("import-steps-do-not-begin-at")
_ENDS: Final[Why] = phrase("import-start-end-no-numbers")

LEFT_COLUMNS: Final[dict[str, Why]] = {
    "required_message": _REQUIRED_WORDS,
    "trigger": _TRIGGER,
    "save_to": _ENTITY,
    "intent": phrase("import-other-apps-not-opened"),
    **dict.fromkeys(MEDIA, MEDIA_LEFT),
}


class Questions:
    """Makes questions of rows, and gives them their names."""

    def __init__(self, draft: Draft, names: Names, lists: Mapping[str, ChoiceList], speech: Speech) -> None:
        """`lists` are those of the sheets choices and, by their names after `EXTERNAL`, external_choices."""
        self._draft = draft
        self._ledger = draft.ledger
        self._names = names
        self._lists = lists
        self._speech = speech
        self.used: set[str] = set()

    def of(self, item: Item, repeat: str | None) -> list[Asked]:
        """The questions of one row; none if it cannot be asked."""
        line, kind = item.line, item.type
        if kind.use == "select" and not kind.elsewhere and self._list(kind.list_name) is None:
            self._ledger.left(line.source, "import-list-unknown", name=kind.list_name)
            return []
        if kind.what == "image" and _SIGNED & set(line.get("appearance").split()):
            self._ledger.left(line.source, "import-type-left", name=line.get("appearance"), why=_DRAWN)
            return []
        self._columns(line, computed=kind.use == "calculate")
        if kind.use == "calculate" or (line.get("calculation") and truth(line.get("read_only")) is True):
            return [self._computed(line, repeat, visible=kind.use != "calculate")]
        if line.get("calculation"):
            self._ledger.changed(line.source, "import-column-left", column="calculation", why=_CALCULATED)
        if line.get("read_only") and truth(line.get("read_only")) is not False:
            self._ledger.changed(line.source, "import-column-left", column="read_only", why=_READ_ONLY)
        if kind.use == "moment":
            return self._moment(line, repeat)
        return self._choices(item, repeat) if kind.use == "select" else [self._plain(line, kind.what, repeat)]

    def listed(self, item: Item) -> ChoiceList | None:
        """The list of a question with choices, if it stands in the workbook."""
        name = item.type.list_name
        if searched(item.line.get("appearance")) is not None:
            return None
        return self._lists.get(EXTERNAL + name) if item.type.elsewhere else self._list(name)

    def _list(self, name: str) -> ChoiceList | None:
        known = self._lists.get(name) or self._lists.get(name.lower())
        return known or next((one for key, one in self._lists.items() if key.lower() == name.lower()), None)

    # --- what every question has ---

    def asked(self, line: Line, repeat: str | None, kind: Kind, schema: dict[str, Any] | None, s: str) -> Asked:
        """A question with its name, words and class."""
        old = line.get("name")
        label = self._speech.words(line, "label")
        wanted = old or (slug(label["nl"]) if label else "vraag")
        written = (own.path_of(line, repeat) or "").rpartition("/")[2]
        name = self._names.give(written or wanted, repeat)
        if written == name:
            pass  # our own export had to call it otherwise
        elif not old:
            self._ledger.renamed(line.source, "import-no-name", to=name)
        elif name != old:
            self._ledger.renamed(line.source, "import-renamed", name=old, to=name)
        if not label:
            label = {"nl": old or name}
            if schema is not None:
                self._ledger.changed(line.source, "import-no-label")
        field: dict[str, Any] = {}
        hint = below(self._speech.words(line, "hint"), self._speech.words(line, "guidance_hint"))
        if hint:
            field["hint"] = hint
        made = Asked(line.source, old, name, kind, label, repeat, schema, field)
        given = self._own(line, "sensitivity", _CLASSES)
        made.field["sensitivity"] = given or s
        made.decided = given is not None
        merge = self._own(line, "merge", tuple(POLICIES))
        if merge and schema is not None:
            made.field["merge"] = merge
        made.required = schema is not None and self._required(line)
        return made

    def _own(self, line: Line, column: str, known: tuple[str, ...]) -> str | None:
        """Read what our own export says of a question."""
        value = line.get(OWN + column)
        if value and value not in known:
            self._ledger.changed(line.source, "import-own-column", column=f"veldpost::{column}", value=value)
        return value if value in known else None

    def _required(self, line: Line) -> bool:
        text = line.get("required")
        return bool(truth(text) if text else False)

    def _columns(self, line: Line, computed: bool) -> None:
        """Report columns that have no place here."""
        for column in sorted(line.cells):
            if column in LEFT_COLUMNS and not (computed and column == "required_message"):
                note = self._ledger.carried if column == "required_message" else self._ledger.changed
                note(line.source, "import-column-left", column=column, why=LEFT_COLUMNS[column])

    # --- kinds ---

    def _computed(self, line: Line, repeat: str | None, visible: bool) -> Asked:
        made = self.asked(line, repeat, UNKNOWN, None, "S1")
        made.listed = visible
        return made

    def _plain(self, line: Line, what: str, repeat: str | None) -> Asked:
        plain = PLAIN[what]
        if plain.why is not None:
            self._ledger.changed(line.source, "import-type-changed", name=line.get("type"), why=plain.why)
        schema, kind, widget = dict(plain.schema), plain.kind, plain.widget
        if what == "range":
            schema, kind = self._range(line)
        free = kind == "text" and "pattern" not in schema
        made = self.asked(line, repeat, _KINDS[kind], schema, "S2" if free else "S1")
        lines = numeric(line.get("rows"))
        self._look(line, kind, made, "multiline" if free and not widget and lines and lines > 1 else widget)
        return made

    def _range(self, line: Line) -> tuple[dict[str, Any], str]:
        given = _parameters(line.get("parameters"))
        start, end, step = (
            numeric(given.get(key, usual)) for key, usual in (("start", "1"), ("end", "10"), ("step", "1"))
        )
        if start is None or end is None or step is None or step <= 0 or start == end:
            self._ledger.changed(line.source, "import-column-left", column="parameters", why=_ENDS)
            return {"type": "integer", "minimum": 1, "maximum": 10}, "integer"
        whole = all(float(value).is_integer() for value in (start, end, step))
        low, high, by = (_number(value) for value in (min(start, end), max(start, end), step))
        schema: dict[str, Any] = {"type": "integer" if whole else "number", "minimum": low, "maximum": high}
        if low % by:
            self._ledger.changed(line.source, "import-column-left", column="parameters", why=_STEPS)
        elif by != 1 or not whole:
            schema["multipleOf"] = by
        return schema, "integer" if whole else "decimal"

    def _moment(self, line: Line, repeat: str | None) -> list[Asked]:
        self._ledger.changed(line.source, "import-type-changed", name=line.get("type"), why=_MOMENT)
        day = self.asked(line, repeat, DATE, dict(PLAIN["date"].schema), "S1")
        name = self._names.give(f"{day.name[:58]}_tijd", repeat)
        label = {tongue: f"{words} ({_TIME_WORDS.get(tongue, 'time')})" for tongue, words in day.label.items()}
        field = {"sensitivity": day.field["sensitivity"], "widget": "time"}
        schema = {"type": "string", "pattern": TIME}
        return [day, Asked(line.source, "", name, TEXT, label, repeat, schema, field, day.required)]

    def _choices(self, item: Item, repeat: str | None) -> list[Asked]:
        line, type_ = item.line, item.type
        many = type_.what != "one"
        listed = self.listed(item)
        codes = list(listed.codes) if listed is not None else []
        if listed is not None:
            self.used.add(next(key for key, one in self._lists.items() if one is listed))
        if type_.other and OTHER not in codes:
            codes.append(OTHER)
        one: dict[str, Any] = {"type": "string", "enum": codes} if codes else {"type": "string"}
        schema = {"type": "array", "uniqueItems": True, "items": one} if many else one
        choice = Kind("text", codes=tuple(codes))
        made = self.asked(line, repeat, list_of(choice) if many else choice, schema, "S1")
        if many and made.required:
            schema["minItems"] = 1
        if listed is not None:
            made.field["choices"] = {code: listed.words.get(code) or _in(_OTHER_WORDS, made.label) for code in codes}
        else:
            found = searched(line.get("appearance"))
            self._elsewhere(line, type_.list_name if found is None else found.file, made)
            if found is not None:
                self._beside(line, type_.list_name, made.field["from"])
        if type_.what == "rank":
            self._ledger.changed(line.source, "import-type-changed", name=line.get("type"), why=_RANK)
        self._look(line, "choices" if many else "choice", made, "")
        if not type_.other:
            return [made]
        name = self._names.give(f"{made.name[:56]}_{OTHER}", repeat)
        label = _in(_SPECIFY, made.label)
        schema = {"type": "string"}
        return [
            made,
            Asked(line.source, f"{made.old}_{OTHER}", name, TEXT, label, repeat, schema, {"sensitivity": "S2"}),
        ]

    def _elsewhere(self, line: Line, file: str, made: Asked) -> None:
        """Choices that stand in a file or on the sheet `external_choices` become a list of the municipality."""
        name = kept(file.rpartition(".")[0] if "." in file else file)
        made.field["from"] = name
        self._draft.lists.setdefault(name, file)
        if not own.cell(line, FIELD):
            self._ledger.changed(line.source, "import-list-elsewhere", name=name)

    def _beside(self, line: Line, name: str, file: str) -> None:
        """The rows of a list beside `search()`: the columns of the file, and choices that come before it."""
        listed = self._list(name)
        if listed is None:
            return
        self.used.add(next(key for key, one in self._lists.items() if one is listed))
        for code, words in listed.words.items():
            if numeric(code) is None:
                label = words.get("nl", code)
                self._ledger.changed(line.source, "import-search-columns", name=file, key=code, label=label)
        fixed = [code for code in listed.codes if numeric(code) is not None]
        if fixed:
            self._ledger.changed(line.source, "import-search-fixed", names=some(fixed))

    def _look(self, line: Line, kind: str, made: Asked, widget: str) -> None:
        """The look of a question: the appearance, where we have one like it."""
        found = searched(line.get("appearance"))
        looks = line.get("appearance") if found is None else found.rest
        for word in looks.lower().split():
            known = _WIDGETS.get(kind, {})
            plain = word if word in known else (_SIZED.fullmatch(word) or [word, word])[1]
            if plain in {"w", "l", "label", "list-nolabel", "hidden-answer"} or word == "maps":
                continue
            if plain not in known and not any(plain in words for words in _WIDGETS.values()):
                self._ledger.changed(line.source, "import-column-left", column=f"appearance {word}", why=_LOOK)
            widget = known.get(plain, "") or widget
        if widget:
            made.field["widget"] = widget
        left = sorted(set(_parameters(line.get("parameters"))) - {"start", "end", "step"})
        if left or (line.get("parameters") and widget != "slider"):
            why = _PARAMETERS
            self._ledger.changed(line.source, "import-column-left", column="parameters", why=why)


def _parameters(text: str) -> dict[str, str]:
    """`start=0 end=10; step=1` by name."""
    pairs = re.findall(r"([\w-]+)\s*=\s*([^\s;,]+)", text)
    return {key.lower(): value for key, value in pairs}


def _number(value: float) -> int | float:
    return int(value) if float(value).is_integer() else value


def _in(words: Words, like: Words) -> Words:
    """Our own words in the languages that the others have, as far as we have them."""
    return {tongue: said for tongue, said in words.items() if tongue == "nl" or tongue in like}
