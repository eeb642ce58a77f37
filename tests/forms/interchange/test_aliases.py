"""Names that XLSForm has for one thing: all that the installed `pyxform` knows are read (SPEC.md sections 2, 4)."""

import pytest
from pyxform import aliases as theirs
from pyxform.question_type_dictionary import QUESTION_TYPE_DICT

from forms.interchange.xlsform_import import aliases
from forms.interchange.xlsform_import.tables import read_header, table
from forms.interchange.xlsform_import.types import read_type
from forms.spreadsheets.reading import Sheet

MEANS_NOTHING = {  # columns of theirs that ask nothing here: text messages, a message of one app, a part of an address
    "sms_field", "sms_option", "sms_separator", "sms_allow_media", "sms_date_format", "sms_datetime_format",
    "sms_response", "compact_tag", "noapperrorstring", "no_app_error_string", "body", "prefix",
}  # fmt: skip
PROPER = {
    "survey": {
        "type", "name", "label", "relevant", "required", "constraint", "constraint_message", "required_message",
        "calculation", "read_only", "appearance", "repeat_count", "autoplay", "rows", "save_to", "image", "big_image",
        "audio", "video",
    },
    "choices": {"list_name", "name", "label", "image", "big_image", "audio", "video"},
    "settings": {"form_title", "form_id"},
}  # fmt: skip
HEADERS = {"survey": theirs.survey_header, "choices": theirs.list_header, "settings": theirs.settings_header}


@pytest.mark.parametrize("sheet", HEADERS)
def test_every_column_that_pyxform_knows_has_its_meaning_here(sheet: str) -> None:
    unknown = {head for head in HEADERS[sheet] if read_header(head, sheet)[0] not in PROPER[sheet]}
    assert unknown <= MEANS_NOTHING


def test_every_type_that_pyxform_knows_has_its_meaning_here() -> None:
    lists = aliases.selects()
    unknown = {
        name
        for name in (*QUESTION_TYPE_DICT, *theirs.select)
        if read_type(f"{name} lijst" if aliases.spaced(name) in lists else name).use == "unknown"
    }
    assert set() == unknown
    assert {"begin"} == {read_type(f"begin {name}").use for name in theirs.control}


def test_a_name_that_pyxform_learns_is_read() -> None:
    header = {**theirs.survey_header, "Geldt Als": ("bind", "relevant")}
    assert "relevant" == aliases.columns(header, PROPER["survey"])["geldt_als"]


def test_a_type_that_pyxform_learns_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    learnt = {"add plaats prompt": QUESTION_TYPE_DICT["geopoint"], "kies een": QUESTION_TYPE_DICT["select one using"]}
    monkeypatch.setattr(aliases, "QUESTION_TYPE_DICT", {**QUESTION_TYPE_DICT, **learnt})
    assert "geopoint" == aliases.types(("text", "geopoint"))["add plaats prompt"]
    assert "one" == aliases.selects()["kies een"]


def test_what_pyxform_knows_is_not_listed_a_second_time(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = ("_TYPED", "_TYPED_TYPES", "_TYPED_SELECTS")
    own = {name for listed in typed for name in getattr(aliases, listed)}
    own |= {aliases.spaced(name) for name in own}
    for listed in typed:
        monkeypatch.setattr(aliases, listed, {})
    read = {*aliases.selects(), *aliases.types(("image", "acknowledge", "text"))}
    for sheet, header in HEADERS.items():
        read |= aliases.columns(header, PROPER[sheet]).keys()
    assert set() == own & read


def test_a_column_of_choices_is_not_read_by_a_name_of_the_survey() -> None:
    """`tag` is the name of a question in the sheet survey, and an ordinary column of choices."""
    rows = (("list_name", "tag", "name", "label"), ("dagen", "week", "ma", "Maandag"))
    assert {"list_name": "dagen", "tag": "week", "name": "ma", "label": "Maandag"} == {
        **table("choices", Sheet("choices", rows)).lines[0].cells
    }


@pytest.mark.parametrize(
    ("written", "read"),
    [("SelectMultiple dagen", ("many", "dagen")), ("select_all_that_apply dagen", ("many", "dagen")),
     ("Select One  dagen", ("one", "dagen")), ("select_1 dagen", ("one", "dagen")), ("RANK dagen", ("rank", "dagen")),
     ("select one from file dagen.csv", ("one", "dagen.csv")), ("q select1 dagen", ("one", "dagen"))],
)  # fmt: skip
def test_a_list_is_asked_however_the_words_are_set_apart(written: str, read: tuple[str, str]) -> None:
    found = read_type(written)
    assert ("select", *read, written.endswith(".csv")) == (found.use, found.what, found.list_name, found.elsewhere)
