"""Faults in saying a form's texts with the answers that they mention, planted in the Python (forms/SPEC.md 13)."""

from typing import Final

from tests.planting import Piece

SPEAKING: Final = "forms.records.speaking"
MENTIONS: Final = "forms.definition.mentions"
BEGINNING: Final = "forms.records.beginning"
MENTIONING: Final = "forms.versions.mentioning"

SAYING_FAULTS: Final = {
    "saying/said": {
        "a higher class is said": Piece(SPEAKING, "return question.sensitivity <= self.ceiling and (", "return True and ("),
        "an answer that stays on the device is said": Piece(SPEAKING, "and (self.local or not question.local_only)", "and True"),
        "what is said is read again": Piece(SPEAKING, "return str(MENTION.sub(filled, text))", "return str(MENTION.sub(filled, MENTION.sub(filled, text)))"),
        "a story is said whole": Piece(SPEAKING, "said if len(said) <= SAID_MAX else", "said if said else"),
        "nothing stands where nothing is answered": Piece(SPEAKING, "said[: SAID_MAX - 1] + BLANK) or BLANK", "said[: SAID_MAX - 1] + BLANK)"),
        "signs that turn text stay": Piece(SPEAKING, 'return _UNSEEN.sub("", _SPACES', 'return str.strip(_SPACES'),
        "codes are said": Piece(SPEAKING, "value = self._form.choice_label(question.path, value, language, self._lists)", "pass"),
        "days stay as they are kept": Piece(SPEAKING, "            value = _day(value, said)", "            pass"),
        "months stay as they are kept": Piece(SPEAKING, "            value = written(MONTH, value, language)", "            pass"),
        "the point stays": Piece(SPEAKING, 'return written("", value, language)', "return str(value)"),
        "answers in one language, text in another": Piece(SPEAKING, "return self._answer(question, inside, language) if", "return self._answer(question, inside, self._language) if"),
        "the first item answers for all": Piece(SPEAKING, "and one.get(ITEM_ID) == name), None)", "), None)"),
        "outside comes before the item": Piece(MENTIONS, "    if repeat is not None and own in known:", "    if repeat is not None and own in known and f\"/{name}\" not in known:"),
        "a page says everything": Piece(SPEAKING, "return Bounds(max([*classes, PAGE_CLASS]), local=False)", "return Bounds(\"S4\", local=False)"),
        "a photo is said by its name": Piece(SPEAKING, "if question.widget in WORDLESS or (", "if ("),
    },
    "members/first": {
        "what was emptied is filled in": Piece(BEGINNING, "if path in answers or left_out", "if answers.get(path) is not None or path in () or left_out"),
        "what is not asked is filled in": Piece(BEGINNING, " or left_out(path, seen.hidden)", ""),
        "nothing is an answer": Piece(BEGINNING, "                if value is not None:\n", "                if True:\n"),
        "other items are filled in too": Piece(BEGINNING, "if items is None or place in items:", "if True:"),
        "an item begins the record": Piece(BEGINNING, "        if items is None:\n            yield", "        if True:\n            yield"),
        "what is computed is not seen": Piece(BEGINNING, "document = completed(seen)", "document = dict(seen.document)"),
        "an item that was removed is begun": Piece(BEGINNING, "if value is None and paths.is_item(path)}", "if False}"),
    },
    "saying/mentioned": {
        "an answer of items counts as known": Piece(MENTIONING, '"mention-in-items" if in_items else "mention-unknown"', '"mention-unknown"'),
        "only Dutch is read": Piece(MENTIONS, "for text in words.values() for name in MENTION", 'for text in [words.get("nl", "")] for name in MENTION'),
        "hints are not read": Piece(MENTIONS, 'yield f"{place}/hint", path, repeat, field.hint or {}', "pass"),
        "checks are not read": Piece(MENTIONS, 'document.get("checks", [])', "[]"),
        "banners are not read": Piece(MENTIONS, 'if "banner" in section:', "if False:"),
        "any number is said": Piece(MENTIONING, "> MENTIONS_MAX for", "> 1_000 for"),
        "choices are not read": Piece(MENTIONS, "in (field.choices or {}).items():", "in ():"),
        "a photo counts as words": Piece(MENTIONING, "if question.widget in WORDLESS:", "if False:"),
        "what stays on the device is mentioned": Piece(MENTIONING, "elif question.local_only and not bounds.local:", "elif False:"),
        "a higher class is mentioned": Piece(MENTIONING, "elif not bounds.let(question):", "elif False:"),
    },
}  # fmt: skip
