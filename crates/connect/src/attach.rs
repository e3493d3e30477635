//! Putting a credential on a request: the only place where secrets meet templates.

use patchbay_catalog::{App, AttachParts, AuthMethod, ConnectionFacts, HostPort, Settings};
use patchbay_store::connections::ConnectionRow;
use patchbay_vault::SecretMap;

use crate::{ConnectResult, Connector, LiveCredential};

impl Connector {
    /// What the credential adds to a request of its connection. The caller has made sure that the request's host is
    /// one of [`pinned_hosts`].
    pub fn attach(&self, live: &LiveCredential) -> ConnectResult<AttachParts> {
        let row = &live.connection;
        let app = self.app(&row.app)?;
        let method = self.method(&app, &row.auth_method)?;
        parts(&app, method, &row.settings, &facts(row), &live.secrets)
    }
}

pub(crate) fn parts(
    app: &App,
    method: &AuthMethod,
    settings: &Settings,
    facts: &ConnectionFacts,
    secrets: &SecretMap,
) -> ConnectResult<AttachParts> {
    let fields: Vec<(&str, &str)> = secrets
        .iter()
        .map(|(name, secret)| (name, secret.expose()))
        .collect();
    Ok(app.attach(method, settings, facts, &fields)?)
}

/// What templates may know of a connection.
pub fn facts(row: &ConnectionRow) -> ConnectionFacts {
    ConnectionFacts {
        id: row.id.to_string(),
        name: row.name.clone(),
        account: row.account.label.clone(),
    }
}

/// The only hosts the connection's credential may be sent to, as pinned when it was connected.
pub fn pinned_hosts(row: &ConnectionRow) -> Vec<HostPort> {
    row.hosts
        .iter()
        .filter_map(|host| host.parse().ok())
        .collect()
}
