"""What a person can do with each kind of thing that waits."""

from typing import Final

CONTESTED: Final = "contested"
ITEM: Final = "item-contested"
HIDDEN: Final = "hidden-parallel"
CHOICES: Final = {
    CONTESTED: ("delete", "restore"),
    ITEM: ("remove", "keep"),
    HIDDEN: ("confirm", "change", "clear"),
    "held-revoked": ("take-in", "decline"),
    "forked": ("take-in", "decline"),
}
