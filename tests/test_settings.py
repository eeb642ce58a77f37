"""Settings that cannot be used stop the start with a code, in words, and are never guessed."""

import pytest

from backend.sentences import told
from backend.settings import PROCESSES_MAX, Settings, SettingsError


@pytest.mark.parametrize("given", ["0", "-1", "two", "1.5", "", str(PROCESSES_MAX + 1), "²"])
@pytest.mark.parametrize(("language", "words"), [("en", "whole number"), ("nl", "geheel getal")])
def test_a_number_of_processes_that_is_none_is_refused(given: str, language: str, words: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment({"VELDPOST_PROCESSES": given})
    assert "settings" == refused.value.code
    assert "VELDPOST_PROCESSES" in told(refused.value, language)[0] and words in told(refused.value, language)[0]


def test_one_process_serves_unless_more_are_asked_for() -> None:
    assert 1 == Settings.from_environment({}).processes
    assert 64 == Settings.from_environment({"VELDPOST_PROCESSES": "64"}).processes
