//! Lists: `?limit=&cursor=` in, `{"data", "cursor", "hasMore"}` out.

use patchbay_model::{Code, Problem};
use patchbay_store::{Page, Paged};
use serde::{Deserialize, Serialize};

use super::error::ApiError;

/// Which page of a list. Flattening a query with numbers does not work with `serde_urlencoded`, so lists with filters
/// repeat these two fields and call [`page`].
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Rows in a page, 1 to 100; 10 when left out.
    pub limit: Option<u32>,
    /// Where the page starts: the `cursor` of the page before.
    pub cursor: Option<String>,
}

impl ListQuery {
    /// The page asked for.
    pub fn page(self) -> Result<Page, ApiError> {
        page(self.limit, self.cursor)
    }
}

/// The page asked for.
pub fn page(limit: Option<u32>, cursor: Option<String>) -> Result<Page, ApiError> {
    Page::new(limit, cursor).map_err(|error| {
        ApiError(Problem::new(
            Code::BadRequest,
            format!("The query is not as expected: {error}."),
        ))
    })
}

/// One page of a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListAnswer<T> {
    /// The rows.
    pub data: Vec<T>,
    /// Where the next page starts; null on the last.
    pub cursor: Option<String>,
    /// Whether there is a next page.
    pub has_more: bool,
}

impl<T> ListAnswer<T> {
    /// A list that always fits one page.
    pub fn whole(data: Vec<T>) -> Self {
        Self {
            data,
            cursor: None,
            has_more: false,
        }
    }
}

impl<T> From<Paged<T>> for ListAnswer<T> {
    fn from(paged: Paged<T>) -> Self {
        Self {
            data: paged.items,
            cursor: paged.cursor,
            has_more: paged.has_more,
        }
    }
}
