"""The app's own words, as its pages show them: what a journey presses and reads, in each language."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[3] / "field" / "app" / "words"
_LINE: Final = re.compile(r'^  ("[^"]+"): (".*"),$')


@cache
def words(language: str) -> dict[str, str]:
    """Return every sentence of a language by its name."""
    lines = (FOLDER / f"{language}.js").read_text().splitlines()
    return {json.loads(found[1]): json.loads(found[2]) for line in lines if (found := _LINE.match(line))}
