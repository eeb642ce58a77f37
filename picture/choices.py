"""The choices that a person has for each kind of decision (SPEC.md section 8)."""

from typing import Final

CONTESTED: Final = "contested"
ITEM: Final = "item-contested"
HIDDEN: Final = "hidden-parallel"
HELD: Final = "held-revoked"
FORKED: Final = "forked"
CHOICES: Final = {
    CONTESTED: ("delete", "restore"),
    ITEM: ("remove", "keep"),
    HIDDEN: ("confirm", "change", "clear"),
    HELD: ("take-in", "decline"),
    FORKED: ("take-in", "decline"),
}
