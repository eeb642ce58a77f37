"""The theme of a municipality: how the field app looks to its workers (forms/theme/SPEC.md). No personal data."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar, Final

from backend.errors import BackendError
from backend.municipality.resting import NAME_META
from backend.municipality.service import Municipality
from forms.findings import Finding
from forms.theme.theme import STORED, Theme, Verdict, kept, read_theme

SET: Final = "set-theme"
RESET: Final = "reset-theme"


class ThemeRefused(BackendError):
    """A theme that cannot be read, or read by everybody, would be on every phone by tomorrow."""

    code: ClassVar[str] = "theme-refused"

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(count=len(findings), first=f"{findings[0].code} {findings[0].path}".rstrip())


async def put_on(town: Municipality, light: bytes, dark: bytes | None, staff: str) -> Verdict:
    """Let the field app look as a document of design tokens says; `dark` has its colours for dark.

    Raises `ThemeRefused` with everything that stops it; then nothing changes.
    """
    verdict = await asyncio.to_thread(lambda: read_theme(light, dark))
    if verdict.theme is None:
        raise ThemeRefused(verdict.findings)
    theme = verdict.theme
    await _keep(town, theme, staff, SET, str(len({*theme.light, *theme.dark, *theme.other})))
    return verdict


async def take_off(town: Municipality, staff: str) -> None:
    """Let the field app look as it ships."""
    await _keep(town, Theme(), staff, RESET, "")


async def _keep(town: Municipality, theme: Theme, staff: str, act: str, detail: str) -> None:
    def work() -> None:
        town.journal.set_meta(STORED, kept(theme))
        town.auditing.write(staff, act, None, detail)

    await town.submit(work)
    town.theme = theme


async def call(town: Municipality, name: str, staff: str) -> None:
    """Keep what a municipality is called, for the pages that people read."""

    def work() -> None:
        town.journal.set_meta(NAME_META, name.encode())
        town.auditing.write(staff, "name", None, name)

    await town.submit(work)
