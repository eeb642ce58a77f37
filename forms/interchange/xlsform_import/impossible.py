"""Functions of XLSForms that have no word here, each with its reason (SPEC.md section 3.4)."""

from typing import Final

from forms.interchange.xlsform_import.values import Why
from forms.sentences import phrase

_JOIN: Final = phrase("import-our-language-joins-no-texts")
_CUT: Final = phrase("import-our-language-cuts-no-texts")
_LABEL: Final = phrase("import-label-no-answer-compare-with")
_SUMS: Final = phrase("import-no-such-arithmetic")
_CHANCE: Final = phrase("import-chance-gives-something-else-on")
_FILES: Final = phrase("import-files-beside-form-not-read")
_PLACE: Final = phrase("import-distances-areas-not-computed")
_ITEM: Final = phrase("import-single-times-repeat-cannot-pointed")
_CLOCK: Final = phrase("import-days-only-no-points-time")
_DEVICE: Final = phrase("import-facts-device-not-asked")
_REGEX: Final = phrase("import-pattern-fits-only-constraint-question")

_SURVEYCTO: Final = phrase("import-of-surveycto")
_CHT: Final = phrase("import-of-cht")
_TICKS: Final = phrase("import-add-up-answers-with-count")


def _all(why: Why, names: str) -> dict[str, Why]:
    return dict.fromkeys(names.split(), why)


IMPOSSIBLE: Final[dict[str, Why]] = {
    **_all(_JOIN, "concat join"),
    **_all(_CUT, "substr substring substring-before substring-after translate normalize-space ends-with upper-case"),
    **_all(_CUT, "lower-case selected-at digest hash base64-decode extract-signed"),
    **_all(_LABEL, "jr:choice-name jr:itext itext"),
    **_all(_SUMS, "sqrt exp exp10 log log10 sin cos tan asin acos atan atan2 pi"),
    **_all(_TICKS, "checklist weighted-checklist"),
    **_all(_CHANCE, "random randomize uuid"),
    **_all(_FILES, "pulldata instance lookup search"),
    **_all(_PLACE, "area distance geofence intersects"),
    **_all(_ITEM, "position indexed-repeat index last id name local-name"),
    **_all(_CLOCK, "decimal-time time"),
    **_all(_DEVICE, "property version jr:property"),
    **_all(_SURVEYCTO, "sum-if count-if min-if max-if rank-index rank-value rank-index-if join-if selected-any"),
    **_all(_SURVEYCTO, "choice-label item-at item-index de-duplicate short-geopoint distance-between"),
    **_all(
        _SURVEYCTO, "duration phone-call-log phone-call-duration collect-is-phone-app is-phone-app plug-in-metadata"
    ),
    **_all(_SURVEYCTO, "device-info username linebreak index-of hash-with-salt geo-scatter"),
    **_all(_CHT, "difference-in-weeks z-score add-date parse-timestamp-to-date"),
    **_all(_CHT, "to-bikram-sambat bikram-sambat-to-date cht:extension-lib cht:difference-in-days"),
    "regex": _REGEX,
    "last-saved": phrase("import-answers-earlier-form-not-read"),
    "current": phrase("import-current-fits-before-path-only"),
}
