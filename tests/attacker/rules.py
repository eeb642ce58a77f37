"""The rules of this issue, each with the change of the product that removes it and the stories that notice."""

from typing import Final

NOT_YET: Final[frozenset[str]] = frozenset(
    (
        "bodies",
        "chains-in-any-order",
        "delivery",
        "erased",
        "grants-by-whoever-has-it",
        "heirs-by-invitation",
        "held-above-the-end",
        "key-shapes",
        "keys-displace-nothing",
        "limits",
        "order",
        "revoked-everywhere",
        "signers",
    )
)
