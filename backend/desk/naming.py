"""The records that a person names on a page: by number, by the beginning of it that pages show, or by the code of their
case.

**The rule.** A name is looked for among the records of some forms, within what the look shows. One that names none
there matches nothing, and never all: whoever typed it is told, in the same words for what is not there and for what is
not theirs to see.
"""

import re
from collections.abc import Iterable
from typing import Final

from backend.desk.record_view import ID_DIGITS, case_question
from backend.desk.wishes import tabled
from backend.stores.listing import answered, numbered
from backend.stores.records import Records
from forms.definition.document import Form

NUMBER: Final = re.compile("[0-9a-f]{32}")
BEGINNING: Final = re.compile(f"[0-9a-f]{{{ID_DIGITS}}}")
NAME_MAX: Final = 100  # signs: no code of a case is longer


def records_named(store: Records, forms: Iterable[Form], name: str, most: int) -> list[str]:
    """The records, at most one more than `most`, of some forms that a name names, by their numbers."""
    newest = {form.slug: form for form in forms}
    typed = name.strip()
    if NUMBER.fullmatch(typed.lower()):
        return numbered(store, newest, typed.lower(), typed.lower(), most + 1)
    found = _of_case(store, newest.values(), typed, most) if len(typed) <= NAME_MAX else []
    if not found and BEGINNING.fullmatch(typed.lower()):
        return numbered(store, newest, f"{typed.lower()}{'0' * 24}", f"{typed.lower()}{'f' * 24}", most + 1)
    return found


def _of_case(store: Records, forms: Iterable[Form], code: str, most: int) -> list[str]:
    """The records whose form asks for the code of a case, and in which somebody answered this one."""
    there, found = store.form_tables(), list[str]()
    for form in forms:
        question = case_question(form)
        if code and question is not None and question.name in tabled(form) and form.slug in there:
            found += answered(store, form.slug, question.name, code, most + 1)
    return sorted(found)[: most + 1]
