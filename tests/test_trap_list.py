"""Where each trap of the source systems is shown. A trap without a test would go unnoticed; so would a renamed test."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
SOURCES, RULES, STEPS = "resolver/sources/test_", "rules/test_", "resolver/steps/test_"
TOGETHER, SYSTEMS, BATCH = "resolver/test_traps.py", "resolver/test_five_systems.py", "resolver/paths/test_batch.py"
PHONE, EMAIL = "rules/phone/test_phone.py", "rules/email/test_email.py"
PLANS, APPLY = "resolver/plan/test_plans.py", "resolver/plan/test_apply.py"

SHOWN = {
    1: (f"{SOURCES}voipbin.py", "test_a_sentinel_date_means_active_and_a_real_one_deleted"),
    2: (SYSTEMS, "test_the_deleted_join_nobody_and_are_listed"),
    3: (BATCH, "test_the_deleted_neither_join_nor_bridge"),
    4: (f"{SOURCES}customeros.py", "test_a_hidden_contact_is_deleted"),
    5: (BATCH, "test_tenants_never_meet"),
    6: (SYSTEMS, "test_records_without_a_tenant_do_not_slip_in_among_those_with_one"),
    7: (PLANS, "test_an_app_key_cannot_write_records_of_another_app_trap_7"),
    8: (SYSTEMS, "test_an_undeliverable_address_is_never_golden"),
    9: (TOGETHER, "test_a_bounced_address_alone_joins_nobody"),
    10: (TOGETHER, "test_a_bounce_without_an_address_is_reported_and_names_one_only_where_there_is_no_doubt"),
    11: (f"{STEPS}gather.py", "test_a_denial_in_one_system_holds_for_the_person_and_is_reported"),
    12: (f"{STEPS}gather.py", "test_what_is_unknown_is_not_granted"),
    13: (TOGETHER, "test_a_later_opt_in_elsewhere_is_asked_and_does_not_count"),
    14: (f"{SOURCES}atlassian.py", "test_consent_is_told_channel_by_channel"),
    15: (PLANS, "test_consent_outlives_the_loser_trap_15"),
    16: (TOGETHER, "test_the_opt_out_of_a_deleted_duplicate_is_told_but_not_the_persons"),
    17: (PHONE, "test_a_number_without_a_known_country_keeps_its_digits"),
    18: (PHONE, "test_a_number_is_written_in_e164"),
    19: (f"{SOURCES}customeros.py", "test_the_country_of_a_number_comes_before_that_of_the_employer"),
    20: (PHONE, "test_a_number_that_rings_only_in_its_town_is_no_key"),
    21: (PHONE, "test_a_number_that_is_only_possible_is_marked"),
    22: (PHONE, "test_two_numbers_have_a_level"),
    23: (BATCH, "test_a_fax_is_no_identity_and_never_golden"),
    24: (PHONE, "test_what_is_no_number_is_none"),
    25: (EMAIL, "test_a_function_mailbox_brings_nobody_together"),
    26: (SYSTEMS, "test_no_two_persons_are_in_one_entity"),
    27: (TOGETHER, "test_a_chain_whose_ends_contradict_each_other_is_not_closed"),
    28: (TOGETHER, "test_a_switchboard_joins_no_colleagues"),
    29: (EMAIL, "test_an_address_is_found_in_what_was_typed"),
    30: (EMAIL, "test_a_mailbox_has_no_tag_and_dots_count_only_where_the_provider_counts_them"),
    31: (f"{SOURCES}voipbin.py", "test_a_value_that_stands_twice_counts_once_and_is_primary_if_it_is_once"),
    32: (f"{SOURCES}customeros.py", "test_two_primaries_or_none_give_the_first_that_does_not_bounce"),
    33: (f"{SOURCES}teamwork_desk.py", "test_json_in_a_cell_is_read_and_bad_json_refused_with_its_line"),
    34: (f"{SOURCES}teamwork_desk.py", "test_the_order_of_a_date_comes_from_the_setting"),
    35: (f"{SOURCES}teamwork_desk.py", "test_ids_are_texts_with_every_digit"),
    36: (f"{RULES}identifier.py", "test_salesforce_ids_differ_by_case"),
    37: (BATCH, "test_an_id_means_nothing_without_its_system"),
    38: (TOGETHER, "test_an_id_of_one_system_wins_over_a_misspelt_name"),
    39: (TOGETHER, "test_two_ids_of_one_system_speak_against_equal_names_at_one_company"),
    40: (PLANS, "test_one_email_at_two_accounts_is_never_moved_to_one_trap_40"),
    41: (TOGETHER, "test_one_address_in_two_accounts_or_in_none_is_one_person"),
    42: (TOGETHER, "test_a_married_name_is_the_same_person_when_the_address_says_so"),
    43: (TOGETHER, "test_a_name_that_is_only_an_address_is_no_conflict"),
    44: (f"{RULES}social.py", "test_one_linkedin_profile_has_one_writing"),
    45: (TOGETHER, "test_a_former_employer_is_neither_evidence_nor_golden"),
    46: (PLANS, "test_references_follow_the_survivor_and_never_name_themselves_trap_46"),
    47: (PLANS, "test_an_id_of_another_system_is_no_reference_trap_47"),
    48: (APPLY, "test_a_stale_version_stops_this_person_and_not_the_next_trap_48"),
    49: (TOGETHER, "test_a_record_made_by_hand_names_the_person_before_an_imported_one"),
    50: (TOGETHER, "test_a_record_never_updated_is_as_old_as_its_creation"),
    51: (f"{SOURCES}customeros.py", "test_page_0_is_page_1_and_its_contacts_count_once"),
    52: (SYSTEMS, "test_the_order_of_the_files_changes_nothing"),
    54: (f"{SOURCES}teamwork_desk.py", "test_custom_fields_of_tickets_belong_to_their_inbox_and_a_blank_is_no_value"),
    55: (f"{STEPS}gather.py", "test_a_tag_is_one_however_it_is_spelled"),
    56: (f"{SOURCES}atlassian.py", "test_a_record_of_nulls_loads_with_nothing_but_its_id"),
    57: (SYSTEMS, "test_an_incomplete_pull_is_told"),
    58: ("resolver/test_cli.py", "test_csv_results_cannot_run_in_a_spreadsheet"),
}
NEEDS_A_MEMORY = {53, 59}
"""An entity that comes apart when a value is corrected, and an erasure that holds: a single run has no yesterday."""


def test_every_trap_is_shown_or_waits_for_the_store():
    assert set(SHOWN) | NEEDS_A_MEMORY == set(range(1, 60))


@pytest.mark.parametrize("trap", SHOWN)
def test_the_test_of_a_trap_is_where_it_should_be(trap):
    file, name = SHOWN[trap]
    assert f"def {name}(" in (TESTS / file).read_text(encoding="utf-8")
