"""Bad input, and what it gets: each kind of it has its tests here or where its part is; none of them may go unseen."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from backend.desk.rights import Role
from backend.web.shell import REQUEST_BYTES_MAX
from tests.desk_pages.office import DeskOffice
from tests.desk_pages.test_forms import brought, own_draft

TESTS: Final = Path(__file__).parents[1]
ROWS: Final = {  # what comes in: the tests of what it gets, by their files below `tests/`
    "a wrong or missing token, another origin": (
        "desk_pages/test_sessions.py::test_a_form_of_another_site_does_nothing",
        "desk_pages/test_sessions.py::test_a_form_needs_the_token_of_its_own_session",
        "desk_pages/test_rights.py::test_nothing_is_done_without_the_token_of_the_session",
        "desk_pages/test_given_back.py::test_a_form_of_an_old_token_is_not_done_and_gives_its_text_back",
        "desk_pages/test_given_back.py::test_what_another_site_sends_is_never_put_into_a_page_of_ours",
    ),
    "a session that was planted, ended, or is of another municipality": (
        "desk_pages/test_sessions.py::test_a_planted_id_is_not_taken_over",
        "desk_pages/test_sessions.py::test_a_person_signs_in_and_out",
        "desk_pages/test_sessions.py::test_the_session_of_another_municipality_is_nobodys",
    ),
    "a way on to another host": (
        "desk_pages/test_sessions.py::test_signing_in_leads_only_to_a_page_of_this_desk",
        "desk_pages/test_openid.py::test_it_leads_to_no_other_place",
    ),
    "an unknown, malformed or foreign id": (
        "desk_pages/test_rights.py::test_a_record_of_another_team_is_not_there",
        "desk_pages/test_record.py::test_what_is_not_there_and_what_is_not_ours_are_the_same_bytes",
        "desk_pages/test_sessions.py::test_what_is_not_there_and_what_is_another_municipalitys_are_the_same_bytes",
        "desk_pages/test_exports.py::test_a_job_is_its_askers_alone",
        "desk_pages/test_records.py::test_another_persons_view_is_not_there",
    ),
    "script, direction marks and words without an end": (
        "desk_pages/test_stored_script.py::test_no_text_of_anybody_is_more_than_text_on_any_page",
        "desk_pages/test_forms.py::test_a_script_in_a_label_a_name_or_a_reason_is_text",
        "desk_pages/test_people.py::test_texts_of_people_are_texts_on_every_page",
        "journeys/desk/test_endless.py::test_a_text_without_an_end_stretches_no_page_and_runs_nothing",
    ),
    "what changed or was erased meanwhile; two at once": (
        "desk_pages/test_conflicts.py::test_survivors_that_changed_meanwhile_are_shown_and_what_was_typed_is_kept",
        "desk_pages/test_conflicts_at_once.py::test_of_two_leads_at_once_one_decides_and_the_other_is_told_by_whom",
        "desk_pages/test_forms.py::test_whoever_is_second_hears_of_it_and_what_they_typed_is_there",
        "desk_pages/test_editing.py::test_an_answer_of_a_colleague_that_the_page_had_not_shown_is_not_written_over",
        "desk_pages/test_bad_input.py::test_a_record_that_was_erased_meanwhile_is_not_there_and_nothing_is_written",
    ),
    "filters and searches that cannot be": (
        "desk_pages/test_records.py::test_a_bad_wish_is_said_beside_its_field_and_what_was_typed_stays",
        "desk/test_searching.py::test_what_is_typed_is_no_query_language",
        "desk/test_wishes.py::test_more_conditions_than_anybody_reads_are_refused",
        "desk_pages/test_people.py::test_the_log_is_narrowed_and_a_stranger_s_filter_widens_nothing",
    ),
    "workbooks that are bombs, locked, too long or none": (
        "desk_pages/test_forms.py::test_what_is_no_form_gets_findings_and_nothing_is_kept",
        "desk_pages/test_lists.py::test_what_is_no_table_is_refused_and_nothing_is_kept",
        "forms/interchange/test_hostile_workbooks.py::test_bytes_that_are_no_workbook_are_refused_in_words",
        "forms/interchange/test_hostile_workbooks.py::test_what_would_take_long_is_judged_within_seconds",
    ),
    "JSON that is none": (
        "desk_pages/test_forms.py::test_json_that_is_none_leaves_the_draft_and_the_text_in_the_page",
    ),
    "an expression half typed": (
        "desk_pages/test_bad_input.py::test_an_expression_that_is_half_typed_is_kept_and_stops_the_draft_at_its_place",
    ),
    "a rescue file of others, changed, or twice": (
        "desk_pages/test_devices.py::test_a_rescue_file_is_taken_in_once_and_twice_is_said",
        "desk_pages/test_devices.py::test_a_rescue_file_of_another_team_or_municipality_or_changed_is_refused",
    ),
    "a theme that cannot be worn": (
        "desk/test_looks.py::test_a_theme_that_cannot_be_read_is_refused_whole_and_the_one_before_stays",
        "forms/test_theme.py::test_no_value_gets_out_of_its_place",
        "forms/test_theme.py::test_a_faint_pair_is_refused_with_its_ratio_in_a_plain_sentence",
    ),
    "what a provider says wrongly": (
        "desk_pages/test_openid.py::test_a_token_that_is_wrong_opens_nothing_and_nobody_is_told_why",
        "desk_pages/test_openid.py::test_a_refusal_has_the_same_page_whatever_its_reason_was",
        "desk_pages/test_openid_real.py::test_who_is_too_weak_in_no_group_or_unknown_is_refused",
        "desk_pages/test_openid_people.py::test_a_role_whose_group_is_gone_is_gone_at_once",
    ),
    "a code or a passkey that was shown before": (
        "desk_pages/test_signing_in.py::test_a_code_that_was_used_is_worth_nothing",
        "desk_pages/test_passkeys.py::test_the_same_answer_twice_is_worth_nothing",
        "desk_pages/test_passkeys.py::test_an_answer_of_another_site_challenge_person_or_time_is_refused",
        "desk_pages/test_passkeys.py::test_a_counter_that_goes_back_rings",
    ),
    "an upload too large, a method or a path that is not there": (
        "desk_pages/test_bad_input.py::test_what_is_too_large_or_has_no_such_way_gets_a_page_of_the_desk",
    ),
    "a file that is none of its kind, empty, too large, one too many, or not theirs to add": (
        "desk_pages/test_adding_files.py::test_what_is_no_photo_is_refused_at_its_question_by_name_and_nothing_is_kept",
        "desk_pages/test_adding_files.py::test_more_than_a_page_can_be_is_refused_by_name",
        "desk_pages/test_adding_files.py::test_one_question_has_one_file_and_a_file_for_no_question_goes_nowhere",
        "desk_pages/test_adding_files.py::test_who_may_not_edit_the_record_adds_nothing",
        "desk_pages/test_adding_files.py::test_another_teams_lead_and_another_site_add_nothing",
    ),
    "a lock or a full disk in the middle": (
        "desk_pages/test_conflicts.py::test_a_locked_municipality_shows_its_card_and_loses_nothing",
        "desk_pages/test_conflicts_at_once.py::test_a_full_disk_in_the_middle_writes_nothing_and_keeps_what_was_typed",
        "desk_pages/test_given_back.py::test_a_full_disk_does_nothing_and_gives_the_text_back",
        "desk_pages/test_typed.py::test_locked_it_is_given_back_in_the_page",
        "desk_pages/test_exports_whole.py::test_a_full_disk_in_the_middle_is_named_and_leaves_nothing",
    ),
}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    made = DeskOffice(tmp_path_factory.mktemp("bad"), "dossier", "huisbezoek")
    yield made
    made.close()


@pytest.mark.parametrize("row", ROWS)
def test_each_kind_of_bad_input_has_its_tests(row: str) -> None:
    for one in ROWS[row]:
        file, _, name = one.partition("::")
        assert re.search(rf"^def {name}\(", (TESTS / file).read_text(), re.MULTILINE), one


def test_what_is_too_large_or_has_no_such_way_gets_a_page_of_the_desk(office: DeskOffice) -> None:
    admin = office.signed_in(Role.ADMIN)
    large = admin.post("/forms/import", {}, files={"file": ("x.xlsx", bytes(REQUEST_BYTES_MAX + 1))})
    assert 413 == large.status_code and "<main" in large.text
    other = admin.ask("DELETE", f"{admin.home}/people")
    assert 405 == other.status_code and "Traceback" not in other.text
    assert 404 == admin.ask("GET", f"{admin.home}/no/such/page").status_code
    cut = admin.post(
        "/forms/import", content=b"--x\r\nContent-Disp", headers={"content-type": "multipart/form-data; boundary=x"}
    )
    assert cut.status_code in (400, 403) and "<main" in cut.text
    assert [] == office.server.municipality.drafts.all()


def test_an_expression_that_is_half_typed_is_kept_and_stops_the_draft_at_its_place(office: DeskOffice) -> None:
    admin = office.signed_in(Role.ADMIN)
    draft = own_draft(
        admin, checks=[{"if_not": "count(kind) >", "at": "/naam", "say": {"nl": "Kan niet.", "en": "No."}}]
    )
    page = admin.get(f"/forms/drafts/{draft}").text
    assert "count(kind) &gt;" in page and 'id="publish"' not in page
    stops = page.partition('id="stops"')[2].partition("</section>")[0]
    assert "count(kind) &gt;" in stops and 1 == stops.count("regel "), stops
    assert 1 == len(office.server.municipality.drafts.all())


def test_a_record_that_was_erased_meanwhile_is_not_there_and_nothing_is_written(office: DeskOffice) -> None:
    lead, town = office.signed_in(), office.server.municipality
    record = office.shared("huisbezoek", {"/case_ref": "ABCD-2345"})
    office.parallel(record, "huisbezoek", {"/werker_ok": "ja"}, {"/werker_ok": "incident"})
    office.dump()
    (row,) = office.find("select id from _queue where record = ?", record.hex())
    page = lead.get(f"/conflicts/{row['id']}").text
    read_at = page.partition('name="read_at" value="')[2].partition('"')[0]
    pick = page.partition('name="pick" value="')[2].partition('"')[0]
    office.server.run(town.erasing.erase(record, "request", "beheer"))
    entries = town.committed.entries
    for path, fields in (
        (f"/conflicts/{row['id']}", {"pick": pick, "read_at": read_at}),
        (f"/review/{record.hex()}", {"pick": "approved", "read_at": read_at}),
        (f"/record/{record.hex()}/edit/0", {"read_at": read_at}),
        (f"/record/{record.hex()}/delete", {"read_at": read_at, "sure": "yes", "reason": "dubbel"}),
    ):
        answer = lead.post(path, fields)
        assert answer.status_code in (404, 409), path
        assert "<main" in answer.text, path
    assert entries == town.committed.entries


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ('{"maximum": 1e999}', "Dit getal is te groot"),
        ('{"minimum": ' + "9" * 6_000 + "}", "Dit getal is te groot"),
        ('{"title": "\\ud800"}', "Hier staat een teken"),
    ],
    ids=["endless", "long", "half a sign"],
)
def test_a_document_that_cannot_be_written_again_is_refused_with_the_reason(
    office: DeskOffice, schema: str, words: str
) -> None:
    raw = f'{{"form": "proef", "fields": {{}}, "schema": {schema}}}'.encode()
    answer = brought(office.signed_in(Role.ADMIN), raw, "bron.json")
    assert 422 == answer.status_code and words in answer.text
