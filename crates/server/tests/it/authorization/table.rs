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
    /// The same, but a browser is needed: no key.
    MemberInBrowser(Role),
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
    AdminSomewhere, Anyone, Known, Manager, Member, MemberInBrowser, SignedIn, WorkspaceOwner,
};

/// The table.
#[rustfmt::skip] // one line a route
pub(super) const ROWS: &[Row] = &[
    // Sign-in
    row("POST", "/api/v1/auth/setup", Anyone, "Make the first owner, while there is none", &[409], r#"{"name":"A","email":"a@example.com","password":"long enough"}"#),
    row("POST", "/api/v1/auth/login", Anyone, "Sign in", &[200], r#"{"email":"olga@example.com","password":"$password"}"#),
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
    // Apps
    row("GET", "/api/v1/apps", Known, "Search the catalog", &[200], ""),
    row("GET", "/api/v1/apps/categories", Known, "List the catalog's categories", &[200], ""),
    row("GET", "/api/v1/apps/{slug}", Known, "See an app", &[200], ""),
    row("GET", "/api/v1/apps/{slug}/icon.svg", Anyone, "See an app's icon", &[200], ""),
];
