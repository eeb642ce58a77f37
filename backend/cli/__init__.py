"""The command line: `veldpost`. It talks to the running server; what needs none works on the data folder."""

from backend.cli.main import main

__all__ = ["main"]
