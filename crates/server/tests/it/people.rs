use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::support::{Caller, PASSWORD, Server};

const ME: &str = "/api/v1/auth/me";
const STATE: &str = "/api/v1/auth/state";

#[tokio::test]
async fn signed_out_people_learn_whether_setup_waits() {
    let server = Server::start().await;
    let before = server.call(Method::GET, ME, &Caller::Anonymous, None).await;
    assert_eq!(before.status, StatusCode::UNAUTHORIZED);
    assert_eq!(before.code(), "UNAUTHENTICATED");
    assert_eq!(before.body["error"]["details"]["setupRequired"], true);

    let (owner, _) = server.set_up().await;
    let after = server.call(Method::GET, ME, &Caller::Anonymous, None).await;
    assert_eq!(after.body["error"]["details"]["setupRequired"], false);

    let me = server.call(Method::GET, ME, &owner, None).await;
    assert_eq!(me.status, StatusCode::OK);
    assert_eq!(me.body["user"]["isOwner"], true);
    assert_eq!(me.body["projects"][0]["role"], "admin");
    assert_eq!(me.body["plan"], "enterprise");
}

#[tokio::test]
async fn a_page_that_opens_learns_who_is_signed_in_without_a_refusal() {
    let server = Server::start().await;
    let state = async |caller: &Caller| {
        let answer = server.call(Method::GET, STATE, caller, None).await;
        assert_eq!(answer.status, StatusCode::OK);
        answer.body
    };
    let nobody = json!({ "setupRequired": true, "me": null });
    assert_eq!(state(&Caller::Anonymous).await, nobody);

    let (owner, _) = server.set_up().await;
    let nobody = json!({ "setupRequired": false, "me": null });
    assert_eq!(state(&Caller::Anonymous).await, nobody);
    assert_eq!(state(&Caller::Session("made up".into())).await, nobody);

    let me = server.call(Method::GET, ME, &owner, None).await;
    assert_eq!(state(&owner).await["me"], me.body);
}

#[tokio::test]
async fn long_lists_are_compressed_and_what_may_hold_secrets_is_not() {
    let server = Server::start().await;
    let (owner, project) = server.set_up().await;
    let encoding = async |path: String| {
        let mut request = server.request(&Method::GET, &path, &owner, None);
        request.headers_mut().insert(
            header::ACCEPT_ENCODING,
            "gzip, br".parse().expect("a value"),
        );
        let answer = server.send(request).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        answer
            .headers
            .get(header::CONTENT_ENCODING)
            .map(|value| value.to_str().expect("ASCII").to_owned())
    };
    assert_eq!(
        encoding("/api/v1/apps?limit=100".into()).await.as_deref(),
        Some("br")
    );
    assert_eq!(encoding(STATE.into()).await, None);
    assert_eq!(
        encoding(format!("/api/v1/projects/{project}/audit?limit=100")).await,
        None
    );
}

#[tokio::test]
async fn s34_the_cookie_is_host_only_secure_and_out_of_reach_of_scripts() {
    for (url, name, secure) in [
        ("http://127.0.0.1:8700", "patchbay_session", false),
        ("https://patchbay.example", "__Host-patchbay", true),
    ] {
        let server = Server::start_at(url).await;
        let (owner, _) = server.set_up().await;
        let answer = server
            .call(
                Method::POST,
                "/api/v1/auth/login",
                &owner,
                Some(json!({ "email": "olga@example.com", "password": PASSWORD })),
            )
            .await;
        assert_eq!(answer.status, StatusCode::OK);
        let cookie = answer.headers[header::SET_COOKIE].to_str().expect("text");
        let attributes: Vec<&str> = cookie.split("; ").skip(1).collect();
        assert!(cookie.starts_with(&format!("{name}=")), "{cookie}");
        for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(attributes.contains(&attribute), "{cookie}");
        }
        assert_eq!(attributes.contains(&"Secure"), secure, "{cookie}");
        assert!(!attributes.iter().any(|text| text.starts_with("Domain")));

        // The session before is over: a planted one is worth nothing.
        let old = server.call(Method::GET, ME, &owner, None).await;
        assert_eq!(old.status, StatusCode::UNAUTHORIZED);
        let new = server.call(Method::GET, ME, &answer.session(), None).await;
        assert_eq!(new.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn s34_logout_removal_and_killed_sessions_are_out_at_the_next_request() {
    let server = Server::start().await;
    let (owner, project) = server.set_up().await;
    let members = format!("/api/v1/projects/{project}/members");

    let (ben, ben_id) = server.join(&owner, &project, "Ben", "editor").await;
    assert_eq!(
        server.call(Method::GET, &members, &ben, None).await.status,
        StatusCode::OK
    );
    let removed = server
        .call(Method::DELETE, &format!("{members}/{ben_id}"), &owner, None)
        .await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    let after = server.call(Method::GET, &members, &ben, None).await;
    assert_eq!(after.code(), "PROJECT_NOT_FOUND");

    let (cat, _) = server.join(&owner, &project, "Cat", "viewer").await;
    let sessions = server
        .call(Method::GET, "/api/v1/auth/sessions", &cat, None)
        .await;
    let id = sessions.body["data"][0]["id"].as_str().expect("an id");
    assert_eq!(sessions.body["data"][0]["current"], true);
    let killed = server
        .call(
            Method::DELETE,
            &format!("/api/v1/auth/sessions/{id}"),
            &cat,
            None,
        )
        .await;
    assert_eq!(killed.status, StatusCode::NO_CONTENT);
    assert_eq!(
        server.call(Method::GET, &members, &cat, None).await.code(),
        "UNAUTHENTICATED"
    );

    let out = server
        .call(Method::POST, "/api/v1/auth/logout", &owner, None)
        .await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    let cleared = out.headers[header::SET_COOKIE].to_str().expect("text");
    assert!(cleared.contains("Max-Age=0"), "{cleared}");
    assert_eq!(
        server.call(Method::GET, ME, &owner, None).await.code(),
        "UNAUTHENTICATED"
    );
}

#[tokio::test]
async fn s36_s37_guesses_lock_and_unknown_people_look_the_same() {
    let server = Server::start().await;
    server.set_up().await;
    let mut answers: [Vec<(StatusCode, Value)>; 2] = [Vec::new(), Vec::new()];
    for _ in 0..11 {
        for (seen, email) in answers
            .iter_mut()
            .zip(["olga@example.com", "nobody@example.com"])
        {
            let answer = server
                .call(
                    Method::POST,
                    "/api/v1/auth/login",
                    &Caller::Anonymous,
                    Some(json!({ "email": email, "password": "wrong guess" })),
                )
                .await;
            let mut body = answer.body.clone();
            body["error"]["requestId"] = Value::Null;
            seen.push((answer.status, body));
            assert_eq!(
                answer.headers.contains_key(header::RETRY_AFTER),
                answer.status == StatusCode::TOO_MANY_REQUESTS
            );
        }
    }
    let [known, unknown] = answers;
    assert_eq!(known, unknown);
    assert_eq!(known[9].1["error"]["code"], "INVALID_CREDENTIALS");
    assert_eq!(known[10].1["error"]["code"], "ACCOUNT_LOCKED");
    assert_eq!(known[10].0, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn odd_bodies_are_refused_with_the_field_that_is_odd() {
    let server = Server::start().await;
    let (owner, project) = server.set_up().await;
    let short = server
        .call(
            Method::PUT,
            "/api/v1/auth/password",
            &owner,
            Some(json!({ "current": PASSWORD, "new": "short" })),
        )
        .await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(short.code(), "VALIDATION_FAILED");
    assert!(short.body["error"]["details"]["fields"]["new"].is_string());

    let more = server
        .call(
            Method::POST,
            &format!("/api/v1/projects/{project}/keys"),
            &owner,
            Some(json!({ "name": "CI", "scope": "read", "owner": "me" })),
        )
        .await;
    assert_eq!(
        (more.status, more.code()),
        (StatusCode::BAD_REQUEST, "BAD_REQUEST")
    );
}

#[tokio::test]
async fn keys_members_and_the_log_have_their_shapes() {
    let server = Server::start().await;
    let (owner, project) = server.set_up().await;
    let at = |rest: &str| format!("/api/v1/projects/{project}{rest}");

    let made = server
        .call(
            Method::POST,
            &at("/keys"),
            &owner,
            Some(json!({ "name": "CI", "scope": "admin" })),
        )
        .await;
    assert_eq!(made.status, StatusCode::CREATED);
    let secret = made.body["key"].as_str().expect("the key").to_owned();
    assert_eq!(made.body["createdBy"]["name"], "Olga");
    let key = Caller::Key(secret.clone());
    let listed = server.call(Method::GET, "/api/v1/keys", &key, None).await;
    assert_eq!(listed.body["data"][0]["hint"], secret[secret.len() - 4..]);
    assert!(!listed.body.to_string().contains(&secret));

    let added = server
        .call(
            Method::POST,
            "/api/v1/members",
            &key,
            Some(json!({ "email": "ben@example.com", "role": "viewer" })),
        )
        .await;
    assert_eq!(added.body["member"]["status"], "invited");
    assert_eq!(added.body["member"]["user"], Value::Null);
    let invited = added.body["member"]["invitationId"]
        .as_str()
        .expect("an id");
    let changed = server
        .call(
            Method::PATCH,
            &at(&format!("/members/{invited}")),
            &owner,
            Some(json!({ "role": "editor" })),
        )
        .await;
    assert_eq!(changed.body["role"], "editor");

    let own = server
        .call(Method::GET, "/api/v1/projects", &key, None)
        .await;
    assert_eq!(own.body["data"][0]["id"], project);
    assert_eq!(own.body["data"][0]["connectionCount"], 0);

    let log = server
        .call(
            Method::GET,
            &at("/audit?limit=2&action=member"),
            &owner,
            None,
        )
        .await;
    assert_eq!(log.body["data"][0]["action"], "member.role_change");
    assert_eq!(log.body["data"][1]["actor"]["kind"], "key");

    let workspace = server
        .call(
            Method::PATCH,
            "/api/v1/workspace",
            &owner,
            Some(json!({ "plan": "team" })),
        )
        .await;
    assert_eq!(
        workspace.body["limits"],
        json!({ "projects": 5, "members": 10, "auditDays": 30 })
    );

    let unsure = server.call(Method::DELETE, &at(""), &owner, None).await;
    assert_eq!(unsure.code(), "CONFIRMATION_NEEDED");
    let gone = server
        .call(Method::DELETE, &at("?confirm=My%20project"), &owner, None)
        .await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert_eq!(
        server.call(Method::GET, &at(""), &owner, None).await.code(),
        "PROJECT_NOT_FOUND"
    );
}
