"""`veldpost invite --renew` names the device whose certificate goes on."""

import pytest
from click.testing import CliRunner

from backend.cli.main import main


@pytest.mark.parametrize("language", ["en", "nl"])
def test_who_renews_says_which_device(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VELDPOST_LANG", language)
    done = CliRunner().invoke(main, ["invite", "GM9901", "werker-een", "--renew"])
    assert done.exit_code == 2
    assert "--replaces" in done.output
