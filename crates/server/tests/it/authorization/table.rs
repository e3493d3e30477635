//! Who may call which route: the one expected table.

use axum::http::Method;
use patchbay_model::Role::{self, Admin, Editor, Viewer};

/// Who may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// Everybody, signed in or not. Where a secret is in the address, whoever has it.
    Anyone,
    /// Whoever is signed in, and every API key.
    Known,
    /// Whoever is signed in.
    SignedIn,
    /// The workspace's owner, and who is admin of any project.
    AdminSomewhere,
    /// The workspace's owner.
    WorkspaceOwner,
    /// Members of the project from this role up, and its keys that act in that role.
    Member(Role),
    /// Editors and up, in a browser: keys are told that they need one.
    EditorInBrowser,
    /// Whoever began the sign-in at a provider; for others it does not exist.
    Beginner,
    /// Admins of the project for every connection, editors for their own.
    Manager,
}

/// Where a route stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mount {
    /// `/api/v1/projects/{project}/…`.
    Named,
    /// `/api/v1/…`, where the API key names the project.
    ByKey,
    /// Not a project's.
    Workspace,
}

/// One line of the table.
pub(super) struct Row {
    /// `GET`, or several with a bar between.
    pub(super) methods: &'static str,
    /// The path; `P` at its start stands for both mounts of a project.
    pub(super) path: &'static str,
    pub(super) who: Who,
    /// What it is for, in the words of `docs/rights.md`.
    pub(super) what: &'static str,
    /// Statuses that show the caller was let through.
    pub(super) ok: &'static [u16],
    /// The body to send; `$words` are filled in by the world.
    pub(super) body: &'static str,
}

impl Row {
    /// The routes of this line as they stand in the OpenAPI document.
    pub(super) fn routes(&self) -> Vec<(Method, String, Mount)> {
        let paths = match self.path.strip_prefix('P') {
            Some(rest) => vec![
                (format!("/api/v1{rest}"), Mount::ByKey),
                (format!("/api/v1/projects/{{project}}{rest}"), Mount::Named),
            ],
            None if self.path.contains("{project}") => vec![(self.path.to_owned(), Mount::Named)],
            None => vec![(self.path.to_owned(), Mount::Workspace)],
        };
        self.methods
            .split('|')
            .flat_map(|method| {
                let method: Method = method.parse().expect("a method");
                paths
                    .iter()
                    .map(move |(path, mount)| (method.clone(), path.clone(), *mount))
            })
            .collect()
    }

    /// Whether the path names something that belongs to one project: a connection, a flow, a member, …
    pub(super) fn names_a_thing(&self) -> bool {
        self.path.contains("{id}") || self.path.contains("{user}")
    }
}

const fn row(
    methods: &'static str,
    path: &'static str,
    who: Who,
    what: &'static str,
    ok: &'static [u16],
    body: &'static str,
) -> Row {
    Row {
        methods,
        path,
        who,
        what,
        ok,
        body,
    }
}

use Who::{
    AdminSomewhere, Anyone, Beginner, EditorInBrowser, Known, Manager, Member, SignedIn,
    WorkspaceOwner,
};

/// The table.
#[rustfmt::skip] // one line a route
pub(super) const ROWS: &[Row] = &[
    // Sign-in
    row("POST", "/api/v1/auth/setup", Anyone, "Make the first owner, while there is none", &[409], r#"{"name":"A","email":"a@example.com","password":"long enough"}"#),
    row("POST", "/api/v1/auth/login", Anyone, "Sign in", &[200], r#"{"email":"olga@example.com","password":"$password"}"#),
    row("GET", "/api/v1/auth/state", Anyone, "See whether anybody is signed in", &[200], ""),
    row("GET", "/api/v1/auth/me", SignedIn, "See who one is", &[200], ""),
    row("PATCH", "/api/v1/auth/me", SignedIn, "Change one's own name", &[200], r#"{"name":"Somebody"}"#),
    row("PUT", "/api/v1/auth/password", SignedIn, "Change one's own password", &[422], r#"{"current":"x","new":"short"}"#),
    row("POST", "/api/v1/auth/logout", SignedIn, "Sign out", &[204], ""),
    row("GET", "/api/v1/auth/sessions", SignedIn, "List one's own sessions", &[200], ""),
    row("DELETE", "/api/v1/auth/sessions/{id}", SignedIn, "End one of one's own sessions", &[204], ""),
    row("GET", "/api/v1/auth/invitations/{token}", Anyone, "See what an invitation's link leads to", &[200], ""),
    row("POST", "/api/v1/auth/invitations/{token}/accept", Anyone, "Follow an invitation's link", &[422], r#"{"name":"New","password":"short"}"#),
    // Workspace
    row("GET", "/api/v1/workspace", WorkspaceOwner, "See the workspace's settings", &[200], ""),
    row("PATCH", "/api/v1/workspace", WorkspaceOwner, "Change the workspace's name and plan", &[200], r#"{"name":"Workspace"}"#),
    // Projects
    row("GET", "/api/v1/projects", Known, "List one's own projects", &[200], ""),
    row("POST", "/api/v1/projects", AdminSomewhere, "Make a project", &[201], r#"{"name":"$unique"}"#),
    row("GET", "/api/v1/projects/{project}", Member(Viewer), "See the project", &[200], ""),
    row("PATCH", "/api/v1/projects/{project}", Member(Admin), "Rename the project", &[200], r#"{"name":"Main"}"#),
    row("DELETE", "/api/v1/projects/{project}", Member(Admin), "Delete the project", &[409], ""),
    // Members
    row("GET", "P/members", Member(Viewer), "See who is in the project", &[200], ""),
    row("POST", "P/members", Member(Admin), "Add and invite people", &[201], r#"{"email":"$unique@example.com","role":"viewer"}"#),
    row("PATCH", "P/members/{user}", Member(Admin), "Change somebody's role", &[200], r#"{"role":"editor"}"#),
    row("DELETE", "P/members/{user}", Member(Admin), "Take somebody out of the project", &[204], ""),
    // API keys
    row("GET", "P/keys", Member(Admin), "List API keys", &[200], ""),
    row("POST", "P/keys", Member(Admin), "Make an API key", &[201], r#"{"name":"CI","scope":"read"}"#),
    row("DELETE", "P/keys/{id}", Member(Admin), "Revoke an API key", &[204], ""),
    // Audit
    row("GET", "P/audit", Member(Admin), "Read the audit log", &[200], ""),
    // Connections
    row("GET", "P/connections", Member(Viewer), "List connections", &[200], ""),
    row("GET", "P/connections/counts", Member(Viewer), "Count connections", &[200], ""),
    row("GET", "P/connections/apps", Member(Viewer), "List the apps that have connections", &[200], ""),
    row("POST", "P/connections", Member(Editor), "Make a connection", &[201], r#"{"name":"$unique","app":"sandbox-key","type":"API_KEY","value":{"api_key":"x"},"verify":false}"#),
    row("GET", "P/connections/{id}", Member(Viewer), "See a connection", &[200], ""),
    row("PATCH", "P/connections/{id}", Manager, "Rename a connection, set who may use it", &[200], r#"{"name":"$unique"}"#),
    row("DELETE", "P/connections/{id}", Manager, "Delete a connection", &[204], ""),
    row("POST", "P/connections/{id}/restore", Manager, "Take a connection back out of the trash", &[200, 409], ""),
    row("POST", "P/connections/{id}/destroy", Manager, "Destroy a connection that is in the trash", &[204, 409], ""),
    row("POST", "P/connections/{id}/check", Manager, "Check a connection now", &[200, 422, 502], ""),
    row("POST", "P/connections/{id}/revoke", Manager, "Revoke a connection", &[200], ""),
    row("POST", "P/connections/{id}/transfer", Manager, "Hand a connection to somebody else", &[200], r#"{"owner":"$editor"}"#),
    row("POST", "P/connections/{id}/reconnect", Manager, "Give a connection a new credential", &[200], r#"{"value":{"api_key":"y"},"verify":false}"#),
    row("POST", "P/connections/{id}/replace", Member(Admin), "Replace a connection by another in every flow", &[200], r#"{"with":"$connection"}"#),
    row("POST", "P/connections/replace-undo", Member(Admin), "Undo a replacement", &[410], r#"{"undoToken":"x"}"#),
    row("GET", "P/connections/{id}/usage", Member(Viewer), "See what uses a connection", &[200], ""),
    row("GET", "P/connections/{id}/activity", Member(Viewer), "See what was done to a connection", &[200], ""),
    row("GET", "P/connections/{id}/options/{option}", Member(Editor), "Load what a field of an action offers", &[200, 422, 502], ""),
    row("GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS", "P/connections/{id}/proxy/{*path}", Member(Editor), "Send a request through a connection", &[502], ""),
    // Connecting in a browser
    row("GET", "P/apps/{slug}/connect-options", Member(Viewer), "See how an app can be connected", &[200], ""),
    row("POST", "P/connect-sessions", EditorInBrowser, "Begin a sign-in at a provider", &[201], r#"{"app":"sandbox-oauth"}"#),
    row("GET", "P/connect-sessions/{id}", Beginner, "See how a sign-in stands", &[200], ""),
    row("GET", "P/connect-sessions/{id}/events", Beginner, "Watch a sign-in", &[200], ""),
    row("POST", "P/connect-sessions/{id}/cancel", Beginner, "Break a sign-in off", &[200], ""),
    row("POST", "P/connect-sessions/{id}/resolve", Beginner, "Choose what becomes of another account", &[409], r#"{"choice":"discard"}"#),
    row("GET", "/oauth/callback/{app}", Anyone, "Take a browser back from a provider; only the browser that began is let on", &[404], ""),
    // OAuth clients
    row("GET", "P/oauth-clients", Member(Admin), "List OAuth clients", &[200], ""),
    row("PUT", "P/oauth-clients/{app}", Member(Admin), "Set an app's OAuth client", &[200], r#"{"clientId":"id"}"#),
    row("DELETE", "P/oauth-clients/{app}", Member(Admin), "Remove an app's OAuth client", &[204, 404, 409], ""),
    // Flows
    row("GET", "P/flows", Member(Viewer), "List flows", &[200], ""),
    row("POST", "P/flows", Member(Editor), "Make a flow", &[201], r#"{"name":"$unique"}"#),
    row("GET", "P/flows/{id}", Member(Viewer), "See a flow", &[200], ""),
    row("PUT", "P/flows/{id}", Member(Editor), "Change a flow's draft", &[200], r#"{"name":"$unique"}"#),
    row("DELETE", "P/flows/{id}", Member(Editor), "Delete a flow", &[204], ""),
    row("POST", "P/flows/{id}/publish", Member(Editor), "Publish a flow", &[200], ""),
    row("POST", "P/flows/{id}/enable", Member(Editor), "Switch a flow on", &[200], ""),
    row("POST", "P/flows/{id}/disable", Member(Editor), "Switch a flow off", &[200], ""),
    row("POST", "P/flows/{id}/duplicate", Member(Editor), "Copy a flow", &[201], ""),
    row("GET", "P/flows/{id}/versions", Member(Viewer), "List a flow's versions", &[200], ""),
    row("GET", "P/flows/{id}/versions/{version}", Member(Viewer), "See a version of a flow", &[200], ""),
    row("POST", "P/flows/{id}/versions/{version}/restore", Member(Editor), "Make a version the draft again", &[200], ""),
    row("POST", "P/flows/{id}/trigger/sample", Member(Editor), "Fetch what an app's event would bring a flow", &[422], ""),
    row("POST", "P/flows/{id}/test", Member(Editor), "Test a flow's draft", &[202], ""),
    row("POST", "P/flows/{id}/runs", Member(Editor), "Run a flow", &[202], ""),
    // Runs
    row("GET", "P/runs", Member(Viewer), "List runs", &[200], ""),
    row("GET", "P/runs/{id}", Member(Viewer), "See a run with its data", &[200], ""),
    row("GET", "P/runs/{id}/events", Member(Viewer), "Watch a run", &[200], ""),
    row("POST", "P/runs/{id}/cancel", Member(Editor), "Stop a run", &[200], ""),
    row("POST", "P/runs/{id}/retry", Member(Editor), "Run again what a run did", &[409], r#"{"from":"start"}"#),
    row("GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS", "/hooks/{flow}", Anyone, "Call a flow's webhook; its trigger says what the caller must show", &[404], ""),
    // Apps
    row("GET", "/api/v1/apps", Known, "Search the catalog", &[200], ""),
    row("GET", "/api/v1/apps/categories", Known, "List the catalog's categories", &[200], ""),
    row("GET", "/api/v1/apps/{slug}", Known, "See an app", &[200], ""),
    row("GET", "/api/v1/apps/{slug}/icon.svg", Anyone, "See an app's icon", &[200], ""),
];
