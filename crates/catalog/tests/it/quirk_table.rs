//! docs/apps/quirks.md: where apps differ from the standards, which app does, and the test that is fed its answer.

use std::fmt::Write as _;
use std::path::PathBuf;

use patchbay_catalog::Catalog;

/// What differs, the apps that do so, and the test: a file from the crate's directory on and a function in it.
const QUIRKS: [(&str, &[&str], &str, &str); 45] = [
    (
        "Errors with status 200",
        &["slack"],
        "catalog/tests/it/tokens.rs",
        "slack_says_no_with_status_200",
    ),
    (
        "Errors with status 200, of calls too",
        &["zoho-crm"],
        "catalog/tests/it/odd_answers_1.rs",
        "zoho_refuses_records_with_status_200",
    ),
    (
        "Errors with status 200, in GraphQL",
        &["linear"],
        "catalog/tests/it/odd_answers_2.rs",
        "linear_refuses_with_status_200_and_its_own_code",
    ),
    (
        "Errors with status 200, beside a part of the answer",
        &["shopify"],
        "catalog/tests/it/odd_answers_4.rs",
        "shopify_says_what_is_wrong_in_its_answer",
    ),
    (
        "Status 403 for a good key of few rights",
        &["stripe", "openai", "paypal"],
        "catalog/tests/it/odd_answers_4.rs",
        "keys_of_few_rights_are_good_all_the_same",
    ),
    (
        "Lists with what was deleted, and what comes late",
        &["google-calendar", "typeform"],
        "catalog/tests/it/odd_answers_4.rs",
        "lists_of_news_hold_deleted_and_late_things",
    ),
    (
        "Another name for `Idempotency-Key`",
        &["paypal"],
        "catalog/tests/it/odd_answers_4.rs",
        "paypal_has_a_name_of_its_own_for_repeated_calls",
    ),
    (
        "Status 400 for a wrong key or an ended token",
        &["canny", "facebook-pages"],
        "catalog/tests/it/odd_answers_3.rs",
        "canny_refuses_a_key_as_a_bad_request",
    ),
    (
        "Nested token",
        &["withings"],
        "catalog/tests/it/odd_answers_2.rs",
        "withings_wraps_its_answer_and_numbers_its_errors",
    ),
    (
        "Nested token in a list, or not",
        &["instagram"],
        "catalog/tests/it/odd_answers_3.rs",
        "instagram_may_wrap_its_token_in_a_list",
    ),
    (
        "Renamed token",
        &["tableau", "pocketbase"],
        "catalog/tests/it/odd_answers_2.rs",
        "logins_answer_with_a_token_and_where_one_is",
    ),
    (
        "Two tokens in one answer",
        &["slack"],
        "catalog/tests/it/quirks.rs",
        "slack_gives_two_tokens_in_one_answer",
    ),
    (
        "Token answer as a form",
        &["github"],
        "catalog/tests/it/tokens.rs",
        "github_may_answer_with_a_form",
    ),
    (
        "`expires_at`, a moment",
        &["square"],
        "catalog/tests/it/odd_answers_2.rs",
        "square_writes_a_date_where_others_count_seconds",
    ),
    (
        "Lifetime as text",
        &["wrike"],
        "catalog/tests/it/real_quirks.rs",
        "wrike_writes_a_number_as_text",
    ),
    (
        "Lifetime in milliseconds",
        &["zoho-crm"],
        "catalog/tests/it/odd_answers_3.rs",
        "zoho_sometimes_counts_milliseconds_beside_seconds",
    ),
    (
        "No lifetime although it ends",
        &["salesforce"],
        "catalog/tests/it/quirks.rs",
        "salesforce_says_no_lifetime_and_linear_means_none",
    ),
    (
        "No lifetime as it does not end",
        &["clickup", "intercom"],
        "catalog/tests/it/odd_answers_2.rs",
        "clickup_and_intercom_tokens_do_not_end",
    ),
    (
        "Scopes with commas or plusses",
        &["slack", "tiktok", "pandadoc"],
        "catalog/tests/it/real_quirks.rs",
        "slack_and_tiktok_want_commas_and_pandadoc_plusses",
    ),
    (
        "No scope parameter; a second scope list",
        &["notion", "clickup", "slack"],
        "catalog/tests/it/real_quirks.rs",
        "notion_and_clickup_have_no_scope_and_slack_a_second_list",
    ),
    (
        "Optional scopes",
        &["hubspot"],
        "catalog/tests/it/quirks.rs",
        "clickup_has_no_scope_parameter_and_hubspot_a_second_list_when_it_is_wanted",
    ),
    (
        "JSON token requests; Basic client authentication, form-encoded first; separate refresh URL",
        &["notion", "xero", "figma"],
        "catalog/tests/it/real_quirks.rs",
        "notion_takes_json_xero_a_header_and_figma_refreshes_elsewhere",
    ),
    (
        "Renamed parameters",
        &["tiktok", "basecamp"],
        "catalog/tests/it/real_quirks.rs",
        "tiktok_and_basecamp_have_names_of_their_own",
    ),
    (
        "Further fixed parameters",
        &["gmail", "jira", "dropbox"],
        "catalog/tests/it/real_quirks.rs",
        "google_and_atlassian_want_more_to_give_a_refresh_token",
    ),
    (
        "Host from the token answer",
        &["salesforce"],
        "catalog/tests/it/tokens.rs",
        "salesforce_names_its_host",
    ),
    (
        "Host from the token answer, and from the callback's query",
        &["zoho-crm"],
        "catalog/tests/it/odd_answers_1.rs",
        "zoho_names_the_host_of_its_data",
    ),
    (
        "Host from the token answer",
        &["pipedrive"],
        "catalog/tests/it/odd_answers_1.rs",
        "pipedrive_names_the_host_of_the_company",
    ),
    (
        "Account from the callback's query",
        &["quickbooks"],
        "catalog/tests/it/odd_answers_1.rs",
        "quickbooks_names_the_company_in_the_redirect",
    ),
    (
        "Host from a second call",
        &["mailchimp"],
        "catalog/tests/it/odd_answers_2.rs",
        "mailchimp_tells_its_data_centre_on_a_second_call",
    ),
    (
        "Account from a second call",
        &["jira", "confluence"],
        "catalog/tests/it/odd_answers_1.rs",
        "atlassian_sites_are_chosen_by_name",
    ),
    (
        "Account from a second call",
        &["basecamp"],
        "catalog/tests/it/odd_answers_3.rs",
        "basecamp_accounts_are_chosen_by_product_and_number",
    ),
    (
        "Account from a second call",
        &["xero"],
        "catalog/tests/it/odd_answers_1.rs",
        "xero_organisations_are_chosen_by_name",
    ),
    (
        "No refresh token but renewable",
        &["instagram"],
        "connect/tests/it/grants/exchange.rs",
        "facebook_exchanges_once_more_and_instagram_renews_the_token_itself",
    ),
    (
        "Second exchange after the code",
        &["threads"],
        "catalog/tests/it/odd_answers_2.rs",
        "threads_exchanges_an_hour_for_two_months",
    ),
    (
        "Second and third exchange after the code",
        &["facebook-pages"],
        "catalog/tests/it/odd_answers_3.rs",
        "facebook_pages_have_tokens_of_their_own",
    ),
    (
        "Rotating and lasting refresh tokens",
        &["airtable", "gmail"],
        "catalog/tests/it/real_quirks.rs",
        "airtable_tokens_are_for_one_refresh_and_googles_stay",
    ),
    (
        "Revoking on delete",
        &["gmail", "github", "slack", "miro", "stripe"],
        "catalog/tests/it/real_quirks.rs",
        "connections_are_ended_in_five_ways",
    ),
    (
        "Key in a header, the query, the path, the body, or odd halves of Basic",
        &[
            "anthropic",
            "openweather",
            "telegram",
            "canny",
            "freshdesk",
            "lemlist",
        ],
        "catalog/tests/it/real_quirks.rs",
        "keys_go_where_each_app_wants_them",
    ),
    (
        "Login, then a token",
        &["bluesky"],
        "connect/tests/it/grants/login.rs",
        "bluesky_logs_in_renews_and_logs_in_again",
    ),
    (
        "OAuth 1.0a",
        &["x", "trello", "netsuite"],
        "connect/tests/it/grants/oauth1.rs",
        "x_signs_in_by_oauth_1_and_signs_each_request",
    ),
    (
        "OAuth 1.0a, the signature itself",
        &["x", "trello", "netsuite"],
        "connect/src/sign/oauth1.rs",
        "signatures_are_those_other_implementations_make",
    ),
    (
        "AWS Signature Version 4",
        &["amazon-s3"],
        "connect/src/sign/aws.rs",
        "requests_are_signed_as_in_the_published_suite",
    ),
    (
        "Signed token for a token",
        &["google-sheets", "google-drive", "google-calendar", "gmail"],
        "catalog/tests/it/odd_answers_3.rs",
        "google_service_accounts_sign_for_whom_they_act",
    ),
    (
        "Signed token for a token",
        &["github"],
        "catalog/tests/it/odd_answers_3.rs",
        "github_apps_get_a_token_for_an_installation",
    ),
    (
        "Signed token with each request",
        &["ghost"],
        "connect/tests/it/grants/signed_token.rs",
        "ghost_gets_a_token_of_its_own_with_each_request",
    ),
];

/// The page.
pub(crate) fn page() -> String {
    let catalog = Catalog::embedded();
    let mut out = "# Quirks\n\nWhere apps differ from the standards, an app that does, and the test that holds Patchbay to it.\n\n| quirk | app | test |\n|---|---|---|\n".to_owned();
    for (quirk, slugs, file, test) in QUIRKS {
        let apps: Vec<String> = slugs
            .iter()
            .map(|slug| {
                let app = catalog.get(slug).unwrap_or_else(|| panic!("no app {slug}"));
                format!("[{}]({slug}.md)", app.name)
            })
            .collect();
        let apps = apps.join(", ");
        let _ = writeln!(
            out,
            "| {quirk} | {apps} | [`{test}`](../../crates/{file}) |"
        );
    }
    out
}

#[test]
fn every_quirk_has_a_test_that_names_its_app() {
    let crates = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    for (quirk, slugs, file, test) in QUIRKS {
        let source = std::fs::read_to_string(crates.join(file)).unwrap();
        let (before, body) = source
            .split_once(&format!("fn {test}()"))
            .unwrap_or_else(|| panic!("{quirk}: there is no {test} in {file}"));
        let attributes = before.trim_end().trim_end_matches("async").trim_end();
        let is_test = attributes.ends_with("#[test]") || attributes.ends_with("#[tokio::test]");
        assert!(is_test, "{test} in {file} is no test");
        let body = body.split("\n    #[test]").next().unwrap_or(body);
        let body = body.split("\n#[").next().unwrap_or(body);
        let said = format!("{test} {body}").to_lowercase();
        let words = |slug: &str| {
            said.contains(slug)
                || slug
                    .split('-')
                    .any(|word| word.len() > 4 && said.contains(word))
        };
        let named = slugs.iter().any(|slug| words(slug));
        let is_signature = file.contains("/sign/");
        assert!(named || is_signature, "{test} names none of {slugs:?}");
    }
}
