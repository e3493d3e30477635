//! `docs/rights.md`: the same table, for people.

use std::{fmt::Write as _, path::PathBuf};

use patchbay_model::{Right, Role, rights::allows};

use super::table::{ROWS, Who};

const HEAD: &str = "\
# Who may do what

This page is written from the table that the tests hold the server to: every route is called as everybody below, and
a route that is missing here fails them. To change a right, change `crates/model/src/rights.rs` and the table in
`crates/server/tests/it/authorization/table.rs`; then run
`PATCHBAY_WRITE=1 cargo nextest run -p patchbay-server s5_the_page_for_people_is_the_table`.

- A person is **admin**, **editor** or **viewer** of a project. Nobody outside a project sees that it exists.
- The workspace's **owner** is admin in every project.
- An **API key** belongs to one project and acts for the person who made it: scope `read` as a viewer, `write` as an
  editor, `admin` as an admin, and never as more than that person is at that moment. Who leaves the project takes
  their keys along.
- Nobody, of whatever role, can read a credential: there is no route for it.
- Every request asks anew. Who is removed, signed out or given another role feels it at the next request.

## Rights of the roles

";

fn mark(yes: bool) -> &'static str {
    if yes { "yes" } else { "" }
}

/// `ConnectionManage` as `Connection manage`.
fn words(right: Right) -> String {
    let name = format!("{right:?}").replace("OAuth", "Oauth");
    let mut out = String::new();
    for (index, letter) in name.chars().enumerate() {
        if index > 0 && letter.is_uppercase() {
            out.push(' ');
            out.extend(letter.to_lowercase());
        } else {
            out.push(letter);
        }
    }
    out.replace("Oauth", "OAuth")
}

fn who(who: Who) -> String {
    match who {
        Who::Anyone => "everybody, signed in or not".to_owned(),
        Who::Known => "whoever is signed in; every API key".to_owned(),
        Who::SignedIn => "whoever is signed in; no API key".to_owned(),
        Who::AdminSomewhere => "the owner and admins of any project; no API key".to_owned(),
        Who::WorkspaceOwner => "the workspace's owner; no API key".to_owned(),
        Who::Member(Role::Viewer) => "viewers and up; keys of scope `read` and up".to_owned(),
        Who::Member(Role::Editor) => "editors and up; keys of scope `write` and up".to_owned(),
        Who::Member(Role::Admin) => "admins; keys of scope `admin`".to_owned(),
        Who::EditorInBrowser => "editors and up, in a browser; no API key".to_owned(),
        Who::Beginner => "whoever began it; it does not exist for others".to_owned(),
        Who::Manager => "admins; editors for their own connections; keys likewise".to_owned(),
    }
}

fn render() -> String {
    let mut page = HEAD.to_owned();
    page.push_str("| right | viewer | editor | admin |\n|---|---|---|---|\n");
    for right in Right::ALL {
        let editor = if *right == Right::ConnectionManage {
            "their own"
        } else {
            mark(allows(Role::Editor, *right))
        };
        let _ = writeln!(
            page,
            "| {} | {} | {editor} | {} |",
            words(*right),
            mark(allows(Role::Viewer, *right)),
            mark(allows(Role::Admin, *right)),
        );
    }
    page.push_str(
        "\n## Routes\n\n`P` stands for `/api/v1/projects/{project}` (a signed-in person, or a key of that project) and for\n\
         `/api/v1` (a key, which names its project).\n\n| route | for | who |\n|---|---|---|\n",
    );
    for row in ROWS {
        let methods = row.methods.replace('|', ", ");
        let _ = writeln!(
            page,
            "| `{methods} {}` | {} | {} |",
            row.path,
            row.what,
            who(row.who)
        );
    }
    page
}

/// Compares the page with the table; writes it when asked to.
pub(super) fn compare() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/rights.md");
    let wanted = render();
    if std::env::var_os("PATCHBAY_WRITE").is_some() {
        std::fs::write(&path, &wanted).expect("the page is written");
    }
    let page = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        page == wanted,
        "docs/rights.md is not the table; write it anew with PATCHBAY_WRITE=1"
    );
}
