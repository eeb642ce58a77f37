"""The wishes of whoever exports: which records and columns, made for whom, and with which names in place of ids."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from backend.desk.export_columns import Column
from backend.stores.record_rows import shown_answers
from backend.stores.records import ALL, Chosen
from crypto.pseudonyms import Pseudonyms
from forms import paths
from forms.answers import assemble, check
from forms.definition.document import Form
from forms.records.relevance import Examiner, left_out
from forms.records.withholding import Reader
from picture.reading import today_at

PIECE: Final = 250  # records that are asked for at once where they are put in another order


class Withholding:
    """The answers that are left out for one audience (forms/SPEC.md 6.5), worked out for one record after the other."""

    def __init__(self, form: Form, who: str, lists: Mapping[str, Collection[str]]) -> None:
        self._form = form
        self._examiner = Examiner(form, lists)
        self._reader = Reader(form, who)
        self._record = ""
        self._gone: frozenset[str] = frozenset()

    def learn(self, record: str, shown: str, changed_ms: int) -> None:
        """Take in the shown answers of the record that comes next, which was last written at that time."""
        if record == self._record:
            return
        answers = {path: one["value"] for path, one in shown_answers(shown).items() if self._form.has(path)}
        wrong = {finding.path for finding in check(answers)}
        document = assemble({path: value for path, value in answers.items() if path not in wrong})
        today = today_at(changed_ms)
        self._gone = self._reader.withheld(self._examiner.examine(document, today), today)
        self._record = record

    def gone(self, record: str, path: str) -> bool:
        """Tell whether an answer is left out; of a record that was not taken in, everything is."""
        return record != self._record or left_out(path, self._gone)


class Wishes:
    """Everything that an export may leave out or write otherwise."""

    def __init__(
        self,
        chosen: Chosen = ALL,
        columns: Collection[str] = (),
        withholding: Withholding | None = None,
        pseudonyms: Pseudonyms | None = None,
        cases: frozenset[str] = frozenset(),
    ) -> None:
        self.chosen = chosen
        self.columns = frozenset(columns)
        self.withholding = withholding
        self.pseudonyms = pseudonyms
        self._cases = cases

    @property
    def reader(self) -> bool:
        """Tell whether it is made for somebody from whom answers are kept."""
        return self.withholding is not None

    @property
    def as_kept(self) -> bool:
        """Tell whether every cell goes out as it is kept."""
        return self.pseudonyms is None and self.withholding is None

    def wants(self, name: str, path: str) -> bool:
        """Tell whether a column is wished for: by its name, or the question that a choice belongs to."""
        return not self.columns or bool({name, path.rpartition("/")[2]} & self.columns)

    def withheld(self, record: str, path: str) -> bool:
        """Tell whether an answer is kept from who this is for."""
        return self.withholding is not None and self.withholding.gone(record, path)

    def pieces(self, ids: Callable[[Chosen], Iterator[str]]) -> Iterator[Chosen]:
        """The records in pieces, in an order that gives nothing away.

        Without names it is the order of their ids, in one piece. With names that order would join two exports which
        the names keep apart: then it is that of the names, which needs a hundred bytes a record.
        """
        if self.pseudonyms is None:
            yield self.chosen
            return
        named = sorted((self.record(one), one) for one in ids(self.chosen))
        for start in range(0, len(named), PIECE):
            yield self.chosen._replace(records=tuple(one for _, one in named[start : start + PIECE]))

    def ordered(self, rows: Iterable[Sequence[Any]]) -> Iterable[Sequence[Any]]:
        """The rows of a piece, in the order of the names where there are names."""
        return rows if self.pseudonyms is None else sorted(rows, key=lambda row: [str(cell) for cell in row[:3]])

    def cell(self, column: Column, value: Any, record: str, item: str) -> Any:
        """A cell as it goes out."""
        if column.name == "_record":
            return self.record(str(value))
        if column.name == "_item":
            return self._named("item", str(value))
        path = column.path.replace(f"/{paths.ANY_ITEM}/", f"/{item}/")
        if column.path and self.withheld(record, path):
            return None
        return self.answer(column.path, value) if column.path else value

    def record(self, record: str) -> str:
        """The id of a record, or the name that stands for it."""
        return self._named("record", record)

    def worker(self, worker: Any) -> Any:
        """A worker, or the name that stands for them."""
        return self._named("worker", worker) if isinstance(worker, str) and worker else worker

    def path(self, path: str) -> str:
        """A field path, in which the ids of items may be names."""
        if self.pseudonyms is None:
            return path
        parts = path.split("/")
        return "/".join(self._named("item", part) if paths.is_item_id(part) else part for part in parts)

    def answer(self, path: str, value: Any) -> Any:
        """An answer, or the name of the case that it is the code of."""
        is_case = isinstance(value, str) and paths.template(path) in self._cases
        return self._named("case", value) if is_case else value

    def _named(self, kind: str, value: str) -> str:
        return value if self.pseudonyms is None else self.pseudonyms.of(kind, value)
