//! docs/apps/: a page an app, made from the catalog.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use patchbay_catalog::{Catalog, document};

/// `UPDATE_DOCS=1 cargo test -p patchbay-catalog --test it docs` writes them anew.
#[test]
fn pages_of_apps_are_those_of_the_catalog() {
    let catalog = Catalog::embedded();
    let mut slugs: Vec<&str> = catalog.slugs().collect();
    slugs.sort_unstable();
    let apps: Vec<_> = slugs
        .iter()
        .map(|slug| catalog.get(slug).unwrap())
        .collect();
    let mut wanted: BTreeMap<String, String> = apps
        .iter()
        .map(|app| (format!("{}.md", app.slug), document::page(app)))
        .collect();
    wanted.insert(
        "README.md".to_owned(),
        document::index(apps.iter().map(AsRef::as_ref)),
    );

    wanted.insert("quirks.md".to_owned(), crate::quirk_table::page());

    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/apps");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).unwrap();
        for (name, text) in &wanted {
            fs::write(directory.join(name), text).unwrap();
        }
    }
    let found: BTreeMap<String, String> = fs::read_dir(&directory)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, fs::read_to_string(entry.path()).unwrap())
        })
        .collect();
    let stale: Vec<&String> = wanted
        .keys()
        .chain(found.keys())
        .filter(|name| wanted.get(*name) != found.get(*name))
        .collect();
    assert!(
        stale.is_empty(),
        "docs/apps is not as the catalog is ({stale:?}); run UPDATE_DOCS=1 cargo test -p patchbay-catalog --test it docs"
    );
}
