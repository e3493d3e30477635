//! Parts of requests and answers that every handler shares.

pub mod actor;
pub mod browser;
pub mod compress;
pub mod cookie;
pub mod error;
pub mod extract;
pub mod idempotency;
pub mod limits;
pub mod list;
pub mod origin;
pub(crate) mod patience;
pub mod request_id;
pub mod security_headers;
pub mod sse;

pub use actor::{ProjectActor, SignedInOrKey, SignedInUser};
pub use error::{ApiError, ApiResult};
pub use extract::{ApiJson, ApiPath, ApiQuery};
pub use list::{ListAnswer, ListQuery};
