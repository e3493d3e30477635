use std::borrow::Cow;
use std::sync::Arc;

use patchbay_catalog::Catalog;

const ZENDESK: &str = include_str!("../../../../apps/zendesk.yaml");

fn thousand() -> Catalog {
    many(1000)
}

fn many(count: usize) -> Catalog {
    Catalog::from_trusted((0..count).map(|n| {
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
fn the_same_work_reads_as_much_whether_there_are_ten_apps_or_a_thousand() {
    let work = |catalog: &Catalog| {
        for slug in ["app-1", "app-2", "app-1", "app-3"] {
            catalog.get(slug).unwrap();
        }
        for query in ["app 1", "tickets", "zd", "", "nothing at all"] {
            catalog.search(query, None);
        }
        catalog.categories();
        catalog.summary("app-2").unwrap();
    };
    let (ten, thousand) = (many(10), many(1000));
    work(&ten);
    work(&thousand);
    // The index is read once, app by app, less those that were read in full already; nothing else grows.
    assert_eq!(ten.read_counts(), (3, 7));
    assert_eq!(thousand.read_counts(), (3, 997));
    work(&thousand);
    assert_eq!(thousand.read_counts(), (3, 997), "nothing is read twice");
}

#[test]
fn a_search_hands_out_what_is_there_rather_than_copies() {
    let catalog = thousand();
    let (first, second) = (catalog.search("", None), catalog.search("app", None));
    assert_eq!(first.len(), 1000);
    for summary in &second {
        let same = catalog.summary(&summary.slug).unwrap();
        assert!(Arc::ptr_eq(summary, &same), "{}", summary.slug);
    }
    assert!(Arc::ptr_eq(
        &catalog.get("app-5").unwrap(),
        &catalog.get("app-5").unwrap()
    ));
}

#[test]
fn what_is_kept_of_an_app_for_the_list_is_small() {
    let catalog = Catalog::embedded();
    let kept: usize = catalog
        .search("", None)
        .iter()
        .map(|summary| format!("{summary:?}").len())
        .sum();
    let each = kept / catalog.len();
    assert!(
        each < 2048,
        "{each} bytes an app: a thousand would keep more than 2 MB"
    );
    assert_eq!(catalog.read_counts().0, 0, "no manifest was read in full");
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

    // The file's name is free, but a slug is taken once.
    let renamed = dir.path().join("the-desk.yaml");
    std::fs::rename(dir.path().join("zendesk.yaml"), &renamed).unwrap();
    let catalog = Catalog::load(&[dir.path().to_owned()]).unwrap();
    assert_eq!(catalog.get("zendesk").unwrap().name, "Our desk");
    std::fs::copy(&renamed, dir.path().join("zendesk.yaml")).unwrap();
    let error = Catalog::load(&[dir.path().to_owned()]).unwrap_err();
    assert!(
        error.to_string().contains("zendesk.yaml: has the slug"),
        "{error}"
    );
    std::fs::remove_file(renamed).unwrap();

    let wrong = own.replace("category: support", "category: supports");
    std::fs::write(dir.path().join("wrong.yaml"), wrong).unwrap();
    let error = Catalog::load(&[dir.path().to_owned()])
        .unwrap_err()
        .to_string();
    assert!(error.contains("wrong.yaml:4:11: "), "{error}");
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
