"""The theme of a municipality: how field app and desk look, and its logo (forms/theme/SPEC.md). No personal data."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar, Final

from backend.errors import BackendError
from backend.municipality.resting import NAME_META
from backend.municipality.service import Municipality
from forms.findings import Finding
from forms.theme.logos import ALT_MAX, Logo, fault_in, kept_logo, kind_of
from forms.theme.sheets import Sheet, read_sheet
from forms.theme.theme import STORED, Theme, Verdict, kept, read_theme

SET: Final = "set-theme"
RESET: Final = "reset-theme"
LOGO: Final = "logo"  # the name under which a journal keeps it


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


async def wear(town: Municipality, sheet: bytes, staff: str) -> Sheet:
    """Let pages and the field app look as a `theme.css` says, as far as it can be used; what is left out is told.

    Raises `ThemeRefused` where nothing of it can; then nothing changes.
    """
    read = await asyncio.to_thread(read_sheet, sheet)
    if not read.count:
        raise ThemeRefused(read.left_out)
    await _keep(town, read.theme, staff, SET, str(read.count))
    return read


async def put_logo(town: Municipality, raw: bytes, alt: str, staff: str) -> None:
    """Show a logo at the head of the desk's pages. Raises `ThemeRefused`; then the one before stays."""
    fault = await asyncio.to_thread(fault_in, raw)
    if fault is not None:
        raise ThemeRefused([fault])
    await _keep_logo(town, Logo(kind_of(raw), raw, " ".join(alt.split())[:ALT_MAX]), staff)


async def take_logo_off(town: Municipality, staff: str) -> None:
    """Show no logo any more."""
    await _keep_logo(town, None, staff)


async def _keep_logo(town: Municipality, logo: Logo | None, staff: str) -> None:
    def work() -> None:
        town.journal.set_meta(LOGO, b"" if logo is None else kept_logo(logo))
        town.auditing.write(
            staff, "reset-logo" if logo is None else "set-logo", None, "" if logo is None else logo.kind
        )

    await town.submit(work)
    town.logo = logo


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
