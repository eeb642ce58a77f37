"""A list of the municipality as the file that an exported form takes its choices from (SPEC.md section 2)."""

import csv
from io import StringIO

from forms.definition.inspection import LANGUAGE
from forms.lists.lists import NamedList, guarded


def choices_csv(named: NamedList) -> bytes:
    """The choices offered now, as `select_one_from_file` reads them: `name`, `label` in Dutch, and every attribute."""
    attributes = sorted({name for item in named.items for name in item.attributes} - {"name", "label"})
    out = StringIO(newline="")
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(["name", "label", *attributes])
    for item in named.items:
        if not item.retired:
            texts = (item.label[LANGUAGE], *(item.attributes.get(name, "") for name in attributes))
            table.writerow([item.code, *map(guarded, texts)])
    return out.getvalue().encode()
