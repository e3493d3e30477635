//! Every route × every principal against the one table (requirement S5, threats S-07, S-31).
//!
//! The table ([`table`]) says who may call a route. The tests here hold three things together: the routes of the OpenAPI
//! document, what the server answers, and `docs/rights.md`. A route that is not in the table fails, and so does a line
//! of the table that is no route.

mod page;
mod table;
mod world;

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode};
use patchbay_model::{Code, Role};

use self::{
    table::{Mount, ROWS, Row, Who},
    world::{Principal, World},
};
use crate::support::{Answer, operations};

/// What a principal gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// One of the row's statuses.
    Allowed,
    /// 401.
    SignIn,
    /// 403.
    Forbidden,
    /// 404, the same as for what is not there.
    NotThere,
    /// 400: a session must name the project in the path.
    NameProject,
    /// 422: a key cannot do this, a browser can.
    NeedsBrowser,
}

fn expected(row: &Row, mount: Mount, principal: Principal) -> Outcome {
    if row.who == Who::Anyone {
        return Outcome::Allowed;
    }
    if principal == Principal::Anonymous {
        return Outcome::SignIn;
    }
    let yes = |may: bool| {
        if may {
            Outcome::Allowed
        } else {
            Outcome::Forbidden
        }
    };
    match row.who {
        Who::Anyone | Who::Known => Outcome::Allowed,
        Who::SignedIn => yes(!principal.is_key()),
        Who::AdminSomewhere => yes(!principal.is_key()
            && matches!(
                principal,
                Principal::Owner | Principal::Admin | Principal::AdminElsewhere
            )),
        Who::WorkspaceOwner => yes(principal == Principal::Owner),
        Who::Member(_) | Who::EditorInBrowser | Who::Beginner | Who::Manager => {
            in_project(row, mount, principal)
        }
    }
}

fn in_project(row: &Row, mount: Mount, principal: Principal) -> Outcome {
    if mount == Mount::ByKey && !principal.is_key() {
        return Outcome::NameProject;
    }
    let role = match principal.role_in_main() {
        Some(role) => role,
        // By its own key somebody of another project reaches that one, where nothing of ours is.
        None if mount == Mount::ByKey && !row.names_a_thing() => Role::Admin,
        None => return Outcome::NotThere,
    };
    let least = match row.who {
        Who::Member(least) => least,
        Who::EditorInBrowser if principal.is_key() => return Outcome::NeedsBrowser,
        Who::Beginner if principal == Principal::EditorOwner => return Outcome::Allowed,
        Who::Beginner => return Outcome::NotThere,
        _ => Role::Editor,
    };
    let manages =
        row.who != Who::Manager || role == Role::Admin || principal == Principal::EditorOwner;
    if role >= least && manages {
        Outcome::Allowed
    } else {
        Outcome::Forbidden
    }
}

fn check(row: &Row, method: &Method, outcome: Outcome, answer: &Answer) -> Result<(), String> {
    let status = answer.status;
    let code = answer.code();
    // The answer to a HEAD has no body to say the code in.
    let code_is = |wanted: Code| method == Method::HEAD || code == wanted.as_str();
    let fine = match outcome {
        Outcome::Allowed => row.ok.contains(&status.as_u16()),
        Outcome::SignIn => status == StatusCode::UNAUTHORIZED && code_is(Code::Unauthenticated),
        Outcome::Forbidden => status == StatusCode::FORBIDDEN && code_is(Code::Forbidden),
        Outcome::NotThere => {
            status == StatusCode::NOT_FOUND && (!code.is_empty() || method == Method::HEAD)
        }
        Outcome::NameProject => status == StatusCode::BAD_REQUEST && code_is(Code::BadRequest),
        Outcome::NeedsBrowser => {
            status == StatusCode::UNPROCESSABLE_ENTITY && code_is(Code::NeedsBrowser)
        }
    };
    if fine {
        return Ok(());
    }
    Err(format!(
        "expected {outcome:?} ({:?}), got {status} {}",
        row.ok, answer.body
    ))
}

/// All routes of the table as they stand in the document.
fn table_routes() -> Vec<(Method, String, &'static Row, Mount)> {
    ROWS.iter()
        .flat_map(|row| {
            row.routes()
                .into_iter()
                .map(move |(method, path, mount)| (method, path, row, mount))
        })
        .collect()
}

#[test]
fn s5_the_table_has_every_route_once_and_no_other() {
    let documented: Vec<String> = operations()
        .into_iter()
        .map(|(method, path)| format!("{method} {path}"))
        .collect();
    let mut listed: Vec<String> = table_routes()
        .into_iter()
        .map(|(method, path, ..)| format!("{method} {path}"))
        .collect();
    let in_document: BTreeSet<_> = documented.iter().cloned().collect();
    let in_table: BTreeSet<_> = listed.iter().cloned().collect();
    let missing: Vec<_> = in_document.difference(&in_table).collect();
    let stale: Vec<_> = in_table.difference(&in_document).collect();
    assert!(missing.is_empty(), "routes without a line: {missing:#?}");
    assert!(stale.is_empty(), "lines without a route: {stale:#?}");
    listed.sort();
    let before = listed.len();
    listed.dedup();
    assert_eq!(before, listed.len(), "a route stands in two lines");
}

#[tokio::test]
async fn s5_every_route_answers_every_principal_as_the_table_says() {
    let world = World::new().await;
    let mut wrong = Vec::new();
    let mut asked = 0;
    for (method, path, row, mount) in table_routes() {
        for principal in Principal::ALL {
            let caller = world.caller(principal).await;
            let url = world.fill(&path, &world.main, &caller).await;
            let body = world.body(row).await;
            let answer = world
                .server
                .call(method.clone(), &url, &caller.caller, body)
                .await;
            let outcome = expected(row, mount, principal);
            if let Err(what) = check(row, &method, outcome, &answer) {
                wrong.push(format!("{method} {path} as {principal:?}: {what}"));
            }
            asked += 1;
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {asked}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[tokio::test]
async fn s4_things_of_another_project_answer_as_things_that_are_not_there() {
    let world = World::new().await;
    let mut wrong = Vec::new();
    for (method, path, row, mount) in table_routes() {
        let scoped = matches!(row.who, Who::Member(_) | Who::Beginner | Who::Manager);
        if !scoped || !row.names_a_thing() {
            continue;
        }
        let by_key = mount == Mount::ByKey;
        let principal = if by_key {
            Principal::AdminKey
        } else {
            Principal::Admin
        };
        let caller = world.caller(principal).await;
        let foreign = world
            .fill_in(&path, &world.main, &world.other, &caller)
            .await;
        let missing = World::fill_missing(&path, &world.main);
        let mut answers = Vec::new();
        for url in [&foreign, &missing] {
            let body = world.body(row).await;
            let answer = world
                .server
                .call(method.clone(), url, &caller.caller, body)
                .await;
            answers.push((
                answer.status,
                answer.code().to_owned(),
                answer.body["error"]["message"].clone(),
            ));
        }
        if answers[0].0 != StatusCode::NOT_FOUND || answers[0] != answers[1] {
            wrong.push(format!("{method} {path}: {answers:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn s5_the_page_for_people_is_the_table() {
    page::compare();
}
