"""An error that nobody expected is found by the operator in the log, which tells nothing of what was in hand."""

import json

import pytest
from litestar.exceptions import NotFoundException
from structlog.testing import capture_logs

from backend.faults import PLACES_MAX, note_unexpected
from backend.web.problems import refusal

SECRET = "Sara vertelde het aan haar buurvrouw"  # invented


def deep(left: int) -> None:
    if not left:
        dict[str, str]()[SECRET]
    deep(left - 1)


@pytest.mark.parametrize("depth", [0, 40])
def test_the_log_names_the_place_and_never_the_words(depth: int) -> None:
    with capture_logs() as lines:
        try:
            deep(depth)
        except KeyError as error:
            status, body = refusal(error, 0, "nl")
    (line,) = lines
    assert (500, "unexpected", "KeyError") == (status, line["event"], line["error"])
    assert line["at"][-1].startswith("tests/web/test_unexpected.py:") and line["at"][-1].endswith(":deep")
    assert len(line["at"]) <= PLACES_MAX and SECRET not in json.dumps(lines) and SECRET not in body.decode()


def test_a_command_that_fails_is_logged_likewise() -> None:
    with capture_logs() as lines:
        try:
            deep(0)
        except KeyError as error:
            note_unexpected("desk", error, command="records")
    assert ("records", "KeyError") == (lines[0]["command"], lines[0]["error"]) and SECRET not in json.dumps(lines)


def test_what_is_refused_in_words_is_no_error_of_ours() -> None:
    with capture_logs() as lines:
        assert 404 == refusal(NotFoundException(), 0, "nl")[0]
    assert [] == lines
