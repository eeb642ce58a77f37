"""The faults of tests/vectors/vault.faults.json as pieces of our source."""

from typing import Final

from tests.planting import Piece

KEYSLOTS, VAULT = "crypto.keyslots", "crypto.vault"

VAULT_FAULTS: Final[dict[str, dict[str, Piece]]] = {
    "vault": {
        "the wrap is not bound to the owner": Piece(
            KEYSLOTS, "slot.kind, slot.owner, *parameters", "slot.kind, *parameters"
        ),
        "the wrap is not bound to the id": Piece(
            KEYSLOTS, "[municipality, slot.id, slot.kind", "[municipality, slot.kind"
        ),
        "a slot of format 1 is opened as one of format 2": Piece(KEYSLOTS, "if slot.wrapped_in == OLD:", "if False:"),
        "a slot of format 1 has the id of its wrap": Piece(
            KEYSLOTS, "primitives.sha256(slot.salt)[:ID_BYTES]", "primitives.sha256(slot.wrapped)[:ID_BYTES]"
        ),
        "the first slot of a kind alone is tried": Piece(
            VAULT, "key=lambda slot: slot.owner != owner):", "key=lambda slot: slot.owner != owner)[:1]:"
        ),
        "the generation is passed over": Piece(VAULT, "contents.secrets, contents.generation)", "contents.secrets, 0)"),
        "labels and times are passed over": Piece(
            VAULT, "State(stored.slots, contents.slots,", "State(stored.slots, {},"
        ),
        "the contents are not bound to the slots": Piece(
            VAULT,
            'b"veldpost/2/vault" + encode([version, municipality, slots])',
            'b"veldpost/2/vault" + encode([version, municipality])',
        ),
        "slots of format 1 are bound as those of format 2": Piece(
            VAULT, "[old_members(slot) for slot in slots]", "list(slots)"
        ),
        "an owner in a vault of format 1 is believed": Piece(
            VAULT, "if slot != Slot(*old_members(slot)):", "if False:"
        ),
        "two slots may have one id": Piece(VAULT, "len({slot.id for slot in slots}) < len(slots) or ", ""),
        "an id may be short": Piece(VAULT, " or any(len(slot.id) != ID_BYTES for slot in slots)", ""),
        "any number of slots is tried": Piece(VAULT, "if len(stored.slots) > SLOTS_MAX:", "if False:"),
        "a later format is called damaged": Piece(VAULT, "if version > VERSION:", "if False:"),
        "format 0 is taken for the newest": Piece(VAULT, "if version < OLD:", "if False:"),
    },
}
