//! What there is to know before connecting an app.

use patchbay_model::{Actor, Right, Role, Timestamp, Visibility};
use patchbay_store::{
    Page,
    connections::{ConnectionOrder, ConnectionRow, ConnectionSort, connections_list},
    oauth_clients::oauth_client_get,
    people::{MemberOrInvited, member_list, user_owner},
};

use crate::{ConnectResult, Connector, save::name_free};

/// Most connections of the app that are shown.
const EXISTING: u32 = 20;

/// What the dialog shows before it starts.
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    /// What to register at the provider.
    pub redirect_uri: String,
    /// A name that is free.
    pub suggested_name: String,
    /// Whether the actor may make connections.
    pub can_create: bool,
    /// Whether the actor may set the OAuth client.
    pub can_configure: bool,
    /// Names of those who may.
    pub admins: Vec<String>,
    /// Who will be able to use it.
    pub visibility: Visibility,
    /// The app's auth methods.
    pub methods: Vec<MethodOption>,
    /// Connections of the app that the actor may use.
    pub existing: Vec<ConnectionRow>,
}

/// An auth method, as this project has it.
#[derive(Debug, Clone)]
pub struct MethodOption {
    /// Its id.
    pub id: String,
    /// Whether it can be used at once; `false`: an OAuth client has to be set first.
    pub ready: bool,
    /// What is asked for.
    pub scopes: Vec<String>,
}

impl Connector {
    /// What there is to know before connecting an app.
    pub async fn connect_options(&self, actor: &Actor, app: &str) -> ConnectResult<ConnectOptions> {
        actor.require(Right::ConnectionView)?;
        let app = self.app(app)?;
        let reader = self.store().reader();
        let client = oauth_client_get(reader, &actor.project, &app.slug)
            .await?
            .filter(|row| !row.client_id.is_empty());
        let has_client = client.is_some() || self.inner.installed_clients.contains_key(&app.slug);
        let methods = app
            .auth
            .iter()
            .map(|method| {
                let asked = client.as_ref().and_then(|row| row.scopes.clone());
                MethodOption {
                    id: method.id.clone(),
                    ready: !method.needs_browser() || has_client,
                    // Scopes that depend on a setting are shown once that is known.
                    scopes: asked.unwrap_or_else(|| {
                        app.scopes(method, &patchbay_catalog::Settings::new())
                            .unwrap_or_default()
                    }),
                }
            })
            .collect();
        let mut filter = self.seen(actor).await?;
        filter.apps = vec![app.slug.clone()];
        let sort = ConnectionSort {
            by: ConnectionOrder::Name,
            descending: false,
        };
        let page = Page::new(Some(EXISTING), None).unwrap_or_default();
        let listed = connections_list(reader, &actor.project, &filter, sort, &page).await?;
        let mut existing = Vec::new();
        for row in listed.items {
            if self.may_use(actor, &row).await? {
                existing.push(row);
            }
        }
        Ok(ConnectOptions {
            redirect_uri: self.redirect_uri(&app.slug),
            suggested_name: name_free(self, &actor.project, &app.name).await?,
            can_create: actor.can(Right::ConnectionCreate),
            can_configure: actor.can(Right::OAuthClientManage),
            admins: self.admins(actor).await?,
            visibility: self.visibility_default().await?,
            methods,
            existing,
        })
    }

    /// Names of the project's admins.
    pub(crate) async fn admins(&self, actor: &Actor) -> ConnectResult<Vec<String>> {
        let page = Page::new(Some(100), None).unwrap_or_default();
        let reader = self.store().reader();
        let members = member_list(reader, &actor.project, Timestamp::now(), &page).await?;
        let admins: Vec<String> = members
            .items
            .into_iter()
            .filter_map(|member| match member {
                MemberOrInvited::Member(member) if member.role == Role::Admin => {
                    Some(member.user.name)
                }
                _ => None,
            })
            .collect();
        if !admins.is_empty() {
            return Ok(admins);
        }
        // The owner of the workspace is admin everywhere.
        Ok(user_owner(reader)
            .await?
            .map(|user| user.name)
            .into_iter()
            .collect())
    }
}
