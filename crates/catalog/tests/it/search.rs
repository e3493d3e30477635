use std::borrow::Cow;

use patchbay_catalog::{Catalog, Category};

fn manifest(
    slug: &str,
    name: &str,
    category: &str,
    description: &str,
    aliases: &str,
) -> (String, Cow<'static, [u8]>) {
    let text = format!(
        "slug: {slug}\nname: {name}\ncategory: {category}\ndescription: {description}\naliases: [{aliases}]\n\
         base_url: https://{slug}.example\nhosts: [{slug}.example]\nauth:\n  - method: basic\n"
    );
    (slug.to_owned(), Cow::Owned(text.into_bytes()))
}

fn catalog() -> Catalog {
    Catalog::from_trusted([
        manifest("mail", "Mail", "email", "Letters", ""),
        manifest("mailchimp", "Mailchimp", "marketing", "Newsletters", ""),
        manifest(
            "gmail",
            "Gmail",
            "email",
            "Mailbox of Google",
            "google mail",
        ),
        manifest("zed", "Zed", "developer", "Editor", "mail"),
        manifest("super-mail", "Super Mail", "social", "x", ""),
        manifest("post", "Post", "storage", "Sends your mail and parcels", ""),
        manifest("emu", "Emu", "email", "Birds", ""),
    ])
}

fn found(catalog: &Catalog, query: &str, category: Option<Category>) -> Vec<String> {
    catalog
        .search(query, category)
        .iter()
        .map(|s| s.slug.clone())
        .collect()
}

#[test]
fn better_matches_come_first() {
    let catalog = catalog();
    assert_eq!(
        found(&catalog, "mail", None),
        ["mail", "mailchimp", "zed", "super-mail", "gmail", "post"]
    );
    assert_eq!(found(&catalog, "  MAIL ", None)[0], "mail");
    assert_eq!(found(&catalog, "email", None), ["emu", "gmail", "mail"]);
    assert_eq!(found(&catalog, "parcels mail", None), ["post"]);
    assert_eq!(found(&catalog, "supermail", None), ["super-mail"]);
    assert_eq!(found(&catalog, "super-mail", None), ["super-mail"]);
    assert!(found(&catalog, "nothing like it", None).is_empty());
}

#[test]
fn categories_narrow_and_are_counted() {
    let catalog = catalog();
    assert_eq!(
        found(&catalog, "mail", Some(Category::Email)),
        ["mail", "gmail"]
    );
    assert_eq!(
        found(&catalog, "", Some(Category::Email)),
        ["emu", "gmail", "mail"]
    );
    assert_eq!(found(&catalog, "", None).len(), 7);
    assert!(catalog.categories().contains(&(Category::Email, 3)));
}

#[test]
fn c1_the_real_apps_are_found() {
    let catalog = Catalog::embedded();
    for (query, slug) in [
        ("gmail", "gmail"),
        ("google sheets", "google-sheets"),
        ("gsheets", "google-sheets"),
        ("sfdc", "salesforce"),
        ("chatgpt", "openai"),
        ("rest", "http"),
        ("Slack", "slack"),
        ("zd", "zendesk"),
        ("sandbox key", "sandbox-key"),
    ] {
        assert_eq!(
            found(&catalog, query, None).first().map(String::as_str),
            Some(slug),
            "{query}"
        );
    }
}

#[test]
fn summaries_agree_with_the_apps() {
    let catalog = Catalog::embedded();
    for slug in catalog.slugs() {
        let read = catalog.summary(slug).unwrap();
        let made = patchbay_catalog::Summary::from(&*catalog.get(slug).unwrap());
        assert_eq!(*read, made);
    }
    let http = catalog.summary("http").unwrap();
    let ids: Vec<&str> = http.auth_methods.iter().map(|m| m.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "api_key",
            "api_key_2",
            "api_key_3",
            "basic",
            "oauth2",
            "oauth2_client_credentials"
        ]
    );
}

#[test]
fn summaries_of_any_yaml_style_agree() {
    let block = "slug: a\nname: A\ncategory: crm\nauth:\n  - method: basic\nactions:\n  x: {title: X, request: GET /}\n  y: {title: Y, request: GET /}\n";
    let flow = "{slug: a, name: A, category: crm, auth: [{method: basic}], actions: {x: {title: X, request: GET /}, y: {title: Y, request: GET /}}}";
    let alias = "slug: a\nname: A\ncategory: crm\nactions:\n  x: &x {title: X, request: GET /}\n  y: *x\nauth:\n  - method: basic\n";
    let anchored = "slug: a\nname: A\ncategory: crm\nheaders: {n: &n basic}\nactions:\n  x: {}\n  y: {}\nauth:\n  - method: *n\n";
    for text in [block, flow, alias, anchored] {
        let catalog = Catalog::from_trusted([("a".to_owned(), Cow::Borrowed(text.as_bytes()))]);
        let summary = catalog.summary("a").unwrap_or_else(|| panic!("{text}"));
        assert_eq!(
            (summary.action_count, summary.trigger_count),
            (2, 0),
            "{text}"
        );
        assert_eq!(summary.auth_methods[0].id, "basic");
    }
}
