"""No first answer copies an answer to where it is protected less."""

import pytest

from forms.versions.publishing import examined
from tests.forms.versions.forms_made import document, raw

CLASS, WITHHELD = "first-class", "first-withheld"
PARENTS = {"who": ["parents"]}


@pytest.mark.parametrize("first", ["geheim", "deel", "coalesce(deel, geheim)"])
def test_a_first_answer_copies_nothing_to_a_lower_class_or_to_more_readers(first: str) -> None:
    def found(there: dict[str, object], here: dict[str, object]) -> set[str]:
        made = document({"/geheim": "text", "/wens": "text"}, computed={"/deel": "geheim"})
        made["fields"]["/deel"] = {"label": {"nl": "Uitkomst"}, "sensitivity": "S0"}
        made["fields"]["/geheim"] |= there
        made["fields"]["/wens"] |= {"first": first} | here
        return {one.code for one in examined(raw(made)).findings} & {CLASS, WITHHELD}

    assert {CLASS} == found({"sensitivity": "S2"}, {"sensitivity": "S1"})
    assert set() == found({"sensitivity": "S2"}, {"sensitivity": "S2"})
    assert {WITHHELD} == found({"confidential_from": PARENTS}, {})
    assert {WITHHELD} == found({"confidential_from": {"who": ["parents", "child"]}}, {"confidential_from": PARENTS})
    assert set() == found({"confidential_from": PARENTS}, {"confidential_from": PARENTS})
