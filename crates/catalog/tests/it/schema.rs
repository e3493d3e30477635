use std::path::Path;

use patchbay_catalog::manifest_schema;
use serde_json::Value;

/// `UPDATE_SCHEMA=1` writes the file instead.
#[test]
fn the_checked_in_schema_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../apps/manifest.schema.json");
    let mut made = serde_json::to_string_pretty(&manifest_schema()).unwrap();
    made.push('\n');
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    assert_eq!(
        kept, made,
        "run the test with UPDATE_SCHEMA=1 to write apps/manifest.schema.json"
    );
}

#[test]
fn every_manifest_matches_the_schema() {
    let validator = jsonschema::validator_for(&manifest_schema()).unwrap();
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../apps");
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "yaml") {
            let text = std::fs::read_to_string(&path).unwrap();
            let value: Value = {
                let options = serde_saphyr::options! { strict_booleans: true };
                serde_saphyr::from_str_with_options(&text, options).unwrap()
            };
            let errors: Vec<String> = validator
                .iter_errors(&value)
                .map(|e| format!("{}: {e}", e.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{}: {errors:?}", path.display());
        }
    }
}
