"""The outcomes of conflicts that the office decided: what stood beside each other, what stands now, why (SPEC.md 9)."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from forms.answers import canonical
from forms.definition.document import Form
from forms.policies import Edit, survivors
from picture.edits import Edits
from picture.parts import Outcome, Thread, Word

ASKING: Final = ("ask", "first-listed")  # the policies of which a person decides


def outcomes_of(
    edits: Edits, office: Collection[bytes], form: Form | None, comments: Sequence[Thread], shown: Collection[str]
) -> tuple[Outcome, ...]:
    """Return what the office decided of shown answers, by path.

    An entry decided where it stands alone, and knew more than one answer that stood without it and differed. What the
    office wrote over its own decision, to undo it or to decide anew, is a decision too.
    """
    if not office:
        return ()
    reasons: Mapping[str, str] = {
        text.entry: text.text for thread in reversed(comments) for text in thread.texts if isinstance(text.text, str)
    }
    found = []
    for path in shown:
        own = edits[path]
        if len(own) < 3 or not (form is None or form.policy(path) in (None, *ASKING)):
            continue
        alive = survivors(own)
        if len(alive) > 1 or alive[0].hash not in office:
            continue
        last, entry, earlier = alive[0], alive[0].hash.hex(), list[Edit]()
        before = _before(own, last)
        while len(before) == 1 and before[0].hash in office:
            earlier.append(before[0])
            before = _before(own, before[0])
        if len({canonical(edit.value) for edit in before}) > 1:
            were, turns = (tuple(_word(path, one) for one in some) for some in (before, reversed(earlier)))
            found.append(Outcome(path, str(last.author), last.at_ms, entry, were, reasons.get(entry, ""), turns))
    return tuple(found)


def _word(path: str, edit: Edit) -> Word:
    return Word(edit.hash.hex(), str(edit.author), edit.at_ms, path, edit.value)


def _before(own: Sequence[Edit], last: Edit) -> tuple[Edit, ...]:
    """The answers that stood beside each other before the last one, of those that its author had read."""
    known = [edit for edit in own if edit.hash != last.hash and edit.hash in last.knows]
    return survivors(known) if known else ()
