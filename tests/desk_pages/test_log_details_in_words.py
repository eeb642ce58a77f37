"""The rest of a line of the log in words: every act that the code writes with a detail has a sample here, said in both
languages, and no code of ours is left in it."""

import ast
import re
from collections.abc import Iterator

import pytest

from backend.desk.log_details import DETAILS
from backend.desk.log_words import OF_FACTORS, OF_PROPOSALS, OF_ROLES, detail
from backend.desk.rights import Role
from backend.sentences import library
from backend.web.desk.log import RESULTS
from tests.desk_pages.office import Browser, DeskOffice
from tests.desk_pages.test_log_in_words import ROOT, WRITES, texts_in

HEX = "0123456789abcdef0123456789abcdef"
NAMES = {  # acts whose detail is a name or a text of a person, or words that a store keeps by their code
    "add-staff", "block-staff", "left-staff", "unblock-staff", "review-roles", "own-name", "read-person", "name",
    "make-team", "end-team", "confirm-account", "first-account", "reset-factors", "replace-secret", "agree-secret",
    "emergency-seen", "terminal-sign-in", "backup", "connect-openid", "heir-of-before", "restore", "succeed",
    "refused", "erase", "erasure", "reset-logo",
}  # fmt: skip
SAMPLES = [
    ("records", "huisbezoek", "formulier huisbezoek"),
    ("records", "huisbezoek 12", "formulier huisbezoek: 12 dossiers"),
    ("records", f"huisbezoek 1 {HEX}", "formulier huisbezoek: 1 dossier, selectie"),
    ("view", f"traject {HEX} -", "weggehaald"),
    ("view", f"traject {HEX}", "formulier traject, selectie 01234567"),
    ("show", "as-known", "zoals het toen bekend was"),
    ("show", "course", "verloop"),
    ("show", "reason", "met een reden"),
    ("bulk", "reassign:11?", "overdragen: 11 dossiers vooraf bekeken"),
    ("bulk", "reassign:1", "overdragen: 1 dossier"),
    ("bulk", "huisbezoek in_review 3?", "wordt beoordeeld, 3 dossiers vooraf bekeken"),
    ("bulk", "huisbezoek grant 3", "toewijzen, 3 dossiers"),
    ("conflicts", "settled-4", "4 die al beslist zijn"),
    ("conflicts", "9", "9 dossiers"),
    ("reviews", "1", "1 dossier"),
    ("conflict", "conflict", "twee antwoorden"),
    ("conflict", "move", "antwoorden verplaatsen"),
    ("conflict", "settled", "al beslist"),
    ("attention", "2", "2 meldingen"),
    ("reasons", "3", "3 regels"),
    ("read-log", "100", "100 regels"),
    ("verify-log", "812 0", "niets gebroken"),
    ("verify-log", "8 2", "op 2 plaatsen"),
    ("edit", "3", "3 antwoorden"),
    ("edit", "item:add", "een onderdeel toegevoegd"),
    ("attach", "1", "1 bestand"),
    ("edit", "item:removed", "een onderdeel weggehaald"),
    ("set-aside", HEX, "telefoon 01234567"),
    ("attend", "aside check-error", "opzij gezet"),
    ("attend", "forked", "gekopieerde telefoon"),
    ("task", "call", "Bellen"),
    ("task", "done", "gedaan"),
    ("typed", "go", "verder gebruikt"),
    ("typed", "drop", "weg"),
    ("decide", "conflict /kind/01J9ZZZZZZZZZZZZZZZZZZZZZ1/kind_veilig_gevoel", "vraag kind veilig gevoel"),
    ("decide", "contested restore", "keuze terugzetten"),
    ("decide", "hidden-parallel /zorg keep", "vraag zorg, keuze houden"),
    ("decide", "item-moved /kind/01J9ZZZZZZZZZZZZZZZZZZZZZ1", "antwoorden verplaatst"),
    ("resolve", "/zorg", "vraag zorg"),
    ("weigh", "/zorg", "vraag zorg"),
    ("weigh-alone", "/zorg", "vraag zorg"),
    ("undo", "/zorg", "vraag zorg"),
    ("undo", "contested delete", "keuze verwijderen"),
    ("review", "approved", "goedgekeurd"),
    ("question", "check-parallel", "klopt samen niet"),
    ("read-for-reason", "reason:48", "een reden van 48 tekens"),
    ("grant", "werker-een", "werker-een"),
    ("withdraw", "werker-een", "werker-een"),
    ("assignment", "w", "w"),
    ("assign", "werker-een", "werker-een"),
    ("withdrawal", "w", "w"),
    ("revocation", HEX, "telefoon 01234567"),
    ("revoke", HEX, "telefoon 01234567"),
    ("readmit", HEX, "telefoon 01234567"),
    ("see-device", HEX, "telefoon"),
    ("see-lost", f"{HEX} 4", "telefoon 01234567, 4"),
    ("rescue", f"{HEX} 12", "telefoon 01234567, 12"),
    ("enrol", "werker-een", "werker-een"),
    ("invite", "werker-een", "werker-een"),
    ("return", "certificate", "toelating"),
    ("certificate", HEX, "telefoon 01234567"),
    ("form-version", "proef 1", "versie 1"),
    ("propose-form", "proef 2", "formulier proef, versie 2"),
    ("publish-form", "proef 2", "versie 2"),
    ("retire-form", "proef 2", "versie 2"),
    ("form-retired", "proef", "formulier proef"),
    ("reject-form", "proef", "formulier proef"),
    ("count-form", "proef", "formulier proef"),
    ("draft-form", f"{HEX[:16]} 1", "concept 01234567, wijziging 1"),
    ("change-draft", f"{HEX[:16]} 7", "wijziging 7"),
    ("drop-draft", HEX[:16], "concept 01234567"),
    ("publish-list", "scholen 3", "lijst scholen, versie 3"),
    ("publish-list", "scholen 3 anyway", "na een waarschuwing"),
    ("confirm-list", "empty", "lege lijst"),
    ("confirm-list", HEX, "eind van de lijst"),
    ("end-session", HEX[:8], "sessie 01234567"),
    ("add-keyslot", f"recovery {HEX}", "herstelcode, sleutel 01234567"),
    ("remove-keyslot", HEX, "sleutel 01234567"),
    ("passphrase", HEX, "sleutel 01234567"),
    ("set-logo", "svg", "tekening SVG"),
    ("set-theme", "12", "12 kleuren"),
    ("unlock-failed", "unlock: wrong-passphrase", "bij de opdracht unlock"),
    ("see-off", "store-full", "schijf"),
    ("secret-failed", "sign-in: wrong-passphrase", "bij de opdracht sign-in"),
    ("backup-failed", "backup-failed", "…"),
    ("export", "huisbezoek records=2 omdat de raad het vraagt", "formulier huisbezoek: records=2 omdat"),
    ("export-asked", f"huisbezoek xlsx kwartaalcijfers {HEX[:8]}", "kwartaalcijfers (export 01234567)"),
    ("export-fetched", f"huisbezoek csv {HEX[:8]}", "csv (export 01234567)"),
    ("export-made", f"traject {HEX[:8]}", "export"),
    ("export-ended", f"traject {HEX[:8]} locked", "De gemeente werd vergrendeld"),
    ("export-ended", f"traject {HEX[:8]} ", "formulier traject"),
    ("export-agreed", f"traject de-lead {HEX[:8]}", "gevraagd door de-lead"),
    ("export-declined", f"traject de-lead {HEX[:8]}", "gevraagd door de-lead"),
    ("export-refused", "traject bad-record-id", "formulier traject: "),
    ("fill-team", "Noord: 2, 5", "team Noord: 2 van kantoor, 5 medewerkers"),
    ("fill-team", "Noord: + de-lead", "erbij"),
    ("fill-team", "Noord: - de-lead", "eruit"),
    ("sign-in", "openid acr 12AB-34CD", "eigen aanmelding"),
    ("sign-in", "openid provider-access_denied 12AB-34CD", "meldde een fout"),
    ("sign-in", "password totp", "wachtwoord code van de app"),
    ("sign-in-failed", "passkey-counter", "teller"),
    ("join", "openid bound-already 12AB-34CD", "al verbonden"),
    ("confirm", "openid other-person 12AB-34CD", "iemand anders"),
]
CODE = re.compile(r"\b[a-z]+-[a-z]+-[a-z]+\b|\b[a-z]+:\d|\?$|\b[0-9a-f]{16,}\b|\b[A-Z]{2,}_|_")


def written() -> Iterator[tuple[str, bool]]:
    """The acts that the code names where it writes a line, and whether it writes a detail with it."""
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            owner = ast.unparse(node.func.value)
            if node.func.attr in WRITES and owner.endswith(("auditing", "seat")):
                at = 0 if owner.endswith("seat") else 1
                yield from ((act, _has(node, at + 2)) for act in texts_in(node.args[at]))
            elif node.func.attr == "sign" and owner.endswith(("acts", "self")) and len(node.args) > 2:
                yield from ((act, _has(node, 4)) for act in texts_in(node.args[2]))


def _has(node: ast.Call, place: int) -> bool:
    given = (
        [node.args[place]] if len(node.args) > place else [word.value for word in node.keywords if word.arg == "detail"]
    )
    return any(not isinstance(one, ast.Constant) or bool(one.value) for one in given)


def test_each_act_that_is_written_with_a_detail_says_how_it_is_told() -> None:
    found = dict.fromkeys(act for act, has in written() if has)
    assert {"bulk", "records", "publish-form", "revoke"} <= found.keys()
    known = DETAILS.keys() | NAMES | OF_ROLES | OF_FACTORS | OF_PROPOSALS
    assert [] == sorted(found.keys() - known)


def test_each_act_that_has_shapes_has_a_sample_of_each() -> None:
    for act, shapes in DETAILS.items():
        kept = [sample for of, sample, _ in SAMPLES if of == act]
        assert kept, act
        for sample in kept:
            assert any(re.fullmatch(pattern, sample) for pattern, _ in shapes) or act in OF_FACTORS, (act, sample)


@pytest.mark.parametrize(("act", "kept", "said"), SAMPLES)
def test_a_detail_is_told_in_words_and_no_code_is_left_in_it(act: str, kept: str, said: str) -> None:
    dutch, english = detail(act, kept, "nl"), detail(act, kept, "en")
    assert said in dutch
    assert dutch and english and not CODE.search(dutch) and not CODE.search(english), (dutch, english)


def test_each_result_that_the_code_writes_has_words() -> None:
    found = {"done", "refused"}
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
                owner = ast.unparse(node.func.value)
                if owner.endswith("auditing") and len(node.args) == 5:
                    found |= set(texts_in(node.args[4]))
    assert "failed" in found and found <= set(RESULTS)
    for language in library().languages:
        assert {f"log-result-{result}" for result in RESULTS} <= library().said(language).phrases.keys()


def test_what_another_release_wrote_is_shown_as_it_is_kept() -> None:
    for act, kept in (("bulk", "iets heel anders!"), ("van-later", "x:1"), ("edit", ""), ("show", '{"code":"x"}')):
        assert kept == detail(act, kept, "nl")


def test_the_page_of_the_log_tells_details_in_words(desk_office: DeskOffice) -> None:
    admin: Browser = desk_office.signed_in(Role.ADMIN)
    town = desk_office.server.municipality
    desk_office.server.run(town.auditing.note("de-admin", "bulk", None, "reassign:11?"))
    desk_office.server.run(town.auditing.note("de-admin", "see-off", None, "store-full", "failed"))
    page = admin.get("/log").text
    assert "overdragen: 11 dossiers vooraf bekeken" in page and "reassign:11?" not in page and ">mislukt</td>" in page
