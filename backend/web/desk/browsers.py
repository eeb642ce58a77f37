"""The name of a browser and of its system in what it says of itself, for a person who looks at their sessions.

Browsers call themselves by each other's names, so the order counts: the first that is found is it.
"""

from typing import Final

_BROWSERS: Final = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung"), ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chromium", "Chromium"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS: Final = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"), ("Windows", "Windows"),
    ("Macintosh", "Mac"), ("Linux", "Linux"),
)  # fmt: skip


def named(browser: str) -> tuple[str, str]:
    """The names of a browser and of its system, by its user agent; each is empty where it is none that is known."""
    return _first(_BROWSERS, browser), _first(_SYSTEMS, browser)


def _first(names: tuple[tuple[str, str], ...], browser: str) -> str:
    return next((name for mark, name in names if mark in browser), "")
