use std::time::Duration;

use patchbay_access::Browser;
use patchbay_model::{Code, Plan, Role};

use crate::support::{PASSWORD, browser, code, wait, world};

#[tokio::test]
async fn an_invitation_lets_somebody_in_once() {
    let world = world().await;
    let token = world.invite("ben@example.com", Role::Editor).await;
    let view = world.access.invitation_view(&token).await.expect("shows");
    assert_eq!(
        (view.email.as_str(), view.role, view.existing_user),
        ("ben@example.com", Role::Editor, false)
    );
    let ben = world
        .access
        .invitation_accept(&token, Some("Ben"), Some(PASSWORD), &browser("192.0.2.2"))
        .await
        .expect("joins");
    assert_eq!(world.actor(&ben.person).await.role, Role::Editor);

    assert_eq!(
        code(world.access.invitation_view(&token).await),
        Code::InvitationNotFound
    );
    let again = world
        .access
        .invitation_accept(&token, Some("Eve"), Some(PASSWORD), &browser("192.0.2.3"))
        .await;
    assert_eq!(code(again), Code::InvitationNotFound);
}

#[tokio::test]
async fn an_invitation_followed_twice_at_once_lets_one_in() {
    let world = world().await;
    let token = world.invite("ben@example.com", Role::Editor).await;
    let browser = browser("192.0.2.2");
    let follow = || {
        world
            .access
            .invitation_accept(&token, Some("Ben"), Some(PASSWORD), &browser)
    };
    let (first, second) = tokio::join!(follow(), follow());
    assert_eq!(u8::from(first.is_ok()) + u8::from(second.is_ok()), 1);
}

#[tokio::test]
async fn an_invitation_ends_after_a_week_when_taken_back_and_when_made_anew() {
    let world = world().await;
    let old = world.invite("ben@example.com", Role::Editor).await;
    let new = world.invite("Ben@Example.com", Role::Viewer).await;
    assert_eq!(
        code(world.access.invitation_view(&old).await),
        Code::InvitationNotFound
    );
    assert_eq!(
        world
            .access
            .invitation_view(&new)
            .await
            .map(|view| view.role),
        Ok(Role::Viewer)
    );

    let admin = world.admin().await;
    let added = world
        .access
        .member_add(&admin, "cat@example.com", Role::Viewer)
        .await
        .expect("invites");
    let (id, _) = added.member.invitation.expect("is invited");
    world
        .access
        .member_remove(&admin, &patchbay_access::MemberId::Invitation(id))
        .await
        .expect("takes back");
    let url = added.invitation.expect("a link").url;
    let token = url.rsplit('/').next().expect("a token");
    assert_eq!(
        code(world.access.invitation_view(token).await),
        Code::InvitationNotFound
    );

    wait(Duration::from_secs(7 * 24 * 3600 + 1));
    assert_eq!(
        code(world.access.invitation_view(&new).await),
        Code::InvitationNotFound
    );
}

#[tokio::test]
async fn somebody_with_an_account_is_added_at_once() {
    let world = world().await;
    let ben = world.join("Ben", Role::Viewer).await;
    let second = world
        .access
        .project_create(&world.owner.person, "Second")
        .await
        .expect("makes");
    let admin = world
        .access
        .actor(&world.owner.person, &second.project.id)
        .await
        .expect("admin");
    let added = world
        .access
        .member_add(&admin, "BEN@example.com", Role::Editor)
        .await
        .expect("adds");
    assert!(added.invitation.is_none());
    assert_eq!(
        world
            .access
            .actor(&ben.person, &second.project.id)
            .await
            .map(|actor| actor.role),
        Ok(Role::Editor)
    );
    assert_eq!(
        code(
            world
                .access
                .member_add(&admin, "ben@example.com", Role::Viewer)
                .await
        ),
        Code::EmailTaken
    );
}

#[tokio::test]
async fn somebody_who_got_an_account_meanwhile_shows_that_it_is_theirs() {
    let world = world().await;
    let second = world
        .access
        .project_create(&world.owner.person, "Second")
        .await
        .expect("makes");
    let token = world.invite("ben@example.com", Role::Editor).await;
    let elsewhere = world
        .access
        .actor(&world.owner.person, &second.project.id)
        .await
        .expect("admin");
    let other = world
        .access
        .member_add(&elsewhere, "ben@example.com", Role::Viewer)
        .await
        .expect("invites");
    let other = other.invitation.expect("a link").url;
    let other = other.rsplit('/').next().expect("a token");
    let ben = world
        .access
        .invitation_accept(other, Some("Ben"), Some(PASSWORD), &browser("192.0.2.2"))
        .await
        .expect("joins the second");

    let accept = |password: Option<&'static str>, before| {
        let browser = Browser {
            before,
            ..browser("192.0.2.3")
        };
        let (access, token) = (world.access.clone(), token.clone());
        async move {
            access
                .invitation_accept(&token, Some("Eve"), password, &browser)
                .await
        }
    };
    assert_eq!(code(accept(None, None).await), Code::Unauthenticated);
    let as_owner = Some(world.owner.person.clone());
    assert_eq!(code(accept(None, as_owner).await), Code::Unauthenticated);
    assert_eq!(
        code(accept(Some("chosen by Eve"), None).await),
        Code::InvalidCredentials
    );
    let joined = accept(None, Some(ben.person.clone())).await.expect("joins");
    assert_eq!(joined.person.name, "Ben");
    assert_eq!(world.actor(&ben.person).await.role, Role::Editor);
}

#[tokio::test]
async fn the_plan_limits_people() {
    let world = world().await;
    let admin = world.admin().await;
    let plan = |plan| {
        world
            .access
            .workspace_change(&world.owner.person, None, Some(plan))
    };
    plan(Plan::Free).await.expect("changes");
    assert_eq!(
        code(
            world
                .access
                .member_add(&admin, "a@example.com", Role::Viewer)
                .await
        ),
        Code::PlanLimit
    );
    plan(Plan::Team).await.expect("changes");
    let mut last = String::new();
    for n in 0..9 {
        last = world
            .invite(&format!("p{n}@example.com"), Role::Viewer)
            .await;
    }
    assert_eq!(
        code(
            world
                .access
                .member_add(&admin, "p9@example.com", Role::Viewer)
                .await
        ),
        Code::PlanLimit
    );
    // Inviting one of them again takes no further place.
    world.invite("p0@example.com", Role::Viewer).await;
    // A smaller plan lets nobody more in, whoever was invited before.
    plan(Plan::Pro).await.expect("changes");
    let joining = world
        .access
        .invitation_accept(&last, Some("Pat"), Some(PASSWORD), &browser("192.0.2.2"))
        .await;
    assert_eq!(code(joining), Code::PlanLimit);
    plan(Plan::Enterprise).await.expect("changes");
    assert!(
        world
            .access
            .invitation_accept(&last, Some("Pat"), Some(PASSWORD), &browser("192.0.2.2"))
            .await
            .is_ok()
    );
}
