//! The fifty apps that most automations use have everything.

use std::collections::BTreeSet;

use patchbay_catalog::{App, AuthMethod, Catalog, ItemOrder};

/// Slug, and the kinds of credential that the app itself offers.
const APPS: [(&str, &[&str]); 50] = [
    ("gmail", &["oauth2", "jwt_bearer"]),
    ("google-sheets", &["oauth2", "jwt_bearer"]),
    ("google-drive", &["oauth2", "jwt_bearer"]),
    ("google-calendar", &["oauth2", "jwt_bearer"]),
    ("google-docs", &["oauth2", "jwt_bearer"]),
    ("google-forms", &["oauth2", "jwt_bearer"]),
    // A service account has no channel.
    ("youtube", &["oauth2"]),
    ("microsoft-outlook", &["oauth2"]),
    ("microsoft-teams", &["oauth2"]),
    ("onedrive", &["oauth2"]),
    ("microsoft-excel", &["oauth2"]),
    ("slack", &["oauth2", "oauth2_2", "api_key"]),
    ("discord", &["api_key", "oauth2"]),
    ("telegram", &["api_key"]),
    ("github", &["oauth2", "api_key", "jwt_bearer"]),
    ("gitlab", &["oauth2", "api_key"]),
    ("notion", &["oauth2", "api_key"]),
    ("airtable", &["oauth2", "api_key"]),
    ("hubspot", &["oauth2", "api_key"]),
    ("salesforce", &["oauth2", "oauth2_client_credentials"]),
    ("pipedrive", &["oauth2", "api_key"]),
    ("zoho-crm", &["oauth2"]),
    ("stripe", &["api_key", "oauth2"]),
    (
        "shopify",
        &["oauth2_client_credentials", "oauth2", "api_key"],
    ),
    ("paypal", &["oauth2_client_credentials"]),
    ("quickbooks", &["oauth2"]),
    ("xero", &["oauth2", "oauth2_client_credentials"]),
    ("jira", &["oauth2", "basic"]),
    ("confluence", &["oauth2", "basic"]),
    ("linear", &["oauth2", "api_key"]),
    ("asana", &["oauth2", "api_key"]),
    ("trello", &["custom", "oauth2", "oauth1"]),
    ("clickup", &["oauth2", "api_key"]),
    ("monday", &["oauth2", "api_key"]),
    (
        "zendesk",
        &["oauth2", "oauth2_client_credentials", "api_key"],
    ),
    ("intercom", &["oauth2", "api_key"]),
    ("freshdesk", &["api_key"]),
    ("mailchimp", &["oauth2", "api_key"]),
    ("sendgrid", &["api_key"]),
    ("twilio", &["api_key", "custom"]),
    ("openai", &["api_key", "api_key_2"]),
    ("anthropic", &["api_key"]),
    ("dropbox", &["oauth2"]),
    ("box", &["oauth2", "oauth2_client_credentials"]),
    ("zoom", &["oauth2", "oauth2_client_credentials"]),
    ("calendly", &["oauth2", "api_key"]),
    ("typeform", &["oauth2", "api_key"]),
    ("webflow", &["oauth2", "api_key"]),
    ("wordpress", &["basic"]),
    ("woocommerce", &["custom"]),
];

/// What an app lacks, and why there can be no such thing.
const EXCEPTIONS: [(&str, &str, &str); 16] = [
    ("openai", "a trigger", "nothing happens there by itself"),
    ("anthropic", "a trigger", "nothing happens there by itself"),
    (
        "sendgrid",
        "whose it is",
        "only keys with full access may ask",
    ),
    ("telegram", "lists", "a bot cannot list its chats"),
    (
        "youtube",
        "a rate",
        "a day's quota in units, shared by all of a client",
    ),
    (
        "salesforce",
        "a rate",
        "a day's quota by edition and number of users",
    ),
    (
        "zoho-crm",
        "a rate",
        "a day's credits, and how many at once",
    ),
    ("paypal", "a rate", "not published"),
    ("mailchimp", "a rate", "ten at once, however many a minute"),
    (
        "sendgrid",
        "a rate",
        "each endpoint has its own, told in headers",
    ),
    (
        "twilio",
        "a rate",
        "how many at once; messages wait in its queue",
    ),
    (
        "openai",
        "a rate",
        "depends on the model and what was paid so far",
    ),
    ("dropbox", "a rate", "not published"),
    ("wordpress", "a rate", "the site's own server decides"),
    ("woocommerce", "a rate", "the site's own server decides"),
    (
        "discord",
        "new_message",
        "the oldest hundred that follow come first: the next poll reads on",
    ),
];

fn lacks(app: &App, kinds: &[&str]) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut lack = |what: &str, detail: String| out.push((what.to_owned(), detail));
    let own: BTreeSet<&str> = app.auth.iter().map(|m| m.id.as_str()).collect();
    for kind in kinds.iter().filter(|kind| !own.contains(**kind)) {
        lack("a way in", (*kind).to_owned());
    }
    match &app.verify {
        None => lack("verify", String::new()),
        Some(verify) => {
            let account = verify.account.as_ref();
            if account.is_none_or(|a| a.id.is_none()) {
                lack("whose it is", String::new());
            } else if account.is_none_or(|a| a.label.is_none()) {
                lack("its name", String::new());
            }
        }
    }
    if app.host_templates().next().is_none() {
        lack("hosts", String::new());
    }
    if app.limits.is_none() {
        lack("a rate", String::new());
    }
    let actions = app
        .actions
        .keys()
        .filter(|key| *key != "api_request")
        .count();
    if actions < 3 {
        lack("three actions", format!("{actions} only"));
    }
    if !app.actions.contains_key("api_request") {
        lack("the action for everything else", String::new());
    }
    if app.triggers.is_empty() {
        lack("a trigger", String::new());
    }
    if app.options.is_empty() {
        lack("lists", String::new());
    }
    for trigger in app.triggers.values() {
        if trigger.order == ItemOrder::NewestFirst && !trigger.has_pages() {
            lack(
                &trigger.key,
                "newest first, and reads one page only".to_owned(),
            );
        }
    }
    for method in &app.auth {
        out.extend(untold(method).map(|what| ("how to set it up".to_owned(), what)));
    }
    out
}

/// What nobody tells those who connect in this way.
fn untold(method: &AuthMethod) -> impl Iterator<Item = String> {
    let mut out = Vec::new();
    if let Some(oauth) = method.oauth.as_ref().filter(|o| o.authorize_url.is_some()) {
        if oauth.setup_url.is_none() {
            out.push(format!("where to register a client for {}", method.id));
        }
        let help = oauth
            .setup_help
            .as_deref()
            .unwrap_or_default()
            .to_lowercase();
        for word in ["redirect", "client id", "secret"] {
            let other = match word {
                "redirect" => "callback",
                "client id" => "id",
                _ => "key",
            };
            if !help.contains(word) && !help.contains(other) {
                out.push(format!("`{word}` in setup_help of {}", method.id));
            }
        }
    }
    for field in method.fields.iter().filter(|field| field.secret) {
        if field.help.is_none() || field.help_url.is_none() {
            out.push(format!("where to find {} of {}", field.name, method.id));
        }
    }
    out.into_iter()
}

#[test]
fn the_fifty_apps_have_everything() {
    let catalog = Catalog::embedded();
    let mut problems = Vec::new();
    let mut used = BTreeSet::new();
    for (slug, kinds) in APPS {
        let Some(app) = catalog.get(slug) else {
            problems.push(format!("{slug} is not there"));
            continue;
        };
        for (what, detail) in lacks(&app, kinds) {
            let reason = EXCEPTIONS
                .iter()
                .find(|(app, lack, _)| *app == slug && *lack == what);
            match reason {
                Some((app, lack, _)) => {
                    used.insert((*app, *lack));
                }
                None => problems.push(format!("{slug} lacks {what}: {detail}")),
            }
        }
    }
    for (slug, what, reason) in EXCEPTIONS {
        if !used.contains(&(slug, what)) {
            problems.push(format!("{slug} has {what} after all ({reason})"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn there_are_a_hundred_apps() {
    assert!(Catalog::embedded().slugs().count() >= 100);
}
