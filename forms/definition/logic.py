"""The logic of a form: questions that are asked, computed, cross-checked and warned of (SPEC.md section 10).

Reads every expression of a form document, and puts hiding and computing into an order in which each looks at
what is already settled: one pass gives the fixed point, because there is no circle.
"""

from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Final

import msgspec

from forms import paths
from forms.definition import firsts, members, offers
from forms.definition.firsts import First
from forms.definition.offers import Demand, Offer
from forms.definition.parts import ERROR, Parts
from forms.expressions.checking import SUGGESTIONS_MAX, Checked, check_parsed
from forms.expressions.guards import Held, held, unguarded
from forms.expressions.kinds import UNKNOWN, Kind, Scope, scope_of
from forms.expressions.parser import Parsed, close, parse
from forms.expressions.printer import written
from forms.expressions.tree import Node, Tree, reads
from forms.findings import FINDINGS_MAX, Finding, finding
from forms.schema.fields import Field
from forms.schema.question import Question

PARTS_MAX: Final = 30_000  # of all expressions together: a phone works them out at every keystroke


class Hide(msgspec.Struct, frozen=True):
    """The parts that are left out unless the condition is true: questions, computed fields, or a whole repeating group.

    With `repeat` it is asked for every item, of one question of that item.
    """

    tree: Tree
    targets: tuple[str, ...]
    repeat: str | None = None


class Compute(msgspec.Struct, frozen=True):
    """A field that nobody fills in; `kind` is what it gives."""

    tree: Tree
    path: str
    kind: Kind
    repeat: str | None = None


class Check(msgspec.Struct, frozen=True):
    """A condition that must hold if `at` is answered, and its text otherwise; `level` is error, warn or ask_reason."""

    tree: Tree
    at: str
    say: Mapping[str, str]
    level: str = ERROR
    repeat: str | None = None


class Banner(msgspec.Struct, frozen=True):
    """The text above a section while the condition is true."""

    tree: Tree
    section: int
    say: Mapping[str, str]


class Withhold(msgspec.Struct, frozen=True):
    """The readers whose export questions a question or computed field out, unless the condition is `false`."""

    tree: Tree
    path: str
    who: tuple[str, ...]
    repeat: str | None = None


class Logic(msgspec.Struct, frozen=True):
    """All expressions of a form. `steps` stand in the order in which they are worked out.

    `trees` gives the tree of every expression by its place in the form document.
    """

    steps: tuple[Hide | Compute, ...] = ()
    checks: tuple[Check, ...] = ()
    banners: tuple[Banner, ...] = ()
    withheld: tuple[Withhold, ...] = ()
    demands: tuple[Demand, ...] = ()
    offers: tuple[Offer, ...] = ()
    firsts: tuple[First, ...] = ()
    trees: Mapping[str, Tree] = {}

    @property
    def computed(self) -> tuple[Compute, ...]:
        """The computed fields alone."""
        return tuple(step for step in self.steps if isinstance(step, Compute))


class LogicReading(msgspec.Struct, frozen=True):
    """The result of one look at the expressions of a document; the logic is whole only without findings."""

    findings: tuple[Finding, ...] = ()
    logic: Logic = Logic()


class _Source(msgspec.Struct, frozen=True):
    """One expression in the document: where it stands, what it decides, and what is hidden by it.

    `place` is the question or group that it belongs to: while that is hidden, it does not matter.
    """

    at: str
    text: str
    use: str
    place: str | None = None
    repeat: str | None = None
    hides: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
    choice: Field | None = None
    """What the field says of the choices, if this is asked of each of them."""

    def checked(self, parsed: Parsed, scope: Scope, suggestions: int = 0) -> Checked:
        """The parsed text, checked for what it is here."""
        condition, repeat = self.use not in {"computed", "first"}, self.repeat
        if self.choice is not None:
            scope, repeat = offers.scope_of_choice(scope, self.choice, repeat), offers.CHOICE
        return check_parsed(parsed, scope, repeat=repeat, condition=condition, suggestions=suggestions)

    def answers(self, node: Node) -> Node:
        """The parts of its expression that read answers."""
        return node if self.choice is None else offers.masked(node, frozenset(offers.names_of(self.choice)))


def read_logic(parts: Parts, questions: Sequence[Question], repeats: Sequence[str]) -> LogicReading:
    """Every expression of a document that has its shape and whose schema can be used, and every fault of them."""
    places = list(_places(parts, questions, repeats))
    if places:
        return LogicReading(tuple(places))
    sources = list(_sources(parts))
    parsed: dict[str, Parsed] = {}
    size = 0
    for source in sources:
        parsed[source.at] = parse(source.text)
        size += parsed[source.at].parts
        if size > PARTS_MAX:
            return LogicReading((finding("expressions-too-large", "", limit=PARTS_MAX),))
    scope = _scope(sources, parsed, questions, repeats)
    found: dict[str, Checked] = {}
    faults: list[Finding] = []
    for source in sources:
        found[source.at] = source.checked(parsed[source.at], scope, SUGGESTIONS_MAX - len(faults))
        faults += [msgspec.structs.replace(one, path=source.at) for one in found[source.at].findings]
        if len(faults) > FINDINGS_MAX:
            break
    if faults:
        return LogicReading(tuple(faults))
    nodes = {source.at: source.answers(found[source.at].node) for source in sources}
    order, faults = _order(sources, nodes)
    faults += _may_be_hidden(sources, nodes)
    faults += firsts.misfits(questions, found)
    faults += _local_read(sources, nodes, members.local_paths(parts.fields))
    if faults:
        return LogicReading(tuple(faults))
    by_at = {source.at: source for source in sources}
    logic = Logic(
        steps=tuple(_step(by_at[at], found[at]) for at in order),
        checks=tuple(_checks(parts, found)),
        banners=tuple(_banners(parts, found)),
        withheld=tuple(_withheld(parts.fields, found)),
        demands=tuple(
            Demand(found[one.at].tree, one.place or "", one.repeat) for one in sources if one.use == "demand"
        ),
        offers=tuple(_offer(one, found[one.at]) for one in sources if one.choice is not None),
        firsts=firsts.in_order(parts.order, found),
        trees={at: checked.tree for at, checked in found.items()},
    )
    faults = list(_trees(parts, logic))
    return LogicReading(tuple(faults), logic)


# --- what the document says ---


def _places(parts: Parts, questions: Sequence[Question], repeats: Sequence[str]) -> Iterator[Finding]:
    """A computed field stands at the top or in an item, under a name of its own; a check belongs to something."""
    taken = {(question.repeat, question.name) for question in questions}
    tops = {paths.parse(path)[0] for path in (*repeats, *(question.path for question in questions))}
    for path in parts.computed:
        repeat = paths.repeat_of(path)
        name = path.rpartition("/")[2]
        at = paths.format(["computed", path])
        alone = path == f"/{name}" if repeat is None else repeat in repeats and path == f"{repeat}/*/{name}"
        if not alone or paths.NAME.fullmatch(name) is None:
            yield finding("computed-place", at, name=path)
        elif (repeat, name) in taken or (repeat is None and name in tops):
            yield finding("duplicate-name", at, name=name)
    known = [*(question.path for question in questions), *repeats, *parts.computed]
    for place, check in enumerate(parts.checks):
        if check.at not in known:
            meant = close(check.at, known)
            yield finding("check-no-place", f"/checks/{place}/at", name=check.at, suggestion=meant)


def _sources(parts: Parts) -> Iterator[_Source]:
    """Every expression, in the order of the document's sections, fields, computed fields and checks."""
    groups = [page.repeat for page in parts.layout]
    for place, page in enumerate(parts.layout):
        at, inside, repeat = f"/layout/{place}", page.templates, page.repeat
        if page.show_if is not None:
            hides, covers = inside, inside
            if repeat is not None and groups.count(repeat) == 1:  # the page is all of the group
                hides, covers = (repeat,), (repeat, *inside)
            yield _Source(f"{at}/show_if", page.show_if, "hide", None, None, hides, covers)
        if page.banner is not None:
            yield _Source(f"{at}/banner/show_if", page.banner.show_if, "banner")
    for path, field in parts.fields.items():
        yield from _of_field(path, field)
    for path, text in parts.computed.items():
        yield _Source(paths.format(["computed", path]), text, "computed", path, paths.repeat_of(path))
    for place, check in enumerate(parts.checks):
        yield _Source(f"/checks/{place}/if_not", check.if_not, "check", check.at, paths.repeat_of(check.at))


def _of_field(path: str, field: Field) -> Iterator[_Source]:
    """The expressions of one question or computed field."""
    repeat = paths.repeat_of(path)
    if field.show_if is not None:
        yield _Source(paths.format(["fields", path, "show_if"]), field.show_if, "hide", path, repeat, (path,), (path,))
    if field.required_if is not None:
        yield _Source(paths.format(["fields", path, "required_if"]), field.required_if, "demand", path, repeat)
    if field.offer_if is not None:
        at = paths.format(["fields", path, "offer_if"])
        yield _Source(at, field.offer_if, "offer", path, repeat, choice=field)
    if field.first is not None:
        yield _Source(firsts.place_of(path), field.first, "first", path, repeat)
    withheld = field.confidential_from
    if withheld is not None and withheld.condition is not None:
        at = paths.format(["fields", path, "confidential_from", "if"])
        yield _Source(at, withheld.condition, "withhold", path, repeat)


def _scope(
    sources: Sequence[_Source], parsed: Mapping[str, Parsed], questions: Sequence[Question], repeats: Sequence[str]
) -> Scope:
    """The names of the form, with what every computed field gives: each worked out after those that it reads."""
    computed = {source.place: source for source in sources if source.use == "computed" and source.place}
    scope = scope_of(questions, repeats, dict.fromkeys(computed, UNKNOWN))
    needs = {
        path: _templates_of(source.checked(parsed[source.at], scope).node, source) & computed.keys()
        for path, source in computed.items()
    }
    try:
        order = list(TopologicalSorter(needs).static_order())
    except CycleError:
        return scope  # said by `_order`
    for path in order:
        scope.learn(path, computed[path].checked(parsed[computed[path].at], scope).kind)
    return scope


def _templates_of(node: Node, source: _Source) -> set[str]:
    return {template for _, template in reads(node, source.repeat)}


# --- order, circles, and what may be hidden ---


def _order(sources: Sequence[_Source], nodes: Mapping[str, Node]) -> tuple[list[str], list[Finding]]:
    """Hiding and computing, each after what it reads is settled; or the circle in which they stand."""
    settles: dict[str, set[str]] = {}
    for source in sources:
        for path in source.covers if source.use == "hide" else [source.place or ""] if source.use == "computed" else []:
            settles.setdefault(path, set()).add(source.at)
    needs: dict[str, set[str]] = {}
    for source in sources:
        if source.use not in {"hide", "computed"}:
            continue
        needed = set().union(*(settles.get(path, set()) for path in _templates_of(nodes[source.at], source)))
        if source.repeat is not None:
            needed |= settles.get(source.repeat, set())
        if source.use == "computed":  # what is hidden is not computed
            needed |= settles.get(source.place or "", set()) - {source.at}
        needs[source.at] = needed
    try:
        return list(TopologicalSorter(needs).static_order()), []
    except CycleError as error:
        circle: list[str] = error.args[1]
        return [], [finding("expression-circle", min(circle), names=" -> ".join(reversed(circle)))]


def _may_be_hidden(sources: Sequence[_Source], nodes: Mapping[str, Node]) -> list[Finding]:
    """Find expressions that read an answer that may be hidden, and do not say what holds then."""
    hidden: dict[str, dict[str, str]] = {}
    holds: dict[str, Held] = {}
    for source in sources:
        if source.use == "hide":
            text, holds[source.at] = written(nodes[source.at]), held(nodes[source.at])
            for path in source.covers:
                hidden.setdefault(path, {})[text] = source.at
    found: list[Finding] = []
    for source in sources:
        if len(found) > FINDINGS_MAX:
            break
        if source.use == "first":  # nothing is answered yet: what is not there is null
            continue
        own = nodes[source.at]
        around = [at for path in (source.place, source.repeat) if path for at in hidden.get(path, {}).values()]
        if source.use == "banner":
            around.append(source.at.replace("/banner/", "/"))
        known = [holds[at] for at in around if at in holds and at != source.at]
        for node, path, condition in unguarded(own, source.repeat, hidden, known):
            name = paths.parse(path.replace(f"/{paths.ANY_ITEM}", ""))[-1]
            found.append(
                finding("may-be-hidden", source.at, start=node.start, end=node.end, name=name, condition=condition)
            )
    return found


def _local_read(sources: Sequence[_Source], nodes: Mapping[str, Node], local: frozenset[str]) -> list[Finding]:
    """Find expressions that read an answer that stays on the device, and are worked out elsewhere too."""
    return [
        finding("local-read", source.at, start=node.start, end=node.end, name=path)
        for source in sources
        if source.place not in local
        for node, path in reads(nodes[source.at], source.repeat)
        if path in local
    ]


# --- what the form keeps ---


def _step(source: _Source, checked: Checked) -> Hide | Compute:
    if source.use == "hide":
        return Hide(checked.tree, source.hides, source.repeat)
    assert source.place is not None
    return Compute(checked.tree, source.place, checked.kind, source.repeat)


def _offer(source: _Source, checked: Checked) -> Offer:
    assert source.place is not None and source.choice is not None
    said = source.choice.attributes
    own = said if isinstance(said, Mapping) else {}
    names = frozenset(offers.names_of(source.choice))
    return Offer(checked.tree, source.place, source.repeat, own, source.choice.listed, names)


def _checks(parts: Parts, found: Mapping[str, Checked]) -> Iterator[Check]:
    for place, check in enumerate(parts.checks):
        tree = found[f"/checks/{place}/if_not"].tree
        yield Check(tree, check.at, check.say, check.level, paths.repeat_of(check.at))


def _banners(parts: Parts, found: Mapping[str, Checked]) -> Iterator[Banner]:
    for place, page in enumerate(parts.layout):
        if page.banner is not None:
            yield Banner(found[f"/layout/{place}/banner/show_if"].tree, place, page.banner.say)


def _withheld(fields: Mapping[str, Field], found: Mapping[str, Checked]) -> Iterator[Withhold]:
    for path, field in fields.items():
        if field.confidential_from is not None:
            checked = found.get(paths.format(["fields", path, "confidential_from", "if"]))
            tree = True if checked is None else checked.tree
            yield Withhold(tree, path, field.confidential_from.who, paths.repeat_of(path))


def _trees(parts: Parts, logic: Logic) -> Iterator[Finding]:
    """A version that carries trees must carry those of its own texts: devices look at nothing else."""
    carried = logic.trees if parts.trees is None else parts.trees
    for at in sorted({*carried, *logic.trees}):
        if repr(carried.get(at, ...)) != repr(logic.trees.get(at, ...)):
            yield finding("trees-differ", paths.format(["trees", at]), name=at)
