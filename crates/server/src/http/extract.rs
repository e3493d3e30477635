//! Bodies, paths and queries, with errors that say what and where.

use axum::{
    extract::{FromRequest, FromRequestParts, Path, Query, Request, rejection::BytesRejection},
    http::{header, request::Parts},
};
use bytes::Bytes;
use patchbay_model::{Code, Problem};
use serde::de::DeserializeOwned;

use super::error::{ApiError, not_found};

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

async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, ApiError> {
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
        text
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

/// Named parts of the path. An id that cannot be one is a thing that does not exist.
pub struct ApiPath<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for ApiPath<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(_) => Err(not_found()),
        }
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
                format!("The query is not as expected: {}.", rejection.body_text()),
            ))),
        }
    }
}
