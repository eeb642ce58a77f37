"""PostgreSQL as a municipality's database, behind the Protocols of `stores/ledger.py`: the engine and its stores."""
