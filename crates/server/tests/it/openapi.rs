//! The OpenAPI document is checked in, so that the dashboard's types are made from it and every change of the API is
//! seen in review.

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");

/// `UPDATE_OPENAPI=1` writes the document anew.
#[test]
fn the_document_is_the_one_checked_in() {
    let mut document =
        serde_json::to_string_pretty(&patchbay_server::routes::document()).expect("JSON");
    document.push('\n');
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(PATH, &document).expect("the file can be written");
    }
    let checked_in = std::fs::read_to_string(PATH).unwrap_or_default();
    assert!(
        document == checked_in,
        "the API changed: run UPDATE_OPENAPI=1 cargo test -p patchbay-server, then npm run generate in web/, and look at the difference"
    );
}

#[test]
fn every_operation_has_an_id_of_its_own_and_a_tag() {
    let document = serde_json::to_value(patchbay_server::routes::document()).expect("JSON");
    let mut seen = std::collections::HashSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let id = operation["operationId"].as_str().unwrap_or_default();
            assert!(
                !id.is_empty() && seen.insert(id.to_owned()),
                "{method} {path}: {id}"
            );
            assert!(
                operation["tags"][0].is_string(),
                "{method} {path} has no tag"
            );
        }
    }
}
