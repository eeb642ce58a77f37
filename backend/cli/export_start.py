"""The start of a process that writes an export: its priority is low before it loads anything else."""

import os
from importlib import import_module
from typing import Final

NICE: Final = 10

if __name__ == "__main__":
    os.nice(NICE)
    import_module("backend.cli.export_worker").main()
