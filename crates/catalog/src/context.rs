//! What templates are rendered with.

use patchbay_expr::Scope;
use serde_json::{Map, Value as Json, json};

use crate::auth::AuthMethod;

/// The non-secret values of a connection, by name: what the user gave and what
/// was kept of the token answer.
pub type Settings = Map<String, Json>;

/// A connection as templates see it: `connection.id`, `.name`, `.account`.
#[derive(Debug, Clone, Default)]
pub struct ConnectionFacts {
    /// `conn_…`; empty while connecting.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Label of its account.
    pub account: Option<String>,
}

/// What a call to an app is rendered with.
#[derive(Debug, Clone, Copy)]
pub struct CallContext<'a> {
    /// `settings`.
    pub settings: &'a Settings,
    /// The auth method of the connection, which may have a base URL of its own.
    pub method: Option<&'a AuthMethod>,
    /// `connection`.
    pub connection: Option<&'a ConnectionFacts>,
    /// `input`.
    pub input: Option<&'a Json>,
    /// `cursor`; null when there is none yet.
    pub cursor: Option<&'a Json>,
    /// `page` of a poll; null for the first.
    pub page: Option<&'a Json>,
    /// `item`, in the call for its details.
    pub item: Option<&'a Json>,
    /// Fixes `now_epoch` and its like (epoch seconds), so that a repeated call is the same.
    pub now: Option<i64>,
}

impl<'a> CallContext<'a> {
    /// With settings only.
    pub fn new(settings: &'a Settings) -> Self {
        Self {
            settings,
            method: None,
            connection: None,
            input: None,
            cursor: None,
            page: None,
            item: None,
            now: None,
        }
    }

    /// For a connection made with this method.
    pub fn with_method(mut self, method: &'a AuthMethod) -> Self {
        self.method = Some(method);
        self
    }

    /// With `input`.
    pub fn with_input(mut self, input: &'a Json) -> Self {
        self.input = Some(input);
        self
    }

    /// With `cursor`.
    pub fn with_cursor(mut self, cursor: &'a Json) -> Self {
        self.cursor = Some(cursor);
        self
    }

    /// With `connection`.
    pub fn with_connection(mut self, connection: &'a ConnectionFacts) -> Self {
        self.connection = Some(connection);
        self
    }

    pub(crate) fn scope(&self) -> Scope {
        let mut scope = settings_scope(self.settings);
        let facts = self.connection.cloned().unwrap_or_default();
        scope.insert(
            "connection",
            &json!({"id": facts.id, "name": facts.name, "account": facts.account}),
        );
        scope.insert("input", self.input.unwrap_or(&json!({})));
        scope.insert("cursor", self.cursor.unwrap_or(&Json::Null));
        scope.insert("page", self.page.unwrap_or(&Json::Null));
        if let Some(item) = self.item {
            scope.insert("item", item);
        }
        match self.now {
            Some(now) => scope.with_now(now),
            None => scope,
        }
    }
}

pub(crate) fn settings_scope(settings: &Settings) -> Scope {
    Scope::new().with("settings", &Json::Object(settings.clone()))
}
