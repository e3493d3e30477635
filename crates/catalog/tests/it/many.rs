use std::borrow::Cow;

use patchbay_catalog::Catalog;

const ZENDESK: &str = include_str!("../../../../apps/zendesk.yaml");

fn thousand() -> Catalog {
    Catalog::from_trusted((0..1000).map(|n| {
        let text = ZENDESK
            .replace("slug: zendesk", &format!("slug: app-{n}"))
            .replace("name: Zendesk", &format!("name: App {n}"));
        (format!("app-{n}"), Cow::Owned(text.into_bytes()))
    }))
}

#[test]
fn a_thousand_apps_cost_nothing_until_asked_for() {
    let catalog = thousand();
    assert_eq!(catalog.len(), 1000);
    assert_eq!(catalog.read_counts(), (0, 0));
    assert_eq!(catalog.get("app-7").unwrap().name, "App 7");
    catalog.get("app-7").unwrap();
    assert_eq!(catalog.read_counts(), (1, 0));
    assert!(catalog.get("app-1000").is_none());
}

#[test]
fn a_thousand_apps_are_indexed_once() {
    let catalog = thousand();
    assert_eq!(catalog.search("app 42", None)[0].slug, "app-42");
    assert_eq!(catalog.search("", None).len(), 1000);
    assert_eq!(catalog.search("tickets", None).len(), 1000);
    catalog.summary("app-3").unwrap();
    catalog.categories();
    assert_eq!(catalog.read_counts(), (0, 1000));
}

#[test]
fn manifests_of_ones_own_replace_by_slug() {
    let dir = tempfile::tempdir().unwrap();
    let own = ZENDESK.replace("name: Zendesk", "name: Our desk");
    std::fs::write(dir.path().join("zendesk.yaml"), &own).unwrap();
    let ours = own
        .replace("slug: zendesk", "slug: ours")
        .replace("[zd, helpdesk, tickets]", "[]");
    std::fs::write(dir.path().join("ours.yaml"), ours).unwrap();
    std::fs::create_dir(dir.path().join("icons")).unwrap();
    std::fs::write(dir.path().join("icons/ours.svg"), "<svg/>").unwrap();
    let catalog = Catalog::load(&[dir.path().to_owned()]).unwrap();
    assert_eq!(catalog.get("zendesk").unwrap().name, "Our desk");
    assert_eq!(catalog.summary("zendesk").unwrap().name, "Our desk");
    assert_eq!(&*catalog.icon("ours").unwrap().svg, b"<svg/>");
    assert!(!catalog.icon("zendesk").unwrap().generated);
    assert_eq!(catalog.get("gmail").unwrap().name, "Gmail");
    assert!(catalog.icon("nobody").is_none());

    let wrong = own.replace("category: support", "category: supports");
    std::fs::write(dir.path().join("wrong.yaml"), wrong).unwrap();
    let error = Catalog::load(&[dir.path().to_owned()])
        .unwrap_err()
        .to_string();
    assert!(error.contains("wrong.yaml:3:11: "), "{error}");
    assert!(Catalog::load(&["/nowhere/at/all".into()]).is_err());
}

#[test]
fn apps_without_icon_get_letters() {
    let catalog = thousand();
    let icon = catalog.icon("app-12").unwrap();
    assert!(icon.generated);
    let svg = String::from_utf8(icon.svg.into_owned()).unwrap();
    assert!(
        svg.contains(">A1</text>") && svg.contains("#03363D"),
        "{svg}"
    );
}
