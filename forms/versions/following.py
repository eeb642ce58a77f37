"""Takes a document that was read in as the next version of its form (SPEC.md section 12.2).

The moves of a published version speak of the version before it. Read in again, they would be read as of the newest one,
which has no such questions: a person had to take them out, and to write others, for questions that nobody changed.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from forms.definition import parts
from forms.definition.document import Form
from forms.definition.moves import Moves
from forms.versions.moving import Mover, renamed


def following(document: Mapping[str, Any], history: Sequence[Form]) -> dict[str, Any]:
    """The document as the version after these, which are in order, oldest first.

    One that carries the moves of the published version whose number it has was brought from there: it gets the moves by
    which each question keeps the answers that it has in the newest version, and none where nothing was renamed since.
    Moves that a person wrote stay as they are. Where nothing is published there is nothing to move.
    """
    made = {name: member for name, member in document.items() if name != "moves"}
    made["version"] = history[-1].version + 1 if history else 1
    source = next((form for form in history if form.version == document.get("version")), None)
    if source is not None and _moves(document) == source.moves:
        back = _back(source, history[source.version - 1 :], document)
        return made | ({"moves": back} if back else {})
    return made | ({"moves": document["moves"]} if history and "moves" in document else {})


def _moves(document: Mapping[str, Any]) -> Moves | None:
    try:
        return msgspec.convert(document.get("moves", {}), Moves)
    except msgspec.ValidationError:
        return None


def _back(source: Form, since: Sequence[Form], document: Mapping[str, Any]) -> dict[str, Any]:
    """The moves from the newest of these versions back to the names and codes of the first one."""
    mover, asked = Mover(since), parts.read(document).fields
    names, codes = dict[str, str](), dict[str, dict[str, str]]()
    for path in (*source.repeats, *(question.path for question in source.questions if question.path in asked)):
        now = mover.path(path)
        if renamed(now, Moves(names)) != path:
            names[now] = path
    for question in source.questions:
        then = [code for code in question.choices if question.path in asked]
        since_then = [str(mover.value(question.path, code)) for code in then]
        pairs = zip(since_then, then, strict=True)
        told = {now: code for now, code in pairs if now not in then and since_then.count(now) == 1}
        if told:
            codes[question.path] = told
    return {name: those for name, those in (("renamed", names), ("mapped", codes)) if those}
