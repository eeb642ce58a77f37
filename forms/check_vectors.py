"""Checking the tables of this room in tests/vectors/, row by row (the README beside each says what it holds)."""

import copy
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import jsonschema_rs
import msgspec

from forms import answers, paths, wording
from forms.definition.document import Form, faults, load_form
from forms.errors import FormsError
from forms.expressions import parser
from forms.expressions.checking import read
from forms.expressions.evaluation import evaluate
from forms.expressions.kinds import Scope, scope_of
from forms.expressions.printer import print_tree
from forms.expressions.tree import check_tree
from forms.policies import Edit, resolve
from forms.records import items, references
from forms.records.beginning import Beginner
from forms.records.deciding import Deciders, hidden_answers
from forms.records.relevance import Examiner, Seen
from forms.records.speaking import Speaking
from forms.records.validation import Validator
from forms.records.withholding import Reader
from forms.schema import patterns
from forms.schema.question import Question
from forms.theme.check_vectors import themed
from forms.versions import beginning, mentioning, saving
from forms.versions.moving import Mover

Row = Mapping[str, Any]
Found = tuple[Any, Any]  # what a row publishes, and what we find
Check = Callable[[Row, Row], Found]  # of a row and the file around it
_raw: Final = msgspec.json.encode


def difference(kind: str, document: Any) -> str | None:
    """The first row of a file of this kind that we decide otherwise, with the member that differs."""
    around: Row = {} if isinstance(document, list) else document
    rows = document if isinstance(document, list) else document["cases" if kind == "expressions" else "rows"]
    if not rows:
        return "the file holds no rows"
    for number, row in enumerate(rows):
        expected, found = CHECKS[kind](row, around)
        if (place := _differing(expected, found)) is not None:
            name = row.get("why") or row.get("name") or row.get("text") or ""
            return f"row {number} {name!r}{place}"
    return None


def _differing(expected: Any, found: Any, at: str = "") -> str | None:
    """The first place at which two values differ; 1, 1.0 and true are three values."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        for name in sorted(expected.keys() | found.keys()):
            if name not in expected or name not in found:
                return f"{at}.{name}: {'missing' if name not in found else 'not expected'}"
            if inner := _differing(expected[name], found[name], f"{at}.{name}"):
                return inner
        return None
    if isinstance(expected, (list, tuple)) and isinstance(found, (list, tuple)) and len(expected) == len(found):
        pairs = enumerate(zip(expected, found, strict=True))
        return next((place for n, (one, two) in pairs if (place := _differing(one, two, f"{at}[{n}]"))), None)
    same = type(expected) is type(found) and repr(expected) == repr(found)
    return None if same else f"{at}: expected {expected!r}, found {found!r}"


# --- paths, answers, policies ---


def _path(row: Row, _around: Row) -> Found:
    path = row["path"]
    try:
        names = paths.parse(path)
    except FormsError as error:
        return row["expected"], {"error": error.code}
    return {**row["expected"], "path": path}, {
        "names": list(names), "template": paths.template(path), "item": paths.item_of(path),
        "is_item": paths.is_item(path), "policy": paths.reserved_policy(path), "path": paths.format(names),
    }  # fmt: skip


def _canonical(row: Row, _around: Row) -> Found:
    try:
        return row["expected"], answers.canonical(json.loads(row["json"])).decode()
    except FormsError as error:
        return row["expected"], {"error": error.code}


def _document(row: Row, _around: Row) -> Found:
    document = answers.assemble(row["values"], row["hidden"])
    published = {"document": row["document"], "back": row["back"]}
    return published, {"document": document, "back": answers.disassemble(document)}


def _edit(row: Row) -> Edit:
    clock, device, seq = row["order"]
    knows = frozenset(bytes.fromhex(name) for name in row["knows"])
    order = (clock, bytes.fromhex(device), seq)
    return Edit(bytes.fromhex(row["hash"]), order, row["author"], row["at_ms"], row["value"], knows)


def _policy(row: Row, _around: Row) -> Found:
    outcome = resolve(row["policy"], [_edit(edit) for edit in row["edits"]], row["choices"])
    return row["expected"], {
        "value": outcome.value, "shown": outcome.shown.hex(), "kind": outcome.kind, "conflict": outcome.conflict,
        "asked": [name.hex() for name in outcome.asked],
        "parts": [[part.hash.hex(), part.author, part.at_ms, part.text] for part in outcome.parts],
    }  # fmt: skip


def _item(row: Row, _around: Row) -> Found:
    leaves = [[_edit(edit) for edit in leaf] for leaf in row["leaves"].values()]
    stands = items.standing([_edit(edit) for edit in row["item"]], leaves)
    return row["expected"], {"hidden": stands.hidden, "contested": stands.contested}


# --- forms and what depends on answers ---


def _listed(findings: Any) -> list[list[str]]:
    return [[one.code, one.path] for one in findings]


def _validation(row: Row, around: Row) -> Found:
    """The file's forms are handed in beside it, by the name that a row gives."""
    return row["expected"], _listed(Validator(load_form(around["forms"][row["form"]])).findings(row["document"]))


def _pattern(row: Row, _around: Row) -> Found:
    found = patterns.read(row["pattern"], "").findings
    if "refused" in row:
        return row["refused"], [one.code for one in found]
    fits = jsonschema_rs.Draft202012Validator(
        {"pattern": row["pattern"]}, pattern_options=jsonschema_rs.RegexOptions()
    ).is_valid
    texts = [*row["fits"], *row["misses"]]
    return {"fits": row["fits"], "findings": []}, {"fits": [t for t in texts if fits(t)], "findings": _listed(found)}


def _seen_of(seen: Seen) -> dict[str, Any]:
    return {
        "document": seen.document, "computed": dict(seen.computed), "findings": _listed(seen.findings),
        "banners": list(seen.banners),
    }  # fmt: skip


def _looked(examiner: Examiner, row: Row) -> tuple[Seen, dict[str, Any]]:
    seen = examiner.examine(row["document"], row["today"])
    return seen, {**_seen_of(seen), "hidden": list(seen.hidden)}


def _seen(row: Row, around: Row) -> Found:
    before = copy.deepcopy(row["document"])
    found = _looked(Examiner(load_form(_raw(around["form"]))), row)[1]
    return {"seen": row["seen"], "document": before}, {"seen": found, "document": row["document"]}


def _offers(row: Row, around: Row) -> Found:
    """A record of a form that filters and demands, with the lists that a row hands in."""
    examiner = Examiner(load_form(_raw(around["form"])), row.get("lists"))
    seen, found = _looked(examiner, row)
    offered = {path: examiner.offered(seen, path, row["today"]) for path in row["offered"]}
    codes = {path: None if some is None else sorted(some) for path, some in offered.items()}
    return {"seen": row["seen"], "offered": row["offered"]}, {"seen": found, "offered": codes}


def _hidden(row: Row, around: Row) -> Found:
    form = _changed_form(around, row)
    edits = {
        path: [
            Edit(name.encode(), (at, name[:1].encode(), at), name[:1], at, value, frozenset(k.encode() for k in knows))
            for name, at, value, knows in listed
        ]
        for path, listed in row["edits"].items()
    }
    inside = {item: [own for path, own in edits.items() if path.startswith(item + "/")] for item in edits}
    gone = {item for item in edits if paths.is_item(item) and items.standing(edits[item], inside[item]).hidden}
    shown = {path: {} if paths.is_item(path) else _winner(form, path, own) for path, own in edits.items()}
    seen = Examiner(form).examine(answers.assemble(shown, gone), row["today"])
    listed = hidden_answers(Deciders(form), edits, seen.hidden, gone)
    return row["expected"], [
        [one.path, one.parallel, list(one.by), [name.decode() for name in one.shown]] for one in listed
    ]


def _changed_form(around: Row, row: Row) -> Form:
    """The form of a file, with what a row says of it otherwise."""
    return load_form(_raw(_changed(around["form"], row.get("set", {}))))


def _winner(form: Form, path: str, own: list[Edit]) -> Any:
    return resolve(form.policy(path) or "ask", own).value


def _fault(row: Row, around: Row) -> Found:
    return row["findings"], _listed(faults(_raw(_changed(_untreed(around["form"]), row["set"]))))


def _untreed(form: Row) -> Row:
    """A form whose expressions a row may write otherwise."""
    return {name: member for name, member in form.items() if name != "trees"}


def _changed(form: Row, changes: Row) -> Any:
    """A form in which JSON Pointers get values; missing objects are made."""
    changed = copy.deepcopy(dict(form))
    for pointer, value in changes.items():
        *way, last = [name.replace("~1", "/").replace("~0", "~") for name in pointer.split("/")[1:]]
        inner: Any = changed
        for name in way:
            inner = inner[int(name)] if isinstance(inner, list) else inner.setdefault(name, {})
        inner[int(last) if isinstance(inner, list) else last] = value
    return changed


def _saving(row: Row, around: Row) -> Found:
    form = load_form(_raw(_changed(around["form"], row["set"])))
    found: dict[str, Any] = {"findings": _listed(saving.faults(form))}
    if row["touches"] is not None:
        need = saving.need(form)
        found |= {"touches": need.touches, "size": need.size}
    return {name: row[name] for name in found}, found


def _begun(row: Row, around: Row) -> Found:
    return row["findings"], _listed(beginning.faults(load_form(_raw(_changed(_untreed(around["form"]), row["set"])))))


def _prefilled(row: Row, around: Row) -> Found:
    form = load_form(_raw(around["form"]))
    return row["filled"], references.prefilled(form, row["path"], row["answer"], row["records"])


def _withheld(row: Row, around: Row) -> Found:
    form = load_form(_raw(around["form"]))
    seen = Examiner(form).examine(row["document"], row["today"])
    reader = Reader(form, row["who"])
    found = {"withheld": sorted(reader.withheld(seen, row["today"])), "seen": _seen_of(reader.of(seen, row["today"]))}
    return {name: row[name] for name in found}, found


def _travelling(row: Row, around: Row) -> Found:
    return row["travelling"], load_form(_raw(around["form"])).travelling(row["answers"])


def _said(row: Row, around: Row) -> Found:
    form = load_form(_raw(around["form"]))
    seen = Examiner(form).examine(row["document"], around["today"])
    speaking = Speaking(form, seen, row["language"], around["lists"])
    return row["said"], speaking.said(row["words"], row["at"], row["item"])


def _mentioned(row: Row, around: Row) -> Found:
    document = _changed(around["form"], row["set"])
    return row["findings"], _listed(mentioning.faults(load_form(_raw(document)), document))


def _first(row: Row, around: Row) -> Found:
    beginner = Beginner(load_form(_raw(around["form"])))
    return row["filled"], beginner.answers(row["answers"], around["today"], row["items"])


def _moved(row: Row, around: Row) -> Found:
    forms = [load_form(_raw(around["forms"][name])) for name in row["versions"]]
    return row["moved"], Mover(forms).answers(row["answers"])


# --- expressions ---


def _asked(path: str, said: Any) -> Question:
    repeat = path.partition("/*/")[0] if "/*/" in path else None
    if isinstance(said, str):
        return Question(path, said, (), repeat)
    kind, codes = ("choice", said) if isinstance(said, list) else ("choices", said["choices"])
    return Question(path, kind, tuple(codes), repeat)


def _scope(case: Row) -> Scope:
    questions = [_asked(path, said) for path, said in case["form"].items()]
    return scope_of(questions, {question.repeat: None for question in questions if question.repeat}, {})


def _expression(row: Row, around: Row) -> Found:
    """The expected outcome of a case: its value, its fault, its resolved names, or its tree."""
    case = {**around, **row}
    if "expect" in case:
        value = evaluate(case["tree"], case["document"], case["today"], case.get("item"))
        return [[], case["expect"]], [_listed(check_tree(case["tree"])), value]
    if "code" in case:
        return _expression_fault(case)
    if "resolved" in case:
        checked = _checked(case)
        return [[], case["resolved"], case["kind"]], [_listed(checked.findings), checked.tree, checked.kind.name]
    if faulty := _listed(check_tree(case["tree"])):
        return [], faulty
    node, again = parser.parse(case["text"]).node, parser.parse(print_tree(case["tree"])).node
    trees = [None if one is None else one.tree for one in (node, again)]
    return [case["tree"], case["tree"]], trees


def _checked(case: Row) -> Any:
    return read(case["text"], _scope(case), repeat=case.get("repeat"), condition=case.get("condition", False))


def _expression_fault(case: Row) -> Found:
    if "text" not in case:
        return [] if case["code"] is None else [[case["code"], case["at"]]], _listed(check_tree(case["tree"]))
    findings = _checked(case).findings if "form" in case else parser.parse(case["text"]).findings
    found = [[one.code, one.start, one.end, one.suggestion] for one in findings]
    return [[case["code"], case["start"], case["end"], case.get("suggestion")]], found


def _written(row: Row, _around: Row) -> Found:
    return row["expected"], wording.written(row["widget"], row["value"], row["language"])


def _own_day(row: Row, _around: Row) -> Found:
    return row["expected"], load_form(_raw(row["form"])).own_day


CHECKS: Final[dict[str, Check]] = {
    "paths": _path,
    "canonical": _canonical,
    "answers": _document,
    "policies": _policy,
    "items": _item,
    "validation": _validation,
    "patterns": _pattern,
    "written": _written,
    "own_day": _own_day,
    "theme": themed,
    "seen": _seen,
    "asked": _seen,
    "sections": _seen,
    "computed": _seen,
    "offers": _offers,
    "hidden": _hidden,
    "faults": _fault,
    "prefilled": _prefilled,
    "withheld": _withheld,
    "travelling": _travelling,
    "said": _said,
    "mentioned": _mentioned,
    "first": _first,
    "moves": _moved,
    "saving": _saving,
    "beginning": _begun,
    "expressions": _expression,
}
