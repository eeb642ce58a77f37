"""XPath becomes our expressions with the same meaning, or is refused by the word (interchange/SPEC.md section 3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.expressions import checking
from forms.expressions.kinds import BOOLEAN, DATE, NUMBER, TEXT, Kind, Scope, list_of
from forms.interchange.xlsform_import import values
from forms.interchange.xlsform_import.functions import FUNCTIONS
from forms.interchange.xlsform_import.impossible import IMPOSSIBLE
from forms.interchange.xlsform_import.translate import Translated, translate

SCALE = Kind("text", ("1", "2", "3", "nvt"))
KNOWN = {
    "kleur": Kind("text", ("rood", "blauw")),
    "kleuren": list_of(Kind("text", ("rood", "blauw"))),
    "schaal": SCALE,
    "getal": NUMBER,
    "datum": DATE,
    "tekst": TEXT,
    "gezien": BOOLEAN,
}
INSIDE = {"leeftijd": NUMBER, "naam": TEXT, "soort": Kind("text", ("zoon", "dochter")), "geboren": DATE}
NAMES = {
    **{name: (values.Named(name, kind, None, f"/{name}"),) for name, kind in KNOWN.items()},
    **{name: (values.Named(name, kind, "/kind", f"/kind/*/{name}"),) for name, kind in INSIDE.items()},
    "kind": (values.Named("kind", Kind("items", group="/kind"), None, "/kind"),),
}
OURS = Scope(
    {**{f"/{name}": kind for name, kind in KNOWN.items()}, "/kind": Kind("items", group="/kind")},
    {name: (f"/{name}",) for name in (*KNOWN, "kind")},
    {"/kind": INSIDE},
)


def said(xpath: str, repeat: str | None = None, own: str | None = None, condition: bool = False) -> Translated:
    mine = NAMES[own][0] if own is not None else None
    scope = values.Scope(lambda name, *_: NAMES.get(name, ()), repeat, mine, today=frozenset({"vandaag"}))
    return translate(xpath, scope, condition)


POSSIBLE = [
    # operators
    ("${kleur} = 'rood'", 'kleur == "rood"'),
    ("${kleur} != 'rood'", 'kleur != "rood"'),
    ("../kleur = 'rood'", 'kleur == "rood"'),
    ("/data/groep/kleur = 'rood'", 'kleur == "rood"'),
    ("current()/../kleur = 'rood'", 'kleur == "rood"'),
    ("‘rood’ = ${kleur}", 'kleur == "rood"'),
    ("${kleur} = ''", "kleur == null"),
    ("'' != ${tekst}", "tekst != null"),
    ("${kleuren} = ''", "count(kleuren) == 0"),
    ("${kleuren} != ''", "count(kleuren) != 0"),
    ("${kleuren} = 'rood'", 'count(kleuren) == 1 and "rood" in kleuren'),
    ("${getal} > 5 and ${getal} <= 10", "getal > 5 and getal <= 10"),
    ("${getal} = '5'", "getal == 5"),
    ("${tekst} = 5", 'tekst == "5"'),
    ("${schaal} = 1", 'schaal == "1"'),
    ("${schaal} >= 2", 'schaal in ["2", "3"]'),
    ("2 > ${schaal}", 'schaal == "1"'),
    ("${schaal} > 7", "false"),
    ("${schaal} * 2", 'if(schaal == "1", 1, if(schaal == "2", 2, if(schaal == "3", 3, null))) * 2'),
    ("${gezien} = 'OK'", "gezien == true"),
    ("${gezien} = ''", "gezien != true"),
    ("${getal} div 2 - 1 + 3 * 4", "getal / 2 - 1 + 3 * 4"),
    ("${getal} mod 7", "if(getal < 0, -(-getal % 7), getal % 7)"),
    ("count(${kind}) mod 2", "count(kind) % 2"),
    ("-${getal}", "-getal"),
    ("-(-${getal})", "--getal"),
    ("${datum} <= today()", "datum <= today()"),
    ("${datum} > '2026-01-31'", 'datum > "2026-01-31"'),
    ("${datum} > today() - 30", "datum > add_days(today(), -30)"),
    ("${datum} + ${getal} < today()", "add_days(datum, getal) < today()"),
    ("today() - ${datum}", "days_between(datum, today())"),
    ("${datum} > 20000", 'days_between("1970-01-01", datum) > 20000'),
    ("${vandaag} = ${datum}", "today() == datum"),
    ("${tekst} < '12:30'", 'tekst < "12:30"'),
    ("(${getal} > 5 or ${kleur} = 'rood') and true()", 'getal > 5 or kleur == "rood"'),
    # functions
    ("selected(${kleur}, 'rood')", 'kleur == "rood"'),
    ("selected(${kleuren}, 'rood')", '"rood" in kleuren'),
    ("selected(${kleuren}, '')", "count(kleuren) == 0"),
    ("selected(${schaal}, 2)", 'schaal == "2"'),
    ("selected(${gezien}, 'OK')", "gezien == true"),
    ("count-selected(${kleuren}) > 1", "count(kleuren) > 1"),
    ("count-selected(${kleur})", "if(kleur == null, 0, 1)"),
    ("not(selected(${kleuren}, 'rood'))", 'not "rood" in kleuren'),
    ("not(${kleur} = 'rood')", 'kleur != "rood"'),
    ("not(${getal} > 5 or ${kleur} = 'rood')", 'not (getal > 5 or kleur == "rood")'),
    ("true()", "true"),
    ("false()", "false"),
    ("boolean(${tekst})", "tekst != null"),
    ("boolean-from-string(${schaal})", 'schaal == "1"'),
    ("if(${getal} > 5, 'veel', '')", 'if(getal > 5, "veel", null)'),
    ("if(${getal} > 5, 'veel', 0)", 'if(getal > 5, "veel", "0")'),
    ("coalesce(${tekst}, '-')", 'coalesce(tekst, "-")'),
    ("number(${getal})", "getal"),
    ("number('12')", "12"),
    ("int(count(${kind}) div 2)", "floor(count(kind) / 2)"),
    ("int(${getal})", "if(getal < 0, -floor(-getal), floor(getal))"),
    ("round(${getal} div 3, 2)", "round(getal / 3, 2)"),
    ("round(${getal})", "round(getal)"),
    ("floor(${getal})", "floor(getal)"),
    ("ceiling(${getal})", "-floor(-getal)"),
    ("abs(${getal})", "abs(getal)"),
    ("pow(${getal}, 2)", "getal * getal"),
    ("string(${tekst})", "tekst"),
    ("string-length(${tekst}) > 5", 'length(coalesce(tekst, "")) > 5'),
    ("contains(${tekst}, 'a')", 'contains(tekst, "a")'),
    ("starts-with(${tekst}, 'a')", 'starts_with(tekst, "a")'),
    ("today()", "today()"),
    ("date(now())", "today()"),
    ("now()", "today()"),
    ("date('2026-01-31') < ${datum}", '"2026-01-31" < datum'),
    ("date(${datum} + 7)", "add_days(datum, 7)"),
    ("date(20000)", 'add_days("1970-01-01", floor(20000))'),
    ("format-date(${datum}, '%Y-%m-%d')", "datum"),
    ("once(${getal})", "getal"),
    ("difference-in-months(${datum}, today()) < 12", "months_between(datum, today()) < 12"),
    ("cht:difference-in-months(${datum}, today())", "months_between(datum, today())"),
    ("format-date-time(${datum}, '%Y-%m-%d')", "datum"),
    ("decimal-date-time(${datum}) <= decimal-date-time(today())", "datum <= today()"),
    ("decimal-date-time(${datum}) > 0", 'days_between("1970-01-01", datum) > 0'),
    ("date-time(${datum}) > today()", "datum > today()"),
    ("${getal} = 'NaN'", "getal == null"),
    ("string(${getal}) != 'NaN'", "getal != null"),
    ("string-length(${getal}) > 0", "getal != null"),
    ("0 = string-length(${datum})", "datum == null"),
    ("${schaal} = 9", "false"),
    ("${kleur} = 'dk'", "false"),
    ("${kleur} != 'dk'", "true"),
    ("${kleur} = 'rood' or ${kleur} = 'dk'", 'kleur == "rood"'),
    ("not(selected(${kleuren}, 'dk'))", "true"),
    ("${kleuren} = 'dk'", "false"),
    ("count(${kind})", "count(kind)"),
    ("count(${leeftijd})", "count(kind)"),
    ("count(${kind}[./leeftijd > 12])", "count(kind, leeftijd > 12)"),
    ("count(${kind}[leeftijd > 12 and ${getal} > 1])", "count(kind, leeftijd > 12 and getal > 1)"),
    ("count-non-empty(${naam})", "count(kind, naam != null)"),
    ("sum(${leeftijd})", "sum(kind, leeftijd)"),
    ("sum(${kind}[soort = 'zoon']/leeftijd)", 'sum(filter(kind, soort == "zoon"), leeftijd)'),
    ("min(${leeftijd})", "min(kind, leeftijd)"),
    ("max(${geboren})", "max(kind, geboren)"),
    ("min(${getal}, 5)", "min([getal, 5])"),
    ("max(${datum}, today())", "max([datum, today()])"),
]


@pytest.mark.parametrize(("xpath", "ours"), POSSIBLE)
def test_what_has_the_same_meaning_is_said_in_our_words(xpath: str, ours: str) -> None:
    found = said(xpath)
    assert (ours, ("", "")) == (found.text if found.node else None, found.why)


@pytest.mark.parametrize(("xpath", "ours"), POSSIBLE)
def test_what_is_said_in_our_words_fits_the_form(xpath: str, ours: str) -> None:
    assert () == checking.read(ours, OURS).findings


REFUSED = [
    ("${leeftijd} > 5", "${leeftijd}: this stands in a repeat and has a value each time"),
    ("${weg} > 5", "${weg}: there is no such question (any more)"),
    ("${kleur} = rood", "rood: write ${…} around a question, or quotes around a text"),
    (". > 5", ".: the dot means nothing here"),
    ("${tekst} + 1", "${tekst}: free text or a list is no number here"),
    ("${kleur} > 2", "${kleur}: these choices are no numbers"),
    ("${kleuren} = ${kleur} + 1", "${kleur}: these choices are no numbers"),
    ("${datum} = 'morgen'", "${datum}: two kinds of values are compared"),
    ("${gezien} = ${tekst}", "${gezien}: yes or no stands beside something else"),
    ("if(${getal} > 5, ${datum}, 3)", "if(): it gives one kind of value now, another then"),
    ("selected(${tekst}, 'a')", "selected(): this fits a question with choices only"),
    ("count(${getal})", "count(): a repeat belongs here"),
    ("sum(${naam})", "sum(): these are no numbers"),
    ("sum(${getal})", "sum(): a repeat belongs here"),
    ("pow(${getal}, 9)", "pow(): powers from 1 to 4 only"),
    ("round(${getal}, -1)", "round(): the number of decimals is 0 to 9"),
    ("format-date(${datum}, '%d %b')", "format-date(): a date is not made into a text"),
    ("date(${tekst})", "date(): this is no date"),
    ("string(${getal})", "${getal}: a text belongs here"),
    ("${kind}[1]/naam", "kind[…]: a part of a repeat fits in count only"),
    ("instance('lijst')/root/item", "instance(…)/…: there are no such paths here"),
    ("${getal} | ${tekst}", "|: there are no such paths here"),
    ("if(true())", "if(): the number of values between its brackets is wrong"),
    ("nooit()", "nooit(): we do not know this function"),
    ("${getal} >", "it ends in the middle"),
    ("because pyxform", "pyxform does not fit there"),
    ("${getal} # 2", "the sign # does not belong in it"),
    ("(" * 60, "too much stands inside each other"),
    ("1" * 9000, "it has more than 8,000 characters"),
]


@pytest.mark.parametrize(("xpath", "why"), REFUSED)
def test_what_has_no_such_meaning_is_refused_by_the_word(xpath: str, why: str) -> None:
    found = said(xpath)
    assert (None, why) == (found.node, found.why[1])


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_functions_without_a_meaning_here_say_why(name: str) -> None:
    dutch, english = IMPOSSIBLE[name]
    assert (f"{name}(): {dutch}", f"{name}(): {english}") == said(f"{name}(${{tekst}}, 'a')").why


def test_every_function_that_is_known_has_a_case() -> None:
    cases = " ".join(xpath for xpath, _ in POSSIBLE)
    assert [] == [name for name in FUNCTIONS if f"{name}(" not in cases]


def test_the_dot_is_the_question_itself() -> None:
    assert "length(tekst) > 5" == said("string-length(.) > 5", own="tekst").text
    assert "length(tekst) > 5" == said("string-length() > 5", own="tekst").text
    assert 'not ("rood" in kleuren and "blauw" in kleuren)' == (
        said("not(selected(., 'rood') and selected(., 'blauw'))", own="kleuren").text
    )


def test_inside_a_repeat_names_are_those_of_the_item_first() -> None:
    assert "leeftijd > getal" == said("${leeftijd} > ${getal}", repeat="/kind").text


def test_a_condition_is_what_xpath_takes_for_true() -> None:
    assert ["getal != null and getal != 0", "tekst != null", "count(kleuren) > 0", "gezien", "true", "false"] == [
        said(xpath, condition=True).text for xpath in ("${getal}", "${tekst}", "${kleuren}", "${gezien}", "1", "''")
    ]


def test_a_near_meaning_is_said() -> None:
    assert ["now() is the day without a time here"] == [english for _, english in said("now()").remarks]
    assert ["once() is computed anew each time here"] == [english for _, english in said("once(5)").remarks]


WORDS = [
    *FUNCTIONS,
    *IMPOSSIBLE,
    *(f"${{{name}}}" for name in NAMES),
    *["(", ")", "[", "]", ",", ".", "..", "/", "//", "|", "*", "+", "-", "=", "!=", "<", "<=", "or", "and"],
]
WORDS += [
    "div",
    "mod",
    "'a'",
    "'2026-01-01'",
    "''",
    "1",
    "2.5",
    "${weg}",
    "x",
    "::",
    "@",
    "$",
    "{",
    '"',
    "current()",
    " ",
]


@given(st.lists(st.sampled_from(WORDS), max_size=25).map("".join) | st.text(max_size=40))
def test_no_text_breaks_the_translation_and_what_comes_out_can_be_read(xpath: str) -> None:
    for repeat, own in ((None, "tekst"), ("/kind", "leeftijd")):
        found = said(xpath, repeat, own)
        if found.node is None:
            assert found.why[0]
            assert found.why[1]
        elif len(found.text) <= 2000:
            codes = {one.code for one in checking.read(found.text, OURS, repeat=repeat).findings}
            assert codes <= {"unknown-code", "never-equal", "bad-date", "expression-too-deep", "wrong-result"}
