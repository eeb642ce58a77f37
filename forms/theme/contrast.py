"""Contrast of two colours as WCAG 2.2 reckons it (SPEC.md section 4)."""

from typing import Final

TEXT_MIN: Final = 4.5  # success criterion 1.4.3, level AA, text of any size
PART_MIN: Final = 3.0  # success criterion 1.4.11: what is no text and must be seen
SUNLIGHT_MIN: Final = 7.0  # success criterion 1.4.6, level AAA: legible out of doors, as our own colours are
_WEIGHTS: Final = (0.2126, 0.7152, 0.0722)  # of red, green and blue
_GLARE: Final = 0.05  # light that a screen throws back


def luminance(colour: str) -> float:
    """The relative luminance of `#rrggbb`, from 0 (black) to 1 (white)."""
    shares = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return sum(weight * _linear(share) for weight, share in zip(_WEIGHTS, shares, strict=True))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours `#rrggbb`, from 1 (the same) to 21; the order does not matter."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + _GLARE) / (darker + _GLARE)


def _linear(share: float) -> float:
    """A share of sRGB as an amount of light."""
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
