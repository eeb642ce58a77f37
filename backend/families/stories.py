"""The families of the demonstration, and what is written about them in some weeks. Nobody in it is real.

`families.json` has for each what it is called, its children, what goes well, what it asks for, and three visits.
"""

from datetime import date, timedelta
from importlib.resources import files
from random import Random
from typing import Any, Final

import msgspec

SIGNS: Final = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # of the codes of cases
ITEM_SIGNS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
NEXT_VISIT: Final = timedelta(days=14)
Answers = dict[str, Any]


class Told(msgspec.Struct, frozen=True):
    """A family as `families.json` has it."""

    roepnaam: str
    postcode4: str
    aanleiding: str
    contact: tuple[str, str]
    kinderen: tuple[dict[str, str], ...]
    krachten: list[str]
    krachten_tekst: str
    vragen: list[str]
    drempels: list[str]
    bezoeken: tuple[dict[str, str], ...]
    samen: str


class Family:
    """A family with the codes under which it is known in one municipality."""

    def __init__(self, told: Told, random: Random) -> None:
        self.told = told
        self._random = random
        self._case = _code(random)
        self._children = [_code(random) for _ in told.kinderen]

    @property
    def visits(self) -> int:
        """The number of visits that are told."""
        return len(self.told.bezoeken)

    def case(self, day: date) -> Answers:
        """Answer the form of a case, opened on a day."""
        answers: Answers = {
            "/case_ref": self._case, "/roepnaam": self.told.roepnaam, "/postcode4": self.told.postcode4,
            "/status": "open", "/geopend_op": day.isoformat(), "/hulpvraag_aanleiding": self.told.aanleiding,
        }  # fmt: skip
        for code, child in zip(self._children, self.told.kinderen, strict=True):
            about = {"kind_ref": code, "roepnaam": child["roepnaam"], "geboortemaand": child["geboortemaand"]}
            answers |= self._item("kind", about)
        return answers

    def visit(self, number: int, day: date, version: int) -> Answers:
        """Answer a version of the form of a home visit, the first, second or third one."""
        refusing = {"/weigeren_uitgelegd": True} if version == 1 else {"/weigeren_verteld": "vrij"}
        told = self.told.bezoeken[number]
        answers: Answers = {
            "/case_ref": self._case, "/bezoek_datum": day.isoformat(), "/bezoek_soort": "vervolg" if number else
            "kennismaking", "/afgesproken": "ja", "/rollen": ["outreachwerker"], "/gelegitimeerd": True,
            "/doel_uitgelegd": True, "/toegang": "binnen", **refusing, "/privacykaart":
            "eerder_gegeven" if number else "mondeling_en_kaart", "/tolk": "niet_nodig",
            "/gesproken_met": ["ouder_verzorger", "kind"], "/gezag": "bevestigd_dossier",
            "/krachten": self.told.krachten, "/krachten_tekst": self.told.krachten_tekst,
            "/hulpvragen": self.told.vragen, "/eerst": self.told.vragen[0], "/drempels_school": self.told.drempels,
            "/discriminatie": "nee", "/delen_met": ["geen"], "/gezin_leest_mee": "akkoord", "/zorg": "geen",
            "/feiten": told["feiten"], "/duiding": told["duiding"], "/werker_ok": "ja",
            "/vervolg_datum": (day + NEXT_VISIT).isoformat(),
        }  # fmt: skip
        for code, child in zip(self._children, self.told.kinderen, strict=True):
            names = ("geboortemaand", "kind_dag", "kind_stem", "kind_veilig_gevoel")
            about = {"kind_ref": code, "kind_alleen": "ja", **{name: child[name] for name in names}}
            answers |= self._item("kind", about)
        if any(child["kind_veilig_gevoel"] != "ja" for child in self.told.kinderen):
            answers["/zorg"] = "twijfel"
        until = (day + NEXT_VISIT).isoformat()
        agreed = {"afspraak_wat": told["afspraak"], "afspraak_wie": told["wie"], "afspraak_voor": until}
        return answers | self._item("afspraak", agreed)

    def _item(self, group: str, answers: Answers) -> Answers:
        path = f"/{group}/01{''.join(self._random.choices(ITEM_SIGNS, k=24))}"
        return {path: {}, **{f"{path}/{name}": value for name, value in answers.items()}}


def _code(random: Random) -> str:
    return f"{''.join(random.choices(SIGNS, k=4))}-{''.join(random.choices(SIGNS, k=4))}"


def families(random: Random) -> list[Family]:
    """Every family, with new codes, in an order by chance."""
    told = msgspec.json.decode(files(__package__).joinpath("families.json").read_bytes(), type=list[Told])
    return [Family(one, random) for one in random.sample(told, len(told))]
