"""The names of a municipality's stores in its folder: used by the stores alone, and shown to people."""

from typing import Final

JOURNAL_FILE: Final = "journal.db"
KEYS_FILE: Final = "keys.db"
RECORDS_FILE: Final = "records.db"
DESK_FILE: Final = "desk.db"
ATTACHMENTS_FOLDER: Final = "attachments"  # of sealed streams, and of uploads under way
FOLLOWER: Final = "-litestream"  # the end of the folder in which Litestream keeps parts of the store named before it
VAULT_FILE: Final = "vault/municipality.vault"
STAGE: Final = ".moving"  # the folder in which a move makes what takes the place of the stores
