"""Workbooks as tables inside tests, in the style of pyxform's own: a sheet's name, then its rows between bars."""

from io import BytesIO

from openpyxl import Workbook


def sheets(text: str) -> dict[str, list[list[str]]]:
    """The sheets of a table: `| survey |` begins one, and every row after it stands one cell to the right."""
    found: dict[str, list[list[str]]] = {}
    name = ""
    for line in text.strip().splitlines():
        cells = [cell.strip().replace("¦", "|") for cell in line.strip().strip("|").split("|")]
        if cells[0]:
            name = cells[0]
            found[name] = []
        elif name:
            found[name].append(cells[1:])
    return found


def workbook(tables: dict[str, list[list[str]]]) -> bytes:
    """The bytes of a workbook with these sheets."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in tables.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append([cell or None for cell in row])
    raw = BytesIO()
    book.save(raw)
    return raw.getvalue()


def made(text: str) -> bytes:
    """The bytes of the workbook in this table."""
    return workbook(sheets(text))


def thousand() -> bytes:
    """A survey of a thousand rows, as a large one looks: pages, repeats, conditions, bounds, sums, two languages."""
    survey = [["type", "name", "label::Nederlands (nl)", "label::English (en)", "hint::Nederlands (nl)", "required"]]
    survey[0] += ["relevant", "constraint", "calculation", "appearance"]
    for page in range(40):
        repeat = page % 8 == 7
        kind, last = ("repeat", "end repeat") if repeat else ("group", "end group")
        survey.append([f"begin {kind}", f"deel_{page}", f"Deel {page}", f"Part {page}"])
        for row in range(23):
            survey.append(_row(page, row))
        survey.append([last])
    choices = [["list_name", "name", "label::Nederlands (nl)", "label::English (en)"]]
    for place in range(10):
        choices += [
            [f"lijst_{place}", f"keuze_{n}", f"Keuze {n} van {place}", f"Choice {n} of {place}"] for n in range(6)
        ]
    settings = [["form_title", "form_id", "version"], ["Groot formulier", "groot_formulier", "1"]]
    return workbook({"survey": survey, "choices": choices, "settings": settings})


def alike(groups: int, asking: int = 6) -> bytes:
    """A survey whose groups are the same twenty rows under the same names, each asked by some that stand before it."""
    survey = [["type", "name", "label", "relevant"]]
    for group in range(groups):
        survey.append(["begin group", f"deel_{group}", f"Deel {group}"])
        for row in range(18):
            beside = " and ".join(f"../v_{other} > 1" for other in range(row - row % asking, row))
            survey.append(["integer", f"v_{row}", f"Vraag {row}", beside])
        survey.append(["end group"])
    return workbook({"survey": survey, "settings": [["form_title", "form_id"], ["Gelijke groepen", "gelijk"]]})


def _row(page: int, row: int) -> list[str]:
    name, before = f"v_{page}_{row}", f"v_{page}_{row - row % 6}"
    words = [
        f"Vraag {row} van deel {page}",
        f"Question {row} of part {page}",
        "Vraag het rustig" if row % 4 == 0 else "",
    ]
    asked = row % 6 in {1, 3} or (row % 6 == 2 and page % 5 == 0)  # what is computed of the last may be hidden
    show = f"${{{before}}} = 'keuze_1'" if asked else ""
    match row % 6:
        case 0:
            return [f"select_one lijst_{(page + row) % 10}", name, *words, "yes", "", "", "", "minimal"]
        case 1:
            return ["text", name, *words, "", show, "string-length(.) <= 200", "", "multiline"]
        case 2:
            return ["integer", name, *words, "", show, ". >= 0 and . <= 120", "", ""]
        case 3:
            return [f"select_multiple lijst_{(page + row) % 10}", name, *words, "", show, "", "", ""]
        case 4:
            return ["date", name, *words, "", "", ". <= today()", "", ""]
    return ["calculate", name, "", "", "", "", "", "", f"if(${{v_{page}_{row - 3}}} > 18, 1, 0)", ""]
