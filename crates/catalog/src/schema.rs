use serde_json::Value as Json;

use crate::manifest::Manifest;

/// JSON Schema of the manifest document, for editors. Checked in as
/// `apps/manifest.schema.json`.
pub fn manifest_schema() -> Json {
    schemars::schema_for!(Manifest).to_value()
}
