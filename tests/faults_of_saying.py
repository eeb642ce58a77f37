"""Faults in saying a form's texts with the answers that they mention, planted in the Python (forms/SPEC.md 13)."""

from typing import Final

from tests.planting import Piece

SPEAKING: Final = "forms.records.speaking"
MENTIONS: Final = "forms.definition.mentions"
BEGINNING: Final = "forms.records.beginning"
MENTIONING: Final = "forms.versions.mentioning"
COPYING: Final = "forms.versions.beginning"

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
        "a copy has its own class alone": Piece(SPEAKING, "return {path: _classed(one, given[path]) for path, one in known.items()}", "return known"),
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
    "versions/beginning": {
        "any class may be copied": Piece(COPYING, 'if reads and given.get(reads[-1], "") > question.sensitivity:', "if False:"),
        "a lower class is a fault too": Piece(COPYING, 'given.get(reads[-1], "") > question.sensitivity:', 'given.get(reads[-1], "") != question.sensitivity:'),
        "a computed field has its own class alone": Piece(COPYING, "given = classes_of(form)", "given = {one.path: one.sensitivity for one in (*form.questions, *form.computed)}"),
        "one that is read is enough": Piece(COPYING, 'key=lambda path: (given.get(path, ""), path))', 'key=lambda path: (given.get(path, ""), path), reverse=True)'),
        "what is kept may be copied": Piece(COPYING, "if any(path in reached[who] and first.path not in kept[who] for who in kept):", "if False:"),
        "to be kept from somebody is enough": Piece(COPYING, "and first.path not in kept[who] for who in kept)", "and not any(first.path in own for own in kept.values()) for who in kept)"),
        "what is kept now and then is not kept": Piece(COPYING, "for who in one.who:", "for who in one.who if one.tree is True else ():"),
        "a computed field is kept from nobody": Piece(COPYING, "reached = {who: sources.reach(paths) for who, paths in kept.items()}", "reached = kept"),
        "what items copy is not looked at": Piece(COPYING, "    for first in form.logic.firsts:\n", "    for first in form.logic.firsts:\n        if first.repeat:\n            continue\n"),
        "it is said of the question": Piece(COPYING, "place = asked[first.path], place_of(first.path)", "place = asked[first.path], first.path"),
    },
    "saying/mentioned": {
        "an answer of items counts as known": Piece(MENTIONING, '"mention-in-items" if in_items else "mention-unknown"', '"mention-unknown"'),
        "only Dutch is read": Piece(MENTIONS, "for text in words.values() for name in MENTION", 'for text in [words.get("nl", "")] for name in MENTION'),
        "hints are not read": Piece(MENTIONS, 'yield f"{place}/hint", path, repeat, field.hint or {}', "pass"),
        "checks are not read": Piece(MENTIONS, "enumerate(parts.checks)", "()"),
        "banners are not read": Piece(MENTIONS, "if page.banner is not None:", "if False:"),
        "any number is said": Piece(MENTIONING, "> MENTIONS_MAX for", "> 1_000 for"),
        "choices are not read": Piece(MENTIONS, "in (field.choices or {}).items():", "in ():"),
        "a photo counts as words": Piece(MENTIONING, "if question.widget in WORDLESS:", "if False:"),
        "what stays on the device is mentioned": Piece(MENTIONING, "elif question.local_only and not bounds.local:", "elif False:"),
        "a higher class is mentioned": Piece(MENTIONING, "elif not bounds.let(question):", "elif False:"),
        "a copy has its own class alone": Piece(SPEAKING, "return {path: _classed(one, given[path]) for path, one in known.items()}", "return known"),
    },
}  # fmt: skip
