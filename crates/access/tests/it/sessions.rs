use std::time::Duration;

use patchbay_access::{Browser, NewOwner};
use patchbay_model::{Code, Role};

use crate::support::{PASSWORD, all, browser, code, empty, wait, world};

#[tokio::test]
async fn setup_happens_once() {
    let (access, _store) = empty().await;
    let new = || NewOwner {
        name: "Olga".to_owned(),
        email: "olga@example.com".to_owned(),
        password: PASSWORD.to_owned(),
        project_name: Some("Acme".to_owned()),
    };
    assert_eq!(access.setup_required().await, Ok(true));
    let browser = browser("192.0.2.1");
    let (first, second) =
        tokio::join!(access.setup(new(), &browser), access.setup(new(), &browser));
    assert_eq!(u8::from(first.is_ok()) + u8::from(second.is_ok()), 1);
    assert_eq!(access.setup_required().await, Ok(false));
    assert_eq!(code(access.owner_create(new()).await), Code::SetupDone);
    let owner = first.or(second).expect("one of them");
    let me = access.me(&owner.person).await.expect("me");
    assert_eq!(
        (
            me.projects.len(),
            me.projects[0].0.name.as_str(),
            me.projects[0].1
        ),
        (1, "Acme", Role::Admin)
    );
}

#[tokio::test]
async fn setup_tells_every_odd_field() {
    let (access, _store) = empty().await;
    let odd = NewOwner {
        name: "  ".to_owned(),
        email: "olga".to_owned(),
        password: "short".to_owned(),
        project_name: None,
    };
    let problem = access
        .setup(odd, &Browser::default())
        .await
        .expect_err("refused");
    let fields = problem.details.expect("details")["fields"].clone();
    for field in ["name", "email", "password"] {
        assert!(fields[field].is_string(), "{field}: {fields}");
    }
}

#[tokio::test]
async fn s34_a_session_ends_with_logout() {
    let world = world().await;
    let person = world
        .access
        .session(&world.owner.token)
        .await
        .expect("signed in");
    world.access.logout(&person).await.expect("signs out");
    assert_eq!(
        code(world.access.session(&world.owner.token).await),
        Code::Unauthenticated
    );
}

#[tokio::test]
async fn s34_a_session_killed_from_another_browser_ends() {
    let world = world().await;
    let other = world
        .access
        .login("OLGA@example.com", PASSWORD, &browser("192.0.2.9"))
        .await
        .expect("signs in, in any case of letters");
    let sessions = world
        .access
        .session_list(&other.person, &all())
        .await
        .expect("lists");
    assert_eq!(sessions.items.len(), 2);
    assert_eq!(sessions.items[0].ip, "192.0.2.9");
    let first = &world.owner.person.session;
    world
        .access
        .session_kill(&other.person, first)
        .await
        .expect("kills");
    assert_eq!(
        code(world.access.session(&world.owner.token).await),
        Code::Unauthenticated
    );
    assert_eq!(
        code(world.access.session_kill(&other.person, first).await),
        Code::SessionNotFound
    );
    assert!(world.access.session(&other.token).await.is_ok());
}

#[tokio::test]
async fn s34_nobody_ends_another_persons_session() {
    let world = world().await;
    let eve = world.join("Eve", Role::Admin).await;
    let victim = &world.owner.person.session;
    assert_eq!(
        code(world.access.session_kill(&eve.person, victim).await),
        Code::SessionNotFound
    );
    assert!(world.access.session(&world.owner.token).await.is_ok());
}

#[tokio::test]
async fn s34_signing_in_changes_the_token_and_ends_the_one_before() {
    let world = world().await;
    let before = world.access.session(&world.owner.token).await.ok();
    let again = world
        .access
        .login(
            "olga@example.com",
            PASSWORD,
            &Browser {
                before,
                ..browser("192.0.2.1")
            },
        )
        .await
        .expect("signs in");
    assert_ne!(again.token, world.owner.token);
    assert_eq!(
        code(world.access.session(&world.owner.token).await),
        Code::Unauthenticated
    );
}

#[tokio::test]
async fn s34_a_session_ends_after_a_day_without_use_and_lives_on_with_it() {
    let world = world().await;
    for _ in 0..3 {
        wait(Duration::from_hours(23));
        assert!(world.access.session(&world.owner.token).await.is_ok());
        // "Last used" is written behind the request.
        let mut touched = false;
        for _ in 0..500 {
            let sessions = world
                .access
                .session_list(&world.owner.person, &all())
                .await
                .expect("lists");
            touched = sessions.items.first().is_some_and(|session| {
                session.expires.millis() - session.last_used.millis() == 24 * 3_600_000
                    && session.last_used > session.created.plus(Duration::from_mins(1))
            });
            if touched {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(touched, "the use was written down");
        // Let the write of this round be told apart from the next one's.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    wait(Duration::from_secs(24 * 3600 + 61));
    assert_eq!(
        code(world.access.session(&world.owner.token).await),
        Code::Unauthenticated
    );
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let world = world().await;
    let other = world
        .access
        .login("olga@example.com", PASSWORD, &browser("192.0.2.3"))
        .await
        .expect("signs in");
    let person = &world.owner.person;
    let wrong = world
        .access
        .password_change(person, "not it", "another password", None)
        .await;
    assert_eq!(code(wrong), Code::InvalidCredentials);
    let short = world
        .access
        .password_change(person, PASSWORD, "short", None)
        .await;
    assert_eq!(code(short), Code::ValidationFailed);
    world
        .access
        .password_change(person, PASSWORD, "another password", None)
        .await
        .expect("changes");
    assert!(world.access.session(&world.owner.token).await.is_ok());
    assert_eq!(
        code(world.access.session(&other.token).await),
        Code::Unauthenticated
    );
    let old = world
        .access
        .login("olga@example.com", PASSWORD, &browser("192.0.2.1"))
        .await;
    assert_eq!(code(old), Code::InvalidCredentials);
    assert!(
        world
            .access
            .login(
                "olga@example.com",
                "another password",
                &browser("192.0.2.1")
            )
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn s34_tokens_of_others_and_odd_ones_are_nobody() {
    let world = world().await;
    for token in ["", "x", "pb_live_x", &"a".repeat(10_000)] {
        assert_eq!(
            code(world.access.session(token).await),
            Code::Unauthenticated
        );
    }
}

#[tokio::test]
async fn people_rename_themselves() {
    let world = world().await;
    let person = world
        .access
        .name_change(&world.owner.person, " Olga B. ")
        .await
        .expect("renames");
    assert_eq!(person.name, "Olga B.");
    let seen = world
        .access
        .session(&world.owner.token)
        .await
        .expect("signed in");
    assert_eq!(seen.name, "Olga B.");
}
