//! A connection as the other rooms see it.

use std::str::FromStr;

use patchbay_model::{
    AccountIdentity, AuthMethodKind, ConnectionId, ConnectionStatus, FlowId, ProjectId, RunId,
    StatusReason, Timestamp, UserId, Visibility,
};
use serde_json::{Map, Value};

use super::entity::connection::Model;
use crate::{StoreError, StoreResult};

/// A connection without its credential.
#[derive(Debug, Clone, PartialEq)]
pub struct ConnectionRow {
    /// Its id, the same for its whole life.
    pub id: ConnectionId,
    /// The project it belongs to.
    pub project: ProjectId,
    /// Slug of the app.
    pub app: String,
    /// Id of the auth method in the app's manifest, e.g. `api_key` or `api_key_2`.
    pub auth_method: String,
    /// What kind of auth method that is.
    pub kind: AuthMethodKind,
    /// Name, unique among the project's connections that are not in the trash, whatever the case.
    pub name: String,
    /// Whose credential it is.
    pub owner: UserId,
    /// Who in the project may use it.
    pub visibility: Visibility,
    /// How it is.
    pub status: ConnectionStatus,
    /// Why it is so, unless it is simply active.
    pub status_reason: Option<StatusReason>,
    /// What the provider said, when it was the provider.
    pub provider_error: Option<String>,
    /// Since when it is so.
    pub status_since: Timestamp,
    /// When the access token or key stops working by itself.
    pub expires_at: Option<Timestamp>,
    /// Whether it can be renewed without a person.
    pub refreshable: bool,
    /// When it is to be renewed.
    pub next_refresh_at: Option<Timestamp>,
    /// When it was renewed last.
    pub last_refreshed_at: Option<Timestamp>,
    /// The account at the app.
    pub account: AccountIdentity,
    /// What was granted.
    pub scopes: Vec<String>,
    /// The only hosts the credential may be sent to, as `host` or `host:port`.
    pub hosts: Vec<String>,
    /// Non-secret fields, such as a subdomain.
    pub settings: Map<String, Value>,
    /// The last four characters of an API key.
    pub hint: Option<String>,
    /// When it was used last, at most a minute behind.
    pub last_used_at: Option<Timestamp>,
    /// The run that used it last.
    pub last_used_run: Option<RunId>,
    /// The flow of that run.
    pub last_used_flow: Option<FlowId>,
    /// How often it was used.
    pub use_count: i64,
    /// How many flows name it in their draft or published version.
    pub flow_count: i64,
    /// Counts the credentials it has had; the current one is stored under this number.
    pub generation: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: UserId,
    /// When anything but its use changed last.
    pub updated_at: Timestamp,
    /// When it was put into the trash.
    pub deleted_at: Option<Timestamp>,
    /// Where a renewal stands.
    pub refresh: RefreshState,
}

/// Where a renewal of a connection stands; who holds the lease may ask the provider.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RefreshState {
    /// Which process holds the lease.
    pub lease_owner: Option<String>,
    /// Counts leases; a commit with an older number is refused.
    pub lease_epoch: i64,
    /// Until when the lease holds.
    pub lease_until: Option<Timestamp>,
    /// Names the attempt that was announced.
    pub intent_attempt: Option<String>,
    /// When it was announced.
    pub intent_at: Option<Timestamp>,
    /// How far it came.
    pub intent_phase: IntentPhase,
    /// The class of the last failure.
    pub fail_class: Option<String>,
    /// Failures since the last success.
    pub fail_count: i64,
    /// Not to be tried before.
    pub next_try_at: Option<Timestamp>,
}

/// How far an announced renewal came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IntentPhase {
    /// None is under way.
    #[default]
    None,
    /// The provider may have been asked.
    Started,
    /// The provider was asked and its answer got lost: the stored refresh token may be spent.
    Uncertain,
    /// The provider refused once; it is asked once more before that is believed.
    Refused,
}

impl IntentPhase {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Started => "started",
            Self::Uncertain => "uncertain",
            Self::Refused => "refused",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match text {
            "none" => Some(Self::None),
            "started" => Some(Self::Started),
            "uncertain" => Some(Self::Uncertain),
            "refused" => Some(Self::Refused),
            _ => None,
        }
    }
}

/// The form in which names are compared: without surrounding space, in lower case.
pub fn name_key(name: &str) -> String {
    name.trim().to_lowercase()
}

/// The text a search looks into.
pub(super) fn search_text(name: &str, account: &AccountIdentity, app: &str) -> String {
    let parts = [
        Some(name),
        account.label.as_deref(),
        account.id.as_deref(),
        Some(app),
    ];
    parts
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join("\n")
        .to_lowercase()
}

pub(super) fn corrupt(what: &str) -> StoreError {
    StoreError::Corrupt {
        table: "connections",
        what: what.to_owned(),
    }
}

pub(super) fn parse<T: FromStr>(text: &str, what: &str) -> StoreResult<T> {
    text.parse().map_err(|_| corrupt(what))
}

pub(super) fn json<T: serde::Serialize>(value: &T) -> StoreResult<String> {
    serde_json::to_string(value).map_err(|error| corrupt(&error.to_string()))
}

impl TryFrom<Model> for ConnectionRow {
    type Error = StoreError;

    fn try_from(model: Model) -> StoreResult<Self> {
        let at = Timestamp::from_millis;
        let read = |text: &str, what: &str| serde_json::from_str(text).map_err(|_| corrupt(what));
        Ok(Self {
            id: parse(&model.id, "id")?,
            project: parse(&model.project, "project")?,
            app: model.app,
            auth_method: model.auth_method,
            kind: parse(&model.kind, "kind")?,
            name: model.name,
            owner: parse(&model.owner, "owner")?,
            visibility: parse(&model.visibility, "visibility")?,
            status: parse(&model.status, "status")?,
            status_reason: model
                .status_reason
                .map(|reason| parse(&reason, "status_reason"))
                .transpose()?,
            provider_error: model.provider_error,
            status_since: at(model.status_since),
            expires_at: model.expires_at.map(at),
            refreshable: model.refreshable,
            next_refresh_at: model.next_refresh_at.map(at),
            last_refreshed_at: model.last_refreshed_at.map(at),
            account: AccountIdentity {
                id: model.account_id,
                label: model.account_label,
            },
            scopes: serde_json::from_str(&model.scopes).map_err(|_| corrupt("scopes"))?,
            hosts: serde_json::from_str(&model.hosts).map_err(|_| corrupt("hosts"))?,
            settings: read(&model.settings, "settings")?,
            hint: model.hint,
            last_used_at: (model.last_used_at > 0).then(|| at(model.last_used_at)),
            last_used_run: model
                .last_used_run
                .map(|run| parse(&run, "last_used_run"))
                .transpose()?,
            last_used_flow: model
                .last_used_flow
                .map(|flow| parse(&flow, "last_used_flow"))
                .transpose()?,
            use_count: model.use_count,
            flow_count: model.flow_count,
            generation: model.generation,
            created_at: at(model.created_at),
            created_by: parse(&model.created_by, "created_by")?,
            updated_at: at(model.updated_at),
            deleted_at: model.deleted_at.map(at),
            refresh: RefreshState {
                lease_owner: model.lease_owner,
                lease_epoch: model.lease_epoch,
                lease_until: model.lease_until.map(at),
                intent_attempt: model.intent_attempt,
                intent_at: model.intent_at.map(at),
                intent_phase: IntentPhase::parse(&model.intent_phase)
                    .ok_or_else(|| corrupt("intent_phase"))?,
                fail_class: model.fail_class,
                fail_count: model.fail_count,
                next_try_at: model.next_try_at.map(at),
            },
        })
    }
}
