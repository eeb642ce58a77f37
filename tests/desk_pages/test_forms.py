"""The pages of forms: a workbook is brought in, mended word by word, and published by two people."""

import json
import re
from html import unescape
from typing import Any

import pytest

from backend.desk import drafting
from backend.desk.forms import FEW
from backend.desk.rights import Role
from backend.desk.threads import TextTooLong
from forms.definition.library import first_raw
from forms.schema.reading import FORM_BYTES_MAX
from tests.desk_pages.office import Browser, DeskOffice
from tests.forms.interchange.tables import made
from tests.forms.versions.forms_made import document

SURVEY = """
| survey |
|        | type             | name    | label::Nederlands (nl) | label::English (en) | appearance | calculation |
|        | text             | naam    | Roepnaam               | First name          |            | |
|        | select_one ja    | binnen  | Kwam u binnen?         | Did you get in?     | likert     | |
|        | acknowledge      | gezien  | Gezien                 | Seen                |            | |
|        | geoshape         | vlak    | Vlak                   | Area                |            | |
|        | background-audio | stil    | Stil                   | Silent              |            | |
|        | audio            | geluid  | Opname                 | Recording           |            | |
| choices |
|         | list_name | name | label::Nederlands (nl) | label::English (en) |
|         | ja        | ja   | Ja                     | Yes                 |
|         | ja        | nee  | Nee                    | No                  |
| settings |
|          | form_title  | form_id     |
|          | Proefbezoek | proefbezoek |
"""
MENDING = ("purpose", "texts", "question", "without", "reason", "together", "classes", "raw", "drop", "publish")
SCRIPT = "<script>alert(1)</script>"
PURPOSE = {
    "form": "proefbezoek", "title-nl": "Proefbezoek", "title-en": "Trial visit",
    "purpose-nl": "Families in de proef ondersteunen", "purpose-en": "", "basis-nl": "Wmo 2015, artikel 2.3.2",
    "basis-en": "", "keep": "2", "unit": "Y", "since": "closed", "readers": "team",
}  # fmt: skip
PAGE_TITLE = {"nl /layout/0/section": "Bezoek", "en /layout/0/section": "Visit"}
SAID = {"controller": "College van B en W", "register": "https://example.org/register/12"}


def brought(browser: Browser, raw: bytes, name: str = "bron.xlsx") -> Any:
    return browser.post("/forms/import", {}, files={"file": (name, raw)})


def draft_in(browser: Browser, raw: bytes, name: str = "bron.xlsx") -> str:
    """The id of the draft that came of a file."""
    answer = brought(browser, raw, name)
    assert 303 == answer.status_code, answer.text
    return str(answer.headers["location"].split("/forms/drafts/")[1].split("/")[0])


def own_draft(browser: Browser, **members: Any) -> str:
    """The id of a draft that stands as it is; `lint` and others as given."""
    form = document({"/naam": "text", "/geboren": "date"}, **members)
    return draft_in(browser, json.dumps(form).encode(), "proef.json")


def edition(browser: Browser, draft: str) -> str:
    found = re.search(r'name="edition" value="(\d+)"', browser.get(f"/forms/drafts/{draft}").text)
    assert found is not None
    return found[1]


def mend(browser: Browser, draft: str, part: str, **fields: Any) -> Any:
    return browser.post(f"/forms/drafts/{draft}/{part}", {"edition": edition(browser, draft), **fields})


def kept(office: DeskOffice, draft: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(office.server.municipality.drafts.one(draft).document)
    return found


# --- who may what ---


@pytest.mark.parametrize("role", [Role.LEAD, Role.REVIEWER, Role.PRIVACY, Role.SIGNALS, Role.SECURITY, Role.OPERATOR])
def test_whoever_makes_no_forms_brings_none_in_and_sees_no_draft(desk_office: DeskOffice, role: str) -> None:
    draft = own_draft(desk_office.signed_in(Role.MAKER))
    browser = desk_office.signed_in(role)
    assert 403 == browser.get("/forms/import").status_code and 403 == brought(browser, made(SURVEY)).status_code
    for part in MENDING:
        assert 404 == browser.post(f"/forms/drafts/{draft}/{part}", {"edition": "1"}).status_code
    for page in ("", "/purpose", "/texts", "/question?of=/naam"):
        assert 404 == browser.get(f"/forms/drafts/{draft}{page}").status_code
    assert draft not in browser.get("/forms").text
    assert [draft] == [one.id for one in desk_office.server.municipality.drafts.all()]


def test_a_maker_puts_forward_and_does_not_publish(desk_office: DeskOffice) -> None:
    """Without a warning too: it was published by whoever made it."""
    maker, office = desk_office.signed_in(Role.MAKER), desk_office
    draft = draft_in(maker, json.dumps(document({"/naam": "text"})).encode(), "proef.json")
    answer = mend(maker, draft, "publish", **SAID)
    assert "/forms/waiting/proef" in answer.headers["location"]
    assert not office.server.municipality.published.versions("proef")
    for role, leads in ((Role.PRIVACY, True), (Role.ADMIN, True), (Role.MAKER, False), (Role.LEAD, False)):
        assert leads == ('/forms/waiting/proef"' in office.signed_in(role).get("/today").text), role
    assert "in formulier Proef (" in office.signed_in(Role.PRIVACY).get("/today").text  # its title
    assert 404 == maker.post("/forms/waiting/proef/approve", {"digest": "00" * 32}).status_code
    agree(office.signed_in(Role.PRIVACY), "proef")
    assert "/forms/waiting/" not in office.signed_in(Role.ADMIN).get("/today").text
    (version,) = office.server.municipality.published.versions("proef")
    assert ("de-maker", "") != (version.published_by, version.seconded_by)


@pytest.mark.parametrize(
    ("language", "said"),
    [("nl", ("Plek (nl)", "Alleen als ‘Plek (nl)’ is beantwoord.", "[antwoord op ‘Plek (nl)’]", "Steunen van")),
     ("en", ("Place", "Only if ‘Place’ is answered.", "[answer to ‘Place’]", "Supporting families now"))],
)  # fmt: skip
def test_who_agrees_reads_words_in_one_language_and_no_code(
    desk_office: DeskOffice, language: str, said: tuple[str, ...]
) -> None:
    form = document({"/plek": "text", "/soort": "choice a b"})
    form["fields"]["/plek"]["label"] = {"nl": "Plek (nl)", "en": "Place"}
    about = {"nl": "Wat was er bij ${plek}?", "en": "What was there at ${plek}?"}
    form["fields"]["/soort"] |= {"label": about, "show_if": "/plek != null"}
    form["purpose"] = "Steunen van gezinnen / Supporting families now"
    maker, privacy = desk_office.signed_in(Role.MAKER), desk_office.signed_in(Role.PRIVACY)
    mend(maker, draft_in(maker, json.dumps(form).encode(), "proef.json"), "publish", **SAID)
    privacy.headers["accept-language"] = language
    page = privacy.get("/forms/waiting/proef").text
    main = unescape(page.partition("<main")[2])
    assert all(words in main for words in said)
    assert not any(code in main for code in ("!=", "${", "show_if", " / Supp"))
    assert ">Proef (" in privacy.get("/forms").text.partition("/forms/waiting/proef")[2][:80]


def agree(browser: Browser, form: str) -> Any:
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', browser.get(f"/forms/waiting/{form}").text)
    assert digest is not None
    return browser.post(f"/forms/waiting/{form}/approve", {"digest": digest[1]})


# --- bringing in ---


def test_a_workbook_becomes_a_draft_with_its_report_what_is_impossible_first(desk_office: DeskOffice) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    code = "|        | barcode          | streep  | Streepjescode          | Bar code            |            | |\n"
    draft = draft_in(admin, made(SURVEY.replace("| choices |", f"{code}| choices |")))
    page = admin.get(f"/forms/drafts/{draft}").text
    outcomes = [row.outcome for row in desk_office.server.municipality.drafts.one(draft).rows]
    assert outcomes == sorted(outcomes, key=["not-possible", "changed", "renamed", "carried", "not-needed"].index)
    report = page[page.index('<h2 id="report">') :]
    assert report.index("Niet mogelijk:") < report.index("Veranderd:") < report.index("zo overgenomen")
    assert "blad survey, rij " in report and "survey!" not in report and "nog niet te publiceren" in page
    assert "draft-form" in [line.act for line in desk_office.audit()]


BAD_FILES = {
    "nothing": b"", "an image": b"\x89PNG\r\n\x1a\n" + b"0" * 64, "text": b"zomaar wat tekst", "html": b"<html></html>",
    "a list": b"[1, 2, 3]", "NaN": b'{"type": NaN}', "too deep": b'{"a":' * 200 + b"1" + b"}" * 200,
    "a half character": b'{"type": "\\ud800"}', "a schema without questions": b'{"type": "object"}',
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_FILES)
def test_what_is_no_form_gets_findings_and_nothing_is_kept(desk_office: DeskOffice, name: str) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    for filename in ("bron.xlsx", "bron.json", "", "../../x.xlsx"):
        answer = brought(admin, BAD_FILES[name], filename) if filename else brought(admin, BAD_FILES[name], "bron.csv")
        assert 422 == answer.status_code and 'id="file-fault"' in answer.text
    assert [] == desk_office.server.municipality.drafts.all()


def test_a_script_in_a_label_a_name_or_a_reason_is_text(desk_office: DeskOffice) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    draft = draft_in(admin, made(SURVEY.replace("Roepnaam", SCRIPT)), f"{SCRIPT}.xlsx")
    mend(admin, draft, "reason", rule="P15", at="/naam", reason=f"{SCRIPT} is de reden")
    for page in (admin.get(f"/forms/drafts/{draft}").text, admin.get("/forms").text):
        assert SCRIPT not in page and "&lt;script&gt;" in page


# --- mending ---


def test_a_draft_is_mended_in_the_page_until_nothing_stops_it(desk_office: DeskOffice) -> None:
    """A workbook knows no purpose, no basis, no retention and no classes: all of them are filled in here."""
    admin, office = desk_office.signed_in(Role.ADMIN), desk_office
    draft = draft_in(admin, made(SURVEY))
    assert 303 == mend(admin, draft, "purpose", **PURPOSE).status_code
    assert 303 == mend(admin, draft, "texts", **PAGE_TITLE).status_code
    assert 303 == mend(admin, draft, "without", path="/geluid").status_code
    for path in kept(office, draft)["fields"]:
        words = {"sensitivity": "S1", "longest": "40", "hint-nl": "Zoals thuis", "hint-en": "As at home"}
        assert 303 == mend(admin, draft, "question", path=path, **words).status_code
    page = admin.get(f"/forms/drafts/{draft}").text
    assert "kan worden gepubliceerd" in page, re.findall(r"<h3.*", page)
    answer = mend(admin, draft, "publish", **SAID)
    assert "/forms/proefbezoek/versions/1" in answer.headers["location"]
    assert 404 == admin.get(f"/forms/drafts/{draft}").status_code
    shown = admin.get("/forms/proefbezoek/versions/1").text
    assert "Roepnaam" in shown and "Families in de proef ondersteunen" in shown and "de-admin" in shown


def test_whoever_is_second_hears_of_it_and_what_they_typed_is_there(desk_office: DeskOffice) -> None:
    admin, maker = desk_office.signed_in(Role.ADMIN), desk_office.signed_in(Role.MAKER)
    draft = own_draft(admin)
    at = f"/forms/drafts/{draft}/purpose"
    assert 303 == admin.post(at, {"edition": "1", **PURPOSE}).status_code
    late = maker.post(at, {"edition": "1", **PURPOSE, "purpose-nl": "Een laat getypt doel"})
    assert 409 == late.status_code and "Een laat getypt doel" in late.text and "de-admin" in late.text
    assert f"Uw collega schreef hier: <bdi>{PURPOSE['purpose-nl']}</bdi>" in late.text
    assert PURPOSE["purpose-nl"] == kept(desk_office, draft)["purpose"]
    for nonsense in ("", "x", "-1", "99"):
        assert 409 == maker.post(at, {"edition": nonsense, **PURPOSE}).status_code
        assert 409 == maker.post(f"/forms/drafts/{draft}/raw", {"edition": nonsense, "raw": "{}"}).status_code


BAD_JSON = {
    "half typed": '{"form": "proef",', "a name twice": '{"form": "a", "form": "b"}', "NaN": '{"version": NaN}',
    "too deep": '{"a":' * 65 + "1" + "}" * 65, "too large": '{"a": "' + "x" * FORM_BYTES_MAX + '"}', "empty": "",
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_JSON)
def test_json_that_is_none_leaves_the_draft_and_the_text_in_the_page(desk_office: DeskOffice, name: str) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    draft = own_draft(admin)
    before = desk_office.server.municipality.drafts.one(draft)
    answer = mend(admin, draft, "raw", raw=BAD_JSON[name])
    assert 422 == answer.status_code and "regel" in answer.text
    assert before == desk_office.server.municipality.drafts.one(draft)
    assert BAD_JSON[name][:5].replace('"', "&#34;") in answer.text


def test_raw_json_is_one_step_and_a_finding_names_its_line(desk_office: DeskOffice) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    draft = own_draft(admin)
    form = kept(desk_office, draft)
    form["fields"]["/naam"]["zomaar"] = 1
    text = drafting.written(form).decode()
    assert 303 == mend(admin, draft, "raw", raw=text).status_code
    line = drafting.line_of(text, "/naam")
    assert '"/naam": {' in text.split("\n")[line - 1]
    assert f"regel {line}" in admin.get(f"/forms/drafts/{draft}").text


# --- publishing ---


WARNED = "De proef rekent met hele datums van de proef."


def test_a_warning_asks_for_a_reason_and_a_second_person_who_is_never_the_same(desk_office: DeskOffice) -> None:
    admin, office = desk_office.signed_in(Role.ADMIN), desk_office
    draft = own_draft(admin)
    page = admin.get(f"/forms/drafts/{draft}").text
    assert 'name="rule" value="P15"' in page and "nog niet te publiceren" in page
    assert 422 == mend(admin, draft, "publish", **SAID).status_code
    assert 303 == mend(admin, draft, "reason", rule="P15", at="/geboren", reason=WARNED).status_code
    assert "/forms/waiting/proef" in mend(admin, draft, "publish", **SAID).headers["location"]
    assert "U droeg dit zelf voor" in admin.get("/forms/waiting/proef").text
    assert "/forms/waiting/" not in admin.get("/today").text
    privacy = office.signed_in(Role.PRIVACY)
    waiting = privacy.get("/forms/waiting/proef").text
    assert WARNED in waiting
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', waiting)
    assert digest is not None
    assert 409 == privacy.post("/forms/waiting/proef/approve", {"digest": "00" * 32}).status_code
    assert admin.post("/forms/waiting/proef/approve", {"digest": digest[1]}).status_code in (403, 409)
    assert not office.server.municipality.published.versions("proef")
    assert 303 == agree(privacy, "proef").status_code
    (version,) = office.server.municipality.published.versions("proef")
    assert ("de-admin", "de-privacy") == (version.published_by, version.seconded_by)
    assert {"propose-form", "publish-form"} <= {line.act for line in office.audit()}


def test_a_form_that_waits_is_rejected_and_not_there_any_more(desk_office: DeskOffice) -> None:
    maker, privacy = desk_office.signed_in(Role.MAKER), desk_office.signed_in(Role.PRIVACY)
    draft = draft_in(maker, json.dumps(document({"/naam": "text"})).encode(), "proef.json")
    mend(maker, draft, "publish", **SAID)
    assert 404 == maker.post("/forms/waiting/proef/reject").status_code
    assert 303 == privacy.post("/forms/waiting/proef/reject").status_code
    assert 404 == privacy.get("/forms/waiting/proef").status_code


def test_the_effect_is_a_number_and_a_small_one_is_not_told(desk_office: DeskOffice) -> None:
    admin, office = desk_office.signed_in(Role.ADMIN), desk_office
    secret = "Een lange roepnaam van een kind"
    office.shared("dossier", {"/roepnaam": secret})
    form = json.loads(first_raw("dossier"))
    form["version"] = 2
    form["schema"]["properties"]["roepnaam"]["maxLength"] = 3
    draft = draft_in(admin, json.dumps(form).encode(), "dossier.json")
    page = admin.get(f"/forms/drafts/{draft}/effect").text
    assert f"minder dan {FEW}" in page and form["fields"]["/roepnaam"]["label"]["nl"] in unescape(page)
    assert secret not in page and "/roepnaam" not in page and "too-long" not in page
    office.ask("lock")
    assert 503 == admin.get(f"/forms/drafts/{draft}/effect").status_code
    assert 200 == admin.get("/forms").status_code and 200 == admin.get(f"/forms/drafts/{draft}").status_code


def test_a_locked_municipality_publishes_nothing_and_keeps_the_draft(desk_office: DeskOffice) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    draft = draft_in(admin, json.dumps(document({"/naam": "text"})).encode(), "proef.json")
    desk_office.ask("lock")
    assert 503 == mend(admin, draft, "publish", **SAID).status_code
    assert 200 == admin.get(f"/forms/drafts/{draft}").status_code
    assert not desk_office.server.municipality.published.versions("proef")


# --- versions ---


def test_a_version_is_read_compared_saved_and_retired(desk_office: DeskOffice) -> None:
    admin, office = desk_office.signed_in(Role.ADMIN), desk_office
    form = json.loads(first_raw("dossier"))
    form["version"], form["purpose"] = 2, "Een gezin bij wie de gemeente betrokken is, bijhouden voor de proef"
    office.server.publish(json.dumps(form).encode())
    page = admin.get("/forms/dossier/versions/2").text
    assert (
        "Wat veranderde sinds versie 1" in page
        and "<bdi>Doel</bdi></strong> Het doel" in page
        and "/purpose" not in page
    )
    saved = admin.get("/forms/dossier/versions/2/document")
    assert saved.content == office.server.municipality.published.document("dossier", 2)
    assert saved.headers["content-disposition"] == "attachment" and 'download="dossier-2.json"' in page
    assert 404 == office.signed_in(Role.LEAD).post("/forms/dossier/retire").status_code
    assert 303 == admin.post("/forms/dossier/retire").status_code
    assert "uit gebruik" in admin.get("/forms").text
    for path in ("dossier/versions/3", "dossier/versions/0", "geen/versions/1", "list:scholen/versions/1"):
        assert 404 == admin.get(f"/forms/{path}").status_code


# --- preview ---


def test_only_a_preview_is_framed_and_only_by_this_desk_and_reaches_no_server(desk_office: DeskOffice) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    draft = own_draft(admin, title={"nl": f"</script>{SCRIPT}", "en": "Trial"})
    preview = admin.get(f"/forms/drafts/{draft}/preview")
    policy = preview.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in policy and "connect-src 'none'" in policy and "unsafe" not in policy
    assert "SAMEORIGIN" == preview.headers["x-frame-options"] and "no-store" == preview.headers["cache-control"]
    assert SCRIPT not in preview.text and preview.text.count("</script>") == 2
    for path in (f"drafts/{draft}", "dossier/versions/1", "import", ""):
        page = admin.get(f"/forms/{path}".rstrip("/"))
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert "DENY" == page.headers["x-frame-options"]
    assert 200 == admin.get("/forms/dossier/versions/1/preview").status_code


def test_what_is_no_form_yet_has_no_preview(desk_office: DeskOffice) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    draft = draft_in(admin, made(SURVEY))
    assert "<iframe" not in admin.get(f"/forms/drafts/{draft}").text
    for path in (f"drafts/{draft}/preview", "waiting/dossier/preview", "dossier/versions/9/preview"):
        assert 404 == admin.get(f"/forms/{path}").status_code
    assert 404 == desk_office.signed_in(Role.LEAD).get(f"/forms/drafts/{draft}/preview").status_code


def test_a_finding_has_a_heading_in_words_and_what_is_undecided_is_found(desk_office: DeskOffice) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    draft = draft_in(admin, made(SURVEY))
    page = admin.get(f"/forms/drafts/{draft}").text
    stops = page[page.index('<h2 id="stops">') : page.index('<h2 id="questions">')]
    for place in ("Doel", "Grondslag", "Hoe lang bewaren", "Vanaf wanneer", "Roepnaam"):
        assert f"<bdi>{place}</bdi></a>" in stops, place  # TODO stands there, and is no purpose
    assert "TODO" not in page[: page.index('id="raw"')] and not re.search(r"\bP\d\d\b[^\"]", stops)
    english = admin.get(f"/forms/drafts/{draft}", headers={"accept-language": "en"}).text
    assert "What this form is for" in english and "<bdi>Legal basis</bdi></a>" in english


def test_what_publishing_lacks_is_said_in_the_words_of_its_page(desk_office: DeskOffice) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    draft = draft_in(admin, json.dumps(document({"/naam": "text"})).encode(), "proef.json")
    sent = {"edition": "1", "controller": "College", "register": "zomaar"}
    answer = admin.post(f"/forms/drafts/{draft}/publish", sent)
    assert 422 == answer.status_code and 'id="register-fault"' in answer.text and 'value="zomaar"' in answer.text
    assert 'id="controller-fault"' not in answer.text and 'value="College"' in answer.text
    assert "--register" not in answer.text and "--controller" not in answer.text


def test_a_text_of_a_draft_and_a_name_of_its_file_are_kept_whole_or_refused(desk_office: DeskOffice) -> None:
    """They were cut off in silence."""
    admin = desk_office.signed_in(Role.ADMIN)
    draft = own_draft(admin)
    before = desk_office.server.municipality.drafts.one(draft)
    long = "lang " * 900
    answer = mend(admin, draft, "reason", rule="P15", at="/geboren", reason=long)
    assert 422 == answer.status_code and "4.499 tekens" in answer.text
    answer = mend(admin, draft, "purpose", **PURPOSE | {"purpose-nl": long})
    assert 422 == answer.status_code and "hoogstens 4.000 tekens" in answer.text and long.strip() in answer.text
    assert before == desk_office.server.municipality.drafts.one(draft)
    with pytest.raises(TextTooLong):
        desk_office.server.run(drafting.bring(desk_office.server.municipality, "x", before.document, "n" * 121))
    assert 1 == len(desk_office.server.municipality.drafts.all())
