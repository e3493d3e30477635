//! Keyset paging: a page is found by the values of the row before it, so deep pages cost what the first one costs.

use data_encoding::BASE64URL_NOPAD;
use serde::{Serialize, de::DeserializeOwned};

use crate::{StoreError, StoreResult};

/// Rows in a page when the caller does not say.
const DEFAULT_LIMIT: u32 = 10;
/// Rows in a page at most.
const MAX_LIMIT: u32 = 100;

/// Which page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    limit: u32,
    cursor: Option<String>,
}

/// A page size outside 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("limit must be between 1 and {MAX_LIMIT}")]
pub struct PageLimitError;

impl Default for Page {
    fn default() -> Self {
        Self {
            limit: DEFAULT_LIMIT,
            cursor: None,
        }
    }
}

impl Page {
    /// A page of `limit` rows (1 to 100; 10 when `None`) after the row a cursor stands for.
    pub fn new(limit: Option<u32>, cursor: Option<String>) -> Result<Self, PageLimitError> {
        let limit = limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(PageLimitError);
        }
        Ok(Self { limit, cursor })
    }

    /// Rows to fetch: one more than wanted, to learn whether there are more.
    pub(crate) fn fetch(&self) -> u64 {
        u64::from(self.limit) + 1
    }

    /// The key of the row before this page, as the list wrote it into the cursor.
    pub(crate) fn after<K: DeserializeOwned>(&self) -> StoreResult<Option<K>> {
        let Some(cursor) = &self.cursor else {
            return Ok(None);
        };
        let bytes = BASE64URL_NOPAD
            .decode(cursor.as_bytes())
            .map_err(|_| StoreError::Cursor)?;
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|_| StoreError::Cursor)
    }

    /// The page of a list that is in memory as a whole, in its own order; `key` tells its items apart.
    pub fn slice<T>(&self, items: Vec<T>, key: impl Fn(&T) -> String) -> StoreResult<Paged<T>> {
        let start = match self.after::<String>()? {
            None => 0,
            Some(after) => items
                .iter()
                .position(|item| key(item) == after)
                .map(|position| position + 1)
                .ok_or(StoreError::Cursor)?,
        };
        let rest = items
            .into_iter()
            .skip(start)
            .take(self.limit as usize + 1)
            .collect();
        Ok(self.finish(rest, key))
    }

    /// Cuts the extra row off and makes the cursor from the last row that stays.
    pub(crate) fn finish<T, K: Serialize>(
        &self,
        mut items: Vec<T>,
        key: impl FnOnce(&T) -> K,
    ) -> Paged<T> {
        let has_more = items.len() as u64 > u64::from(self.limit);
        items.truncate(self.limit as usize);
        let cursor = items
            .last()
            .filter(|_| has_more)
            .and_then(|last| serde_json::to_vec(&key(last)).ok())
            .map(|bytes| BASE64URL_NOPAD.encode(&bytes));
        Paged {
            items,
            cursor,
            has_more,
        }
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paged<T> {
    /// The rows, in the list's order.
    pub items: Vec<T>,
    /// Where the next page starts; `None` on the last.
    pub cursor: Option<String>,
    /// Whether there is a next page.
    pub has_more: bool,
}

impl<T> Paged<T> {
    /// The same page with every row made into something else.
    pub fn map<U>(self, make: impl FnMut(T) -> U) -> Paged<U> {
        Paged {
            items: self.items.into_iter().map(make).collect(),
            cursor: self.cursor,
            has_more: self.has_more,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_leads_to_the_next() {
        let page = Page::new(Some(2), None).expect("a valid limit");
        let paged = page.finish(vec![1, 2, 3], |row| *row);
        assert_eq!(
            (paged.items.as_slice(), paged.has_more),
            ([1, 2].as_slice(), true)
        );
        let next = Page::new(Some(2), paged.cursor).expect("a valid limit");
        assert_eq!(next.after::<i32>().ok().flatten(), Some(2));
    }

    #[test]
    fn odd_limits_and_cursors_are_refused() {
        assert_eq!(Page::new(Some(0), None), Err(PageLimitError));
        assert_eq!(Page::new(Some(101), None), Err(PageLimitError));
        let odd = Page::new(None, Some("%%%".into())).expect("a valid limit");
        assert!(matches!(odd.after::<i32>(), Err(StoreError::Cursor)));
    }
}
