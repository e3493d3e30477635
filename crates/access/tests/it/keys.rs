use patchbay_access::MemberId;
use patchbay_model::{Code, KeyScope, Principal, Role};

use crate::support::{all, code, world};

#[tokio::test]
async fn a_key_is_shown_once_and_listed_by_its_end() {
    let world = world().await;
    let admin = world.admin().await;
    let made = world
        .access
        .key_create(&admin, "CI", KeyScope::Write)
        .await
        .expect("makes");
    assert!(made.secret.starts_with("pb_live_"));
    let listed = world.access.key_list(&admin, &all()).await.expect("lists");
    assert_eq!(listed.items.len(), 1);
    assert!(made.secret.ends_with(&listed.items[0].key.hint));
    assert_eq!(listed.items[0].key.hint.len(), 4);
    assert_eq!(listed.items[0].user_name, "Olga");

    let actor = world
        .access
        .actor_for_key(&made.secret)
        .await
        .expect("is known");
    assert_eq!((actor.role, &actor.project), (Role::Editor, &world.project));
    assert!(matches!(actor.principal, Principal::Key { .. }));
}

#[tokio::test]
async fn s34_a_revoked_key_is_refused_at_the_next_request() {
    let world = world().await;
    let admin = world.admin().await;
    let made = world
        .access
        .key_create(&admin, "CI", KeyScope::Read)
        .await
        .expect("makes");
    let id = &made.view.key.id;
    world.access.key_remove(&admin, id).await.expect("revokes");
    assert_eq!(
        code(world.access.actor_for_key(&made.secret).await),
        Code::Unauthenticated
    );
    assert_eq!(
        code(world.access.key_remove(&admin, id).await),
        Code::KeyNotFound
    );
}

#[tokio::test]
async fn s5_a_key_can_do_no_more_than_its_person_can_now() {
    let world = world().await;
    let ben = world.join("Ben", Role::Admin).await;
    let as_ben = world.actor(&ben.person).await;
    let key = world
        .access
        .key_create(&as_ben, "Ben's", KeyScope::Admin)
        .await
        .expect("makes")
        .secret;
    let admin = world.admin().await;
    let id = MemberId::User(ben.person.id.clone());
    for role in [Role::Admin, Role::Editor, Role::Viewer] {
        world
            .access
            .member_change(&admin, &id, role)
            .await
            .expect("changes");
        assert_eq!(
            world
                .access
                .actor_for_key(&key)
                .await
                .map(|actor| actor.role),
            Ok(role)
        );
    }
    world
        .access
        .member_remove(&admin, &id)
        .await
        .expect("removes");
    assert_eq!(
        code(world.access.actor_for_key(&key).await),
        Code::Unauthenticated
    );
    // Coming back does not bring the old key back.
    world
        .access
        .member_add(&admin, "ben@example.com", Role::Admin)
        .await
        .expect("adds");
    assert_eq!(
        code(world.access.actor_for_key(&key).await),
        Code::Unauthenticated
    );
}

#[tokio::test]
async fn s4_keys_of_a_deleted_project_and_foreign_ids_lead_nowhere() {
    let world = world().await;
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
    let made = world
        .access
        .key_create(&elsewhere, "CI", KeyScope::Admin)
        .await
        .expect("makes");
    assert_eq!(
        code(
            world
                .access
                .key_remove(&world.admin().await, &made.view.key.id)
                .await
        ),
        Code::KeyNotFound
    );
    world
        .access
        .project_remove(&elsewhere, Some("Second"))
        .await
        .expect("deletes");
    assert_eq!(
        code(world.access.actor_for_key(&made.secret).await),
        Code::Unauthenticated
    );
}

#[tokio::test]
async fn the_operators_key_acts_for_the_owner() {
    let world = world().await;
    let project = world
        .access
        .project_find("my PROJECT")
        .await
        .expect("finds");
    let made = world
        .access
        .key_create_by_operator(&project.id, "CLI", KeyScope::Admin)
        .await
        .expect("makes");
    assert_eq!(
        world
            .access
            .actor_for_key(&made.secret)
            .await
            .map(|actor| actor.user().cloned()),
        Ok(Some(world.owner.person.id.clone()))
    );
}

#[tokio::test]
async fn odd_keys_are_nobody() {
    let world = world().await;
    for key in [
        "",
        "pb_live_",
        "pb_live_unknown",
        "sk_live_x",
        &world.owner.token,
    ] {
        assert_eq!(
            code(world.access.actor_for_key(key).await),
            Code::Unauthenticated
        );
    }
}
