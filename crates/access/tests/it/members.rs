use patchbay_access::MemberId;
use patchbay_model::{Code, Role, UserId};
use patchbay_store::Page;

use crate::support::{all, code, world};

fn id(user: &UserId) -> MemberId {
    MemberId::User(user.clone())
}

#[tokio::test]
async fn s34_a_removed_member_is_out_at_the_next_request() {
    let world = world().await;
    let ben = world.join("Ben", Role::Editor).await;
    let token = ben.token.clone();
    assert!(
        world
            .access
            .actor_for_session(&token, &world.project)
            .await
            .is_ok()
    );
    let admin = world.admin().await;
    world
        .access
        .member_remove(&admin, &id(&ben.person.id))
        .await
        .expect("removes");
    assert_eq!(
        code(world.access.actor_for_session(&token, &world.project).await),
        Code::ProjectNotFound
    );
    assert_eq!(
        code(
            world
                .access
                .member_remove(&admin, &id(&ben.person.id))
                .await
        ),
        Code::MemberNotFound
    );
}

#[tokio::test]
async fn s5_a_new_role_counts_at_the_next_request() {
    let world = world().await;
    let ben = world.join("Ben", Role::Editor).await;
    let admin = world.admin().await;
    let changed = world
        .access
        .member_change(&admin, &id(&ben.person.id), Role::Viewer)
        .await
        .expect("changes");
    assert_eq!(changed.role, Role::Viewer);
    assert_eq!(world.actor(&ben.person).await.role, Role::Viewer);
}

#[tokio::test]
async fn s5_only_admins_manage_members() {
    let world = world().await;
    let ben = world.join("Ben", Role::Editor).await;
    let vic = world.join("Vic", Role::Viewer).await;
    for person in [&ben.person, &vic.person] {
        let actor = world.actor(person).await;
        assert!(world.access.member_list(&actor, &all()).await.is_ok());
        let target = id(&world.owner.person.id);
        for refusal in [
            code(
                world
                    .access
                    .member_add(&actor, "x@example.com", Role::Viewer)
                    .await,
            ),
            code(
                world
                    .access
                    .member_change(&actor, &target, Role::Viewer)
                    .await,
            ),
            code(world.access.member_remove(&actor, &target).await),
            code(world.access.project_change(&actor, "Mine").await),
            code(world.access.project_remove(&actor, None).await),
            code(world.access.key_list(&actor, &all()).await),
            code(
                world
                    .access
                    .audit_list(&actor, patchbay_access::AuditFilter::default(), &all())
                    .await,
            ),
        ] {
            assert_eq!(refusal, Code::Forbidden);
        }
    }
}

#[tokio::test]
async fn the_last_admin_and_the_owner_stay() {
    let world = world().await;
    let ben = world.join("Ben", Role::Admin).await;
    let admin = world.admin().await;
    let owner = id(&world.owner.person.id);
    assert_eq!(
        code(
            world
                .access
                .member_change(&admin, &owner, Role::Viewer)
                .await
        ),
        Code::Forbidden
    );
    assert_eq!(
        code(world.access.member_remove(&admin, &owner).await),
        Code::Forbidden
    );

    // A project that the owner is not a member of has Ben alone.
    let bens = world
        .access
        .project_create(&ben.person, "Ben's")
        .await
        .expect("an admin of a project makes another");
    let as_ben = world
        .access
        .actor(&ben.person, &bens.project.id)
        .await
        .expect("admin");
    for refusal in [
        code(
            world
                .access
                .member_change(&as_ben, &id(&ben.person.id), Role::Editor)
                .await,
        ),
        code(
            world
                .access
                .member_remove(&as_ben, &id(&ben.person.id))
                .await,
        ),
    ] {
        assert_eq!(refusal, Code::LastAdmin);
    }
    // The owner is admin there all the same.
    let as_owner = world
        .access
        .actor(&world.owner.person, &bens.project.id)
        .await
        .expect("admin everywhere");
    assert_eq!(as_owner.role, Role::Admin);
}

#[tokio::test]
async fn members_and_invited_are_one_list_in_pages() {
    let world = world().await;
    for n in 0..3 {
        world.join(&format!("M{n}"), Role::Viewer).await;
    }
    for n in 0..3 {
        world
            .invite(&format!("i{n}@example.com"), Role::Viewer)
            .await;
    }
    let admin = world.admin().await;
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let page = Page::new(Some(2), cursor).expect("a valid limit");
        let paged = world
            .access
            .member_list(&admin, &page)
            .await
            .expect("lists");
        seen.extend(paged.items.into_iter().map(|member| member.email));
        if !paged.has_more {
            break;
        }
        cursor = paged.cursor;
    }
    assert_eq!(
        seen,
        [
            "olga@example.com",
            "m0@example.com",
            "m1@example.com",
            "m2@example.com",
            "i0@example.com",
            "i1@example.com",
            "i2@example.com"
        ]
    );
}

#[tokio::test]
async fn s4_members_of_another_project_are_not_found() {
    let world = world().await;
    let ben = world.join("Ben", Role::Viewer).await;
    let second = world
        .access
        .project_create(&world.owner.person, "Second")
        .await
        .expect("makes");
    let elsewhere = world
        .access
        .actor(&world.owner.person, &second.project.id)
        .await
        .expect("admin");
    assert_eq!(
        code(
            world
                .access
                .member_remove(&elsewhere, &id(&ben.person.id))
                .await
        ),
        Code::MemberNotFound
    );
    assert_eq!(
        code(world.access.actor(&ben.person, &second.project.id).await),
        Code::ProjectNotFound
    );
}
