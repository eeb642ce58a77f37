"""Patterns that are let through mean the same in Python, Rust and ECMAScript; the others are refused at their words."""

import json
import re
import shutil
import subprocess
import warnings
from functools import cache
from random import Random
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.definition.document import faults
from forms.definition.library import SLUGS, shipped_raw
from forms.schema import patterns
from tests.forms.form_samples import form

NOT, BROKEN, LARGE = "pattern-not-portable", "pattern-broken", "pattern-too-large"
REFUSED: list[tuple[str, str, int | None, int | None, str | None]] = [  # with the words of the fault and what to write
    (r"^\d{4}$", NOT, 1, 3, "[0-9]"),
    (r"\D", NOT, 0, 2, "[^0-9]"),
    (r"\w+", NOT, 0, 2, "[A-Za-z0-9_]"),
    (r"[\w-]", NOT, 1, 3, "A-Za-z0-9_"),
    (r"[^\D]", NOT, 2, 4, None),
    (r"a\sb", NOT, 1, 3, r"[ \t\n\r]"),
    ("^.{3}$", NOT, 1, 2, r"[^\n\r]"),
    (r"\bweg\b", NOT, 0, 2, None),
    (r"\p{L}+", NOT, 0, 5, None),
    (r"\u{1F600}", NOT, 0, 2, None),
    (r"\ud83d", NOT, 0, 6, None),
    (r"\Aja\Z", NOT, 0, 2, "^"),
    (r"(a)\1", NOT, 3, 5, None),
    ("(?=a)", NOT, 0, 3, None),
    ("(?<!a)b", NOT, 0, 4, None),
    ("(?i)ja", NOT, 0, 4, None),
    ("(?i:ja)", NOT, 0, 4, None),
    ("(?>a)", NOT, 0, 5, None),
    ("(?#niets)a", NOT, 0, 9, None),
    ("(?P<jaar>[0-9]{4})", NOT, 0, 9, "(?:"),
    ("(?<jaar>[0-9]{4})", NOT, 0, 8, "(?:"),
    ("a*+", NOT, 2, 3, None),
    ("a{,3}", NOT, 1, 2, r"\{"),
    ("a]", NOT, 1, 2, r"\]"),
    ("{a", NOT, 0, 1, r"\{"),
    (r"\-", NOT, 0, 2, "-"),
    (r"\ ", NOT, 0, 2, " "),
    (r"\0", NOT, 0, 2, None),
    ("[[:alpha:]]", NOT, 1, 2, r"\["),
    ("[a&&b]", NOT, 2, 4, "&"),
    ("[a--b]", NOT, 1, 4, None),
    ("[+--]", NOT, 1, 4, None),
    ("[a-c-e]", NOT, 4, 5, r"\-"),
    ("a**", BROKEN, 2, 3, None),
    ("a{2}{3}", BROKEN, 4, 7, None),
    ("*a", BROKEN, 0, 1, None),
    ("^*", BROKEN, 1, 2, None),
    ("a{3,2}", BROKEN, 1, 6, None),
    ("[z-a]", BROKEN, 1, 4, None),
    ("[]", BROKEN, 0, 2, None),
    ("[^]", BROKEN, 0, 3, None),
    ("[a", BROKEN, 0, 1, None),
    ("(a", BROKEN, 0, 1, None),
    ("a)", BROKEN, 1, 2, None),
    ("a\\", BROKEN, 1, 2, None),
    ("(" * 17 + ")" * 17, BROKEN, 16, 17, None),
    ("a{501}", LARGE, None, None, None),
    ("(a{30}){30}", LARGE, None, None, None),
    ("a{9999999999}", LARGE, None, None, None),
    ("a" * 501, LARGE, None, None, None),
]
PORTABLE = [
    "^[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}$", "^(19|20)[0-9]{2}-(0[1-9]|1[0-2])$", "^[1-9][0-9]{3} ?[A-Z]{2}$",
    "", "|a", "()", "(?:a|b)*?c", "[-a]", "[a-]", "[^-]", r"[\]\[\-\\^]", r"\/\.\*\+\?\(\)\[\]\{\}\|\^\$\\",
    r"[à-ÿ\u00e9\xe9]", "😀{2}", "[😀-😎]", r"^[^\n\r]+@[^\n\r]+$", "a{499}", "^(a+)+$", "((a*)*)*", "a$b", "x{0}",
    "#a b",
]  # fmt: skip


def look(pattern: str) -> list[tuple[Any, ...]]:
    return [(one.code, one.start, one.end, one.suggestion) for one in patterns.read(pattern, "").findings]


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row[0][:20])
def test_what_is_not_read_alike_is_refused_at_its_words(
    row: tuple[str, str, int | None, int | None, str | None],
) -> None:
    pattern, *expected = row
    assert tuple(expected) == look(pattern)[0]


def test_every_fault_of_a_pattern_is_said_at_once() -> None:
    assert [(NOT, 0, 2, "[0-9]"), (NOT, 3, 4, r"[^\n\r]"), (NOT, 5, 7, None)] == look(r"\d+.+\b")


def test_what_a_pattern_suggests_is_portable() -> None:
    for pattern, _, start, end, suggestion in REFUSED:
        if suggestion is not None and pattern.startswith(("^", "\\", "a\\s")):
            mended = pattern[:start] + suggestion + pattern[end:]
            assert look(mended) == [] or look(mended)[0][1:3] != (start, end), mended


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"^\d{4} ?[A-Z]{2}$", "^[0-9]{4} ?[A-Z]{2}$"),
        (r"^[\w.-]+@[\w-]+\.\w+$", r"^[A-Za-z0-9_.-]+@[A-Za-z0-9_-]+\.[A-Za-z0-9_]+$"),
        (r"^.{3}\s\S$", r"^[^\n\r]{3}[ \t\n\r][^ \t\n\r]$"),
        (r"^(?P<jaar>\d{4})\-(?<maand>[0-9]{2})\Z", "^(?:[0-9]{4})-(?:[0-9]{2})$"),
        ("^[a-z]+$", "^[a-z]+$"),
        ("^[[:alpha:]]+$", None),
        ("^a{,3}$", None),
        (r"\bweg\b", None),
        (r"^\p{L}+$", None),
        ("(a", None),
        ("(?=a)", None),
        (r"\d{600}", None),
        (r"[\w-z]", None),
        (r"[a-\d]", None),
    ],
)
def test_a_pattern_from_elsewhere_is_written_as_every_device_reads_it(pattern: str, expected: str | None) -> None:
    assert expected == patterns.portable(pattern)


def test_the_fault_is_told_at_the_question() -> None:
    (one,) = faults(json.dumps(form({"type": "string", "pattern": r"^\d$"})).encode())
    assert (NOT, "/schema/properties/a/pattern", 1, 3, "[0-9]") == (
        one.code,
        one.path,
        one.start,
        one.end,
        one.suggestion,
    )
    assert "Niet elk apparaat leest \\d in een patroon hetzelfde" in one.nl and "Bedoelt u [0-9]?" in one.nl


@pytest.mark.parametrize("slug", SLUGS)
def test_the_forms_that_ship_have_portable_patterns(slug: str) -> None:
    assert () == faults(shipped_raw(slug))


# --- the engines ---

SIGNS = [*"aAbé😀0 9-_]x\n\r\t/", "e\u0301", "\u2028", "ß", "\u0130"]
SOUP = [
    *"ab0é😀",
    *"(){}[]^$|*+?.-&~,:=!<>/ #",
    "\\",
    "\\d",
    "\\n",
    "\\x61",
    "\\u00e9",
    "{2}",
    "{1,}",
    "[a-z]",
    "(?:",
    "[^",
    "--",
]


def texts(random: Random) -> list[str]:
    return ["".join(random.choices(SIGNS, k=random.randint(0, 6))) for _ in range(6)]


def portable(random: Random, depth: int) -> str:
    """A random pattern of the subset."""
    kind = random.randint(0, 9 if depth else 4)
    atom = random.choice(["a", "é", "😀", "0", "-", " ", "\\n", "\\]", "\\/", "\\x61", "\\u00e9", "_", "A", "b"])
    match kind:
        case 0 | 1 | 2:
            return atom
        case 3:
            members = random.sample(
                ["a", "b-é", "0-9", "😀", "\\]", "\\-", "\\n", "_", "A-Z", "\\\\"], random.randint(1, 4)
            )
            return f"[{random.choice(['', '^'])}{''.join(members)}]"
        case 4:
            return random.choice(["^", "$", ""])
        case 5:
            return f"({random.choice(['', '?:'])}{portable(random, depth - 1)})"
        case 6:
            return "|".join(portable(random, depth - 1) for _ in range(random.randint(2, 3)))
        case 7:
            again = random.choice(["*", "+", "?", "{2}", "{1,}", "{0,3}", "*?", "??", "{2,3}?"])
            return f"(?:{portable(random, depth - 1)}){again}"
    return "".join(portable(random, depth - 1) for _ in range(random.randint(2, 4)))


def soup(random: Random) -> str:
    return "".join(random.choices(SOUP, k=random.randint(1, 8)))


@cache
def rows() -> list[tuple[str, list[str]]]:
    """Patterns that are let through, made by rule and by chance, each with texts."""
    random = Random(1)
    made = [*PORTABLE, *(portable(random, 3) for _ in range(2_000)), *(soup(random) for _ in range(40_000))]
    kept = [pattern for pattern in dict.fromkeys(made) if not look(pattern)]
    return [(pattern, texts(random)) for pattern in kept]


DOLLAR = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|\$", re.DOTALL)


def in_python(pattern: str) -> "re.Pattern[str]":
    """Python's `$` also stands before a last line end; it writes the end of a text as `\\Z`."""
    return re.compile(DOLLAR.sub(lambda found: "\\Z" if found[0] == "$" else found[0], pattern))


def test_enough_patterns_are_let_through_and_some_of_them_fit() -> None:
    assert len(rows()) > 4_000
    fits = [in_python(pattern).search(text) is not None for pattern, texts in rows() for text in texts]
    assert 0.1 < sum(fits) / len(fits) < 0.9


@pytest.mark.filterwarnings("error::FutureWarning")
def test_python_and_rust_read_them_alike() -> None:
    options = jsonschema_rs.RegexOptions()
    for pattern, texts in rows():
        rust = jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=options)
        python = in_python(pattern)
        assert [python.search(text) is not None for text in texts] == [rust.is_valid(text) for text in texts], pattern


NODE = """
const rows = JSON.parse(require('fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify(rows.map(([pattern, texts]) => {
  const one = new RegExp(pattern, 'u');
  return texts.map((text) => one.test(text));
})));
"""


def test_python_and_ecmascript_read_them_alike() -> None:
    node = shutil.which("node")
    if node is None:
        said = "THERE IS NO node HERE: nothing held patterns against ECMAScript"
        warnings.warn(said, stacklevel=1)
        pytest.skip(said)
    done = subprocess.run([node, "-e", NODE], input=json.dumps(rows()), capture_output=True, text=True, check=True)
    for (pattern, texts), actual in zip(rows(), json.loads(done.stdout), strict=True):
        assert [in_python(pattern).search(text) is not None for text in texts] == actual, pattern


@given(st.text(max_size=20) | st.lists(st.sampled_from(SOUP), max_size=12).map("".join))
def test_any_text_is_a_pattern_or_is_refused_at_a_place_that_it_has(text: str) -> None:
    for code, start, end, _ in look(text):
        assert code in (NOT, BROKEN, LARGE)
        if code != LARGE:
            assert 0 <= start <= end <= len(text)
