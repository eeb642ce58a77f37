"""The questions of a section as a page asks them, and what was typed, read back: of a record, and of one that is begun.

Each field carries what it held when the page was read: what a person left alone is no answer of theirs.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from backend.desk.asking import Field, NotAnAnswer, answer_in, field_of
from backend.desk.cleaning import cleaned
from backend.desk.cleaning_turns import in_turn
from backend.desk.file_refusals import TooManyFiles
from backend.desk.offering import offered
from backend.desk.record_view import Kept, speaking_of
from backend.desk.wording import Speaker
from backend.errors import BackendError
from backend.sentences import told_on_page
from backend.web.desk.guarding import Gone
from forms.definition.document import Form
from forms.records.speaking import Speaking
from forms.schema.question import MEDIA, Question

APPEND: Final = "append"
FILE: Final = "file"  # the kind of a field for a photo or sound: one is chosen, or a box takes it away
BROUGHT: Final = ".file"  # behind the name of a field: the file that was chosen for it
YES_NO: Final = {True: "yes", False: "no"}


class Asked(msgspec.Struct, frozen=True):
    """One question of a section as the page asks it: its field, what it held when the page was read, what is typed."""

    path: str
    name: str
    field: Field
    was: tuple[str, ...]
    typed: tuple[str, ...]
    adds: bool = False
    long: bool = False
    hint: str = ""
    fault: str = ""
    now: str = ""
    media: str = ""
    file: str = ""
    first: bool = False


def asked_of(
    speaker: Speaker, form: Form, kept: Kept, section: int, item: str = "", *, files: bool = False
) -> list[Asked]:
    """The questions of a section that a page can ask, with `files` those for a photo or sound too.

    Raises `Gone` for a section or item that is not there.
    """
    if not 0 <= section < len(form.sections):
        raise Gone
    found = form.sections[section]
    if (found.repeat is None) == bool(item) or (item and item not in kept.items.get(found.repeat or "", ())):
        raise Gone
    hidden, speaking = {row["path"] for row in kept.hidden}, speaking_of(speaker, form, kept)
    asked: list[Asked] = []
    for path in found.questions:
        question = form.leaf(path)
        here = path.replace("*", item) if item else path
        if question is None or question.local_only or here in hidden:
            continue
        if question.widget in MEDIA:
            if files:
                asked.append(_media(speaking, kept, question, here, len(asked)))
            continue
        field = field_of(speaker, form.slug, here)
        if field is not None:
            one = _question(speaking, kept, question, here, field, len(asked))
            shown = offered(speaker, form, kept.shown, here, one.field, speaker.now_ms())
            asked.append(msgspec.structs.replace(one, field=shown))
    return asked


def _question(speaking: Speaking, kept: Kept, question: Question, path: str, field: Field, number: int) -> Asked:
    adds = question.merge == APPEND
    was = () if adds else _given(kept, path)
    options = tuple(
        (code, speaking.choice(path, code) if code in question.choices else words) for code, words in field.options
    )
    return Asked(
        path, f"q{number}", field._replace(label=speaking.label(path) or path, options=options), was, was, adds,
        question.widget == "multiline" or adds, speaking.hint(path),
    )  # fmt: skip


def _media(speaking: Speaking, kept: Kept, question: Question, path: str, number: int) -> Asked:
    field, file = Field(FILE, speaking.label(path) or path), next(iter(_given(kept, path)), "")
    return Asked(path, f"q{number}", field, (), (), hint=speaking.hint(path), media=question.widget, file=file)


def _given(kept: Kept, path: str) -> tuple[str, ...]:
    """The answer at a path as a field of a page holds it."""
    one = kept.shown.get(path)
    return _as_typed(one["value"] if one is not None else None)


def with_answer(asked: Asked, value: Any) -> Asked:
    """A question whose field begins with an answer that nobody gave yet: it is one once the page is sent."""
    return msgspec.structs.replace(asked, typed=_as_typed(value), first=True)


def _as_typed(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, list):
        return tuple(map(str, value))
    return (YES_NO[value],) if isinstance(value, bool) else (str(value),)


def typed_in(asked: Asked, fields: Mapping[str, Sequence[str]]) -> Asked:
    """A question with what was posted for it, and with what its field held when the page was read."""
    typed = tuple(value.replace("\r\n", "\n") for value in fields.get(asked.name, ()) if value.strip())
    was = tuple(value.replace("\r\n", "\n") for value in fields.get(f"{asked.name}.was", ()))
    return msgspec.structs.replace(asked, typed=typed, was=was)


async def files_in(
    speaker: Speaker, asked: Sequence[Asked], brought: Mapping[str, Sequence[bytes]]
) -> tuple[dict[str, bytes], dict[str, str]]:
    """The files that were chosen, each rid of what stands beside the picture or sound, and what is wrong, by path."""
    found: dict[str, bytes] = {}
    faults: dict[str, str] = {}
    for each in asked:
        files = brought.get(f"{each.name}{BROUGHT}", ())
        if each.field.kind != FILE or not files:
            continue
        try:
            if len(files) > 1:
                raise TooManyFiles
            found[each.path] = await in_turn(cleaned, each.media, files[0])
        except BackendError as error:
            faults[each.path] = " ".join(told_on_page(error, speaker.language))
    return found, faults


def changes_in(speaker: Speaker, slug: str, asked: Sequence[Asked]) -> tuple[dict[str, Any], dict[str, str]]:
    """The answers that a person changed, and what is wrong, by path. Emptied ones are taken away."""
    changes: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for each in asked:
        if each.typed == each.was:
            continue
        if each.field.kind == FILE:
            changes[each.path] = None
            continue
        try:
            changes[each.path] = answer_in(speaker, slug, each.path, each.typed) if each.typed else None
        except NotAnAnswer as error:
            faults[each.path] = told_on_page(error, speaker.language).message
    return changes, faults
