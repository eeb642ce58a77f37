"""Everything that touches the world: stores, server, projection, command line, the Python device.

SQLite comes from `sqlcipher3` (the system's has a known WAL corruption bug); it is registered as `pysqlite3` here,
before any module imports `sqlite_utils`, which would otherwise take the system's and miss its exception classes.
"""

import sys

import sqlcipher3

sys.modules.setdefault("pysqlite3", sqlcipher3)
