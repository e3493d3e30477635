//! The OpenAPI document.

use std::{collections::HashSet, sync::Arc};

use axum::{Json, Router, routing::get};
use utoipa::openapi::{
    ContactBuilder, Info, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, RefOr, Required,
    path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem},
    schema::{ObjectBuilder, Type},
    security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};

use crate::AppState;

/// What stands at the head of the document.
pub(crate) fn base() -> OpenApi {
    let mut document = OpenApiBuilder::new().info(info()).build();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme(
        "key",
        SecurityScheme::Http(
            HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .bearer_format("pb_live_…")
                .description(Some("An API key of one project."))
                .build(),
        ),
    );
    components.add_security_scheme(
        "session",
        SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
            "patchbay_session",
            "The cookie of a signed-in browser; `__Host-patchbay` over TLS.",
        ))),
    );
    document
}

fn info() -> Info {
    InfoBuilder::new()
        .title("Patchbay")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Connects a team's apps once and lets every automation use those connections safely. \
             Project-scoped routes exist twice: under /api/v1 for an API key, which names its project, and under \
             /api/v1/projects/{project} for a signed-in person or a key of that project.",
        ))
        .license(Some(
            LicenseBuilder::new()
                .name("Apache-2.0")
                .identifier(Some("Apache-2.0"))
                .build(),
        ))
        .contact(Some(ContactBuilder::new().name(Some("Patchbay")).build()))
        .build()
}

/// Names the project parameter and makes operation ids unique where a handler serves several routes or methods.
pub(crate) fn finish(mut document: OpenApi) -> OpenApi {
    let mut seen = HashSet::new();
    for (path, item) in &mut document.paths.paths {
        let in_project = path.starts_with("/api/v1/projects/{project}/");
        for (method, operation) in operations(item) {
            if in_project {
                name_project(operation);
            }
            let Some(id) = &mut operation.operation_id else {
                continue;
            };
            if in_project {
                id.push_str("_in_project");
            }
            if seen.contains(id) {
                id.push('_');
                id.push_str(method);
            }
            seen.insert(id.clone());
        }
    }
    document
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    [
        ("get", &mut item.get),
        ("put", &mut item.put),
        ("post", &mut item.post),
        ("delete", &mut item.delete),
        ("options", &mut item.options),
        ("head", &mut item.head),
        ("patch", &mut item.patch),
        ("trace", &mut item.trace),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

fn name_project(operation: &mut Operation) {
    let parameters = operation.parameters.get_or_insert_default();
    let named = parameters
        .iter()
        .any(|parameter| matches!(parameter, RefOr::T(parameter) if parameter.name == "project"));
    if !named {
        parameters.insert(0, RefOr::T(project_parameter()));
    }
}

fn project_parameter() -> Parameter {
    ParameterBuilder::new()
        .name("project")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some("The project's id."))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).build()))
        .build()
}

/// `GET /api/v1/openapi.json`.
pub(crate) fn router(document: OpenApi) -> Router<AppState> {
    let document = Arc::new(finish(document));
    Router::new().route(
        "/api/v1/openapi.json",
        get(move || {
            let document = Arc::clone(&document);
            async move { Json(document.as_ref().clone()) }
        }),
    )
}
