use patchbay_model::{Code, Plan, Role};
use patchbay_store::Page;

use crate::support::{all, code, world};

#[tokio::test]
async fn the_plan_limits_projects() {
    let world = world().await;
    let owner = &world.owner.person;
    for (plan, limit) in [(Plan::Free, 1), (Plan::Pro, 1), (Plan::Team, 5)] {
        world
            .access
            .workspace_change(owner, None, Some(plan))
            .await
            .expect("changes");
        let present = world
            .access
            .project_list(owner, &all())
            .await
            .expect("lists")
            .items
            .len();
        for n in present..limit {
            world
                .access
                .project_create(owner, &format!("{plan} {n}"))
                .await
                .expect("has room");
        }
        assert_eq!(
            code(world.access.project_create(owner, "One too many").await),
            Code::PlanLimit
        );
    }
}

#[tokio::test]
async fn project_names_are_unique_in_any_case_and_free_after_deletion() {
    let world = world().await;
    let owner = &world.owner.person;
    let made = world
        .access
        .project_create(owner, "Sales")
        .await
        .expect("makes");
    assert_eq!(
        code(world.access.project_create(owner, " SALES ").await),
        Code::NameTaken
    );
    let actor = world
        .access
        .actor(owner, &made.project.id)
        .await
        .expect("admin");
    assert_eq!(
        code(world.access.project_change(&actor, "my project").await),
        Code::NameTaken
    );
    assert_eq!(
        world
            .access
            .project_change(&actor, "sales")
            .await
            .map(|view| view.project.name),
        Ok("sales".to_owned())
    );
    for confirm in [None, Some("Sales")] {
        assert_eq!(
            code(world.access.project_remove(&actor, confirm).await),
            Code::ConfirmationNeeded
        );
    }
    world
        .access
        .project_remove(&actor, Some("sales"))
        .await
        .expect("deletes");
    assert_eq!(
        code(world.access.actor(owner, &made.project.id).await),
        Code::ProjectNotFound
    );
    assert!(world.access.project_create(owner, "Sales").await.is_ok());
}

#[tokio::test]
async fn people_see_their_projects_and_the_owner_sees_all() {
    let world = world().await;
    let ben = world.join("Ben", Role::Editor).await;
    for name in ["B", "C", "a"] {
        world
            .access
            .project_create(&world.owner.person, name)
            .await
            .expect("makes");
    }
    let bens = world
        .access
        .project_list(&ben.person, &all())
        .await
        .expect("lists");
    assert_eq!(bens.items.len(), 1);
    assert_eq!(
        (bens.items[0].role, bens.items[0].member_count),
        (Role::Editor, 2)
    );
    assert_eq!(
        code(world.access.project_create(&ben.person, "Ben's").await),
        Code::Forbidden
    );

    let mut names = Vec::new();
    let mut cursor = None;
    loop {
        let page = Page::new(Some(3), cursor).expect("a valid limit");
        let paged = world
            .access
            .project_list(&world.owner.person, &page)
            .await
            .expect("lists");
        names.extend(paged.items.into_iter().map(|view| view.project.name));
        if !paged.has_more {
            break;
        }
        cursor = paged.cursor;
    }
    assert_eq!(names, ["a", "B", "C", "My project"]);
}

#[tokio::test]
async fn only_the_owner_changes_the_workspace() {
    let world = world().await;
    let ben = world.join("Ben", Role::Admin).await;
    assert_eq!(
        code(world.access.workspace_view(&ben.person).await),
        Code::Forbidden
    );
    assert_eq!(
        code(
            world
                .access
                .workspace_change(&ben.person, None, Some(Plan::Free))
                .await
        ),
        Code::Forbidden
    );
    let changed = world
        .access
        .workspace_change(&world.owner.person, Some("Acme"), None)
        .await
        .expect("changes");
    assert_eq!(
        (changed.name.as_str(), changed.plan),
        ("Acme", Plan::Enterprise)
    );
}
