"""The columns in which an exported XLSForm carries what XLSForm has no word for (SPEC.md section 3).

Other programs pass over columns that they do not know. Whoever imports the form again reads them, each as far as
nobody changed the cells that it stands for: those stand, as they were written, in `WRITTEN`.
"""

from typing import Final

PREFIX: Final = "veldpost::"

# survey, one row for a question
PATH: Final = "veldpost::path"  # the template of the question or repeating group: /bezoek/datum, /kind/*/naam
SENSITIVITY: Final = "veldpost::sensitivity"  # S0 to S4
MERGE: Final = "veldpost::merge"  # the policy; empty: the form names none
SCHEMA: Final = "veldpost::schema"  # JSON: the question's node of the schema without enum; of a repeat, its limits
FIELD: Final = (
    "veldpost::field"  # JSON: members of `fields` other than label, hint, choices, show_if, merge, sensitivity
)
SHOW_IF: Final = "veldpost::show_if"  # the expression; stands for `relevant`; also on a section's row
COMPUTED: Final = "veldpost::computed"  # the expression; stands for `calculation`
CHECKS: Final = (
    "veldpost::checks"  # JSON: [[place in the form's list, check], ...]; with SCHEMA stands for `constraint`
)
WRITTEN: Final = "veldpost::written"  # JSON: {column: cell} of WRITTEN_COLUMNS, as they were exported

# survey, the row that begins a group or repeat
SECTION: Final = (
    "veldpost::section"  # JSON: [place in the layout, the section without section, fields, show_if, repeat]
)
# A group with this column is a page only: no object of the schema, no part of the paths inside.

# choices, one row for a choice; a plain name, because other programs carry every column of a choice along
CODE: Final = "veldpost_code"  # the code, where it had to be written otherwise

# settings, the one row
FORM_COLUMNS: Final = {  # by column: the member of the document; all but the texts as JSON
    "veldpost::version": "version",
    "veldpost::title": "title",
    "veldpost::purpose": "purpose",
    "veldpost::legal_basis": "legal_basis",
    "veldpost::retention": "retention",
    "veldpost::schema": "schema",  # without properties: additionalProperties, $schema
    "veldpost::lint": "lint",
    "veldpost::moves": "moves",
    "veldpost::tables": "tables",
    "veldpost::texts": "texts",  # no member: texts that mention answers, by how they stand in the workbook
}
TEXT_MEMBERS: Final = frozenset({"purpose", "legal_basis"})  # written as they are; every other member as JSON
WRITTEN_COLUMNS: Final = (
    "default", "type", "required", "relevant", "constraint", "calculation", "appearance", "parameters",
    "choice_filter",
)  # fmt: skip
