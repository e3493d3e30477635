//! Bodies, paths and queries, with errors that say what and where.

use axum::{
    extract::{
        FromRequest, FromRequestParts, MatchedPath, Path, Query, Request,
        rejection::{BytesRejection, QueryRejection},
    },
    http::{header, request::Parts},
};
use bytes::Bytes;
use patchbay_model::{Code, Problem};
use serde::de::DeserializeOwned;

use super::{
    actor::project_not_found,
    error::{ApiError, not_found},
};

/// Objects and lists that may stand in each other; `serde_json` itself stops at 128.
const MAX_DEPTH_SENTENCE: &str = "it is nested too deeply";

/// A JSON body. Unknown fields are refused by the types themselves (`deny_unknown_fields`).
pub struct ApiJson<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for ApiJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let is_json = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .and_then(|text| text.split(';').next())
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
        let body = read(request, state).await?;
        if !is_json && !body.is_empty() {
            return Err(ApiError(Problem::new(
                Code::UnsupportedMediaType,
                "Send the body as JSON with the header Content-Type: application/json.",
            )));
        }
        parse(&body).map(Self)
    }
}

/// A JSON body that may be left out.
pub struct OptionalJson<T>(pub Option<T>);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for OptionalJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let body = read(request, state).await?;
        if body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self(None));
        }
        parse(&body).map(|value| Self(Some(value)))
    }
}

/// A whole body, as far as the route takes it.
pub(crate) async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, ApiError> {
    Bytes::from_request(request, state)
        .await
        .map_err(|rejection| {
            let too_large = matches!(&rejection, BytesRejection::FailedToBufferBody(failed)
            if failed.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE);
            ApiError(if too_large {
                Problem::new(
                    Code::PayloadTooLarge,
                    "The body is larger than this address takes.",
                )
            } else {
                Problem::new(Code::BadRequest, "The body could not be read to its end.")
            })
        })
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    // serde would also take a list with the fields' values in their order.
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    if first.is_some_and(|byte| *byte != b'{') {
        return Err(ApiError(Problem::new(
            Code::BadRequest,
            "The JSON body is not as expected: it must be an object.",
        )));
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        body_error(&path, error.inner())
    })?;
    reader.end().map_err(|error| body_error(".", &error))?;
    Ok(value)
}

fn body_error(path: &str, error: &serde_json::Error) -> ApiError {
    let text = error.to_string();
    let what = if text.contains("recursion limit") {
        MAX_DEPTH_SENTENCE.to_owned()
    } else {
        without_value(&text)
    };
    let place = if path == "." || path == "?" {
        "The JSON body".to_owned()
    } else {
        format!("The JSON body at {path}")
    };
    let problem = Problem::new(
        Code::BadRequest,
        format!("{place} is not as expected: {what}."),
    );
    ApiError(if path == "." || path == "?" {
        problem
    } else {
        problem.with_details(serde_json::json!({ "path": path }))
    })
}

/// What was given in place of something else may be a credential in the wrong field, so it is not said again.
fn without_value(text: &str) -> String {
    let quoted = |what: &str| {
        let (before, rest) = text.split_once(&format!(": {what} \""))?;
        let (_, after) = rest.rsplit_once("\", expected")?;
        Some(format!("{before}: {what}, expected{after}"))
    };
    quoted("string").unwrap_or_else(|| text.to_owned())
}

/// Named parts of the path. An id that cannot be one is a thing that does not exist, and is refused as such a thing is.
pub struct ApiPath<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for ApiPath<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        if let Ok(Path(value)) = Path::<T>::from_request_parts(parts, state).await {
            return Ok(Self(value));
        }
        let pattern = parts.extensions.get::<MatchedPath>();
        Err(missing(pattern.map_or("", MatchedPath::as_str)))
    }
}

/// The refusal for a thing whose id is none, in the words of the room that would have looked for it.
fn missing(pattern: &str) -> ApiError {
    let named = |collection: &str| pattern.contains(&format!("/{collection}/{{"));
    let (code, message) = if named("flows") || named("hooks") {
        (Code::FlowNotFound, "There is no such flow in this project.")
    } else if named("runs") {
        (Code::RunNotFound, "There is no such run in this project.")
    } else if named("members") {
        (
            Code::MemberNotFound,
            "There is no such member in this project.",
        )
    } else if named("projects") {
        return project_not_found();
    } else {
        return not_found();
    };
    ApiError(Problem::new(code, message))
}

/// What is odd, without the words about how it was read.
fn query_error(rejection: &QueryRejection) -> String {
    let text = rejection.body_text();
    match text.split_once(": ") {
        Some((_, what)) => what.to_owned(),
        None => text,
    }
}

/// The query string.
pub struct ApiQuery<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for ApiQuery<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(ApiError(Problem::new(
                Code::BadRequest,
                format!("The query is not as expected: {}.", query_error(&rejection)),
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use patchbay_model::Problem;
    use serde::Deserialize;

    use super::parse;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Body {
        name: String,
        value: std::collections::BTreeMap<String, String>,
    }

    fn refusal(body: &str) -> Problem {
        parse::<Body>(body.as_bytes()).expect_err("is refused").0
    }

    #[test]
    fn a_body_is_an_object() {
        for body in ["[]", "[\"a\",{}]", "null", "\"a\"", " 1", "x"] {
            assert_eq!(
                refusal(body).message,
                "The JSON body is not as expected: it must be an object.",
                "{body}"
            );
        }
        assert!(parse::<Body>(b" \n{\"name\":\"a\",\"value\":{}}").is_ok());
    }

    #[test]
    fn s24_a_credential_in_the_wrong_place_is_not_said_again() {
        let problem = refusal(r#"{"name":"a","value":"sk_canary\", expected x"}"#);
        assert!(!problem.message.contains("canary"), "{}", problem.message);
        assert!(
            problem
                .message
                .contains("invalid type: string, expected a map"),
            "{}",
            problem.message
        );
    }
}
