"""Rows that chance makes of what a device decides and of pictures, in the form that the vectors of the kind have."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any, Final

from picture.check_vectors import drawn, forms_of, published
from sync.check_device import decided
from tests.field.twin import Row

DAY_MS: Final = 24 * 3_600_000
NOW: Final = 1_772_600_000_000
PICTURES: Final = json.loads((Path(__file__).parents[1] / "vectors" / "picture" / "picture.json").read_text())
ITEMS: Final = tuple(f"01J9ZZZZZZZZZZZZZZZZZZZZZ{n}" for n in (1, 2))


# --- what a device decides ---


def devices(count: int, seed: int) -> Iterator[Row]:
    """Every kind of decision in turn."""
    random, sections = Random(seed), list(DECISIONS)
    for number in range(count):
        section = sections[number % len(sections)]
        row = DECISIONS[section](random)
        yield "device", {"section": section, **row, "expect": decided(section, row)}, None


def _pair(random: Random) -> list[Any]:
    return [random.randint(0, 8), random.choice("fgh")]


def _some(random: Random, **members: Any) -> dict[str, Any]:
    """Members that may lack, each about as often as not."""
    return {name: value for name, value in members.items() if random.random() < 0.5}


def _learn(random: Random) -> dict[str, Any]:
    memory = _some(
        random, life=random.choice("lm"), cursor="c", send_after=random.randint(0, 8), durable=random.randint(0, 8),
        receipt=_pair(random), show_gone=True, handed_through=random.randint(0, 5),
    )  # fmt: skip
    answer = {
        "life": random.choice("lm"), "cursor": "n", "received_through": _pair(random), "durable_through": _pair(random),
        **_some(random, server_time=NOW + random.randint(-9, 9), wanted=random.randint(1, 9), receipt=_pair(random),
                fork=_pair(random), refused=random.randint(1, 9)),
    }  # fmt: skip
    return {
        "memory": memory,
        "answer": answer,
        "now": NOW,
        "oldest": random.randint(1, 9),
        "offset": random.randint(-5, 5),
    }


def _seen(random: Random) -> list[Any]:
    return [random.choice("abc"), random.randint(1, 9), random.choice("pqr")]


def _reissue(random: Random) -> dict[str, Any]:
    observed = {seen[0]: seen for seen in (_seen(random) for _ in range(random.randint(0, 3)))}
    moved = [["a", seq, random.randint(1, 9), random.choice("xyz")] for seq in range(1, 9) if random.random() < 0.5]
    return {
        "old": ["a", random.randint(5, 9), random.choice(["write", "delete", "restore"])],
        "observed": [observed[letter] for letter in sorted(observed)], "fork_at": random.randint(1, 9),
        "common": random.choice([None, ["a", random.randint(1, 4), "p"]]), "moved": moved, "head": random.randint(0, 4),
    }  # fmt: skip


def _forget(random: Random) -> dict[str, Any]:
    entries = [[seq, random.choice([0, 29.9, 30, 31, 40])] for seq in range(1, random.randint(1, 7))]
    receipts = sorted(random.sample(range(1, 8), random.randint(0, 3)))
    return {"entries": entries, "receipts": receipts, "durable": random.randint(0, 7)}


def _wipe(random: Random) -> dict[str, Any]:
    flags = {name: random.random() < 0.5 for name in ("stolen", "answered", "received")}
    return {
        **flags,
        "after_ms": random.choice([0, 30 * DAY_MS - 1, 30 * DAY_MS, 31 * DAY_MS]),
        "unsent": random.randint(0, 2),
    }


def _slice(random: Random) -> dict[str, Any]:
    sizes = [1, 100, 1_000_000, 1_048_576, 5_000_000]
    waiting = [
        [random.choice([1, 3, 20, 501]), random.choice(sizes), *(random.randint(0, most) for most in (3, 9, 2))]
        for _ in range(random.randint(0, 4))
    ]
    return {"waiting": waiting}


def _screen(random: Random) -> dict[str, Any]:
    shown = [
        [random.choice("abc"), random.randint(1, 4), random.randint(0, 2_000), "p"] for _ in range(random.randint(0, 6))
    ]
    return {
        "shown": list({(one[0], one[1]): one for one in shown}.values()),
        "many": random.choice([0, 0, 3, 254, 255, 260]),
    }


def _place(random: Random) -> dict[str, Any]:
    return {
        "there": random.choice("pq"),
        "comes": random.choice("pq"),
        "parted": random.sample("pqr", random.randint(0, 2)),
    }


DECISIONS: Final[dict[str, Callable[[Random], dict[str, Any]]]] = {
    "learn": _learn, "reissue": _reissue, "forget": _forget, "wipe": _wipe, "slice": _slice, "screen": _screen,
    "place": _place,
}  # fmt: skip


# --- pictures ---


def pictures(count: int, seed: int) -> Iterator[Row]:
    """Records of the forms of the vectors, of a few entries that may or may not know each other."""
    random = Random(seed)
    forms = forms_of(PICTURES["forms"])
    for _ in range(count):
        row = {"name": "by chance", **_record(random, sorted(forms))}
        yield "picture", {**row, "picture": published(drawn(row, forms), row)}, {"forms": PICTURES["forms"]}


def _record(random: Random, forms: list[tuple[str, int]]) -> dict[str, Any]:
    slug = random.choice(forms)[0]
    versions = [version for name, version in forms if name == slug]
    names = [f"{letter}{seq}" for letter in "abd" for seq in range(1, random.randint(1, 3) + 1)]
    names = sorted(random.sample(names, random.randint(1, min(5, len(names)))))
    entries: list[dict[str, Any]] = []
    for name in random.sample(names, len(names)):
        entries.append(_entry(random, name, [one["name"] for one in entries], slug, random.choice([*versions, 9])))
    return {"entries": entries, **({"facts": _facts(random)} if random.random() < 0.4 else {})}


def _entry(random: Random, name: str, before: list[str], slug: str, version: int) -> dict[str, Any]:
    known: dict[str, str] = {}
    for seen in random.sample(before, random.randint(0, len(before))):
        if seen[0] != name[0] or seen[1:] < name[1:]:
            known[seen[0]] = max(seen, known.get(seen[0], seen))
    at_ms = 1_790_000_000_000 + random.randint(0, 5) * 60_000
    act = random.choice(["write"] * 8 + ["delete", "restore"])
    entry: dict[str, Any] = {"name": name, "at_ms": at_ms, "form": slug, "version": version}
    if random.random() < 0.9:
        entry["received"] = at_ms + random.choice([0, 1_000, -60_000, -400_000])
    if known:
        entry["observed"] = [known[letter] for letter in sorted(known)]
    if act != "write":
        return {**entry, "act": act}
    places = random.sample(PLACES, random.randint(1, 5))
    return {**entry, "answers": {path: random.choice(VALUES) for path in sorted(places)}}


PLACES: Final = [
    "/naam", "/thuis", "/wie", "/veilig", "/hulp", "/notitie", "/datum", "/kosten", "/tot", "/taal", "/roepnaam",
    "/soort", "/oud", "/nieuw", "/_review", "/_question/01J9ZZZZZZZZZZZZZZZZZZZZZ9", "/kind/_order",
    *(f"/kind/{item}{leaf}" for item in ITEMS for leaf in ("", "/roep", "/geboren", "/stem")),
]  # fmt: skip
VALUES: Final[list[Any]] = [
    None, "ja", "nee", "twijfel", "zéker", "ze\u0301ker", ["school"], ["geld", "zorg"], [], "2010-04-01", "2030-01-01",
    2.5, 2, True, {}, "Een zin.", "approved", list(ITEMS),
]  # fmt: skip


def _facts(random: Random) -> dict[str, Any]:
    return _some(
        random, holes=[["a", 1, random.randint(1, 2)]], revoked={"b": random.randint(0, 2)},
        said=[["withdrawal", "werker-b", 1_790_000_000_000 + random.randint(0, 5) * 60_000]],
    )  # fmt: skip
