//! How a refusal is answered: `{"error": {"code", "message", "statusCode", "details"?, "requestId"}}`.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use patchbay_model::{Code, Problem};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::request_id;

/// What a handler answers when it refuses.
#[derive(Debug)]
pub struct ApiError(pub Problem);

/// What every handler answers.
pub type ApiResult<T> = Result<T, ApiError>;

impl<E: Into<Problem>> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// The body of every refusal.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ErrorAnswer {
    /// The refusal.
    pub error: ErrorBody,
}

/// What was refused, why, and what to do.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErrorBody {
    /// One of the closed list of codes.
    pub code: String,
    /// One sentence for people.
    pub message: String,
    /// The HTTP status again.
    pub status_code: u16,
    /// Particulars; the shape depends on the code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub details: Option<Value>,
    /// Leads to this request in the log.
    pub request_id: String,
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Self(problem) = self;
        let status = StatusCode::from_u16(problem.code.status())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let answer = ErrorAnswer {
            error: ErrorBody {
                code: problem.code.as_str().to_owned(),
                message: problem.message,
                status_code: status.as_u16(),
                details: problem.details,
                request_id: request_id::current(),
            },
        };
        let mut response = (status, Json(answer)).into_response();
        if status == StatusCode::UNAUTHORIZED {
            // RFC 9110 §15.5.2: a 401 says what to send. Browsers ask nobody for a bearer token.
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(after) = problem.retry_after {
            let seconds = after.as_secs_f64().ceil().max(1.0) as u64;
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// There is nothing at this address.
pub(crate) fn not_found() -> ApiError {
    ApiError(Problem::new(
        Code::NotFound,
        "There is nothing at this address. The API is described at /api/v1/openapi.json.",
    ))
}

/// The address exists, but not for this method.
pub(crate) fn method_not_allowed() -> ApiError {
    ApiError(Problem::new(
        Code::MethodNotAllowed,
        "This address does not take this method. The API is described at /api/v1/openapi.json.",
    ))
}
