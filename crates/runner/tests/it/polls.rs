//! Flows that an app's events start, found by polling.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use patchbay_model::{Code, ConnectionStatus, FlowId, RunStatus};
use patchbay_runner::flows::{FlowChange, Polling};
use patchbay_store::{Page, polls::PollState, runs::RunFilter};
use serde_json::{Value, json};

use crate::{
    site::{Reply, Seen, Site},
    world::{Node, World},
};

/// What the app has, oldest first.
type Things = Arc<Mutex<Vec<Value>>>;

fn add(things: &Things, ids: impl IntoIterator<Item = i64>) {
    let mut things = things.lock().expect("the things");
    things.extend(ids.into_iter().map(|id| json!({"id": id})));
}

fn query(seen: &Seen, name: &str) -> Option<String> {
    let (_, query) = seen.path.split_once('?')?;
    url::form_urlencoded::parse(query.as_bytes())
        .find_map(|(key, value)| (key == name).then(|| value.into_owned()))
}

/// An app that lists its things: of `/things` those from the third last of what was known on, so that some come again,
/// of `/letters` pages of forty, newest first.
async fn app() -> (Site, Things) {
    let things = Things::default();
    let of_app = Arc::clone(&things);
    let site = Site::new(move |seen, _| {
        let things = of_app.lock().expect("the things").clone();
        if seen.path.starts_with("/api/things") {
            let since: usize = query(seen, "since")
                .and_then(|text| text.parse().ok())
                .unwrap_or(0);
            let listed = &things[since.saturating_sub(3)..];
            return Reply::ok(json!({"things": listed, "at": things.len()}));
        }
        if let Some(id) = seen.path.strip_prefix("/api/letters/") {
            return match id {
                "13" => Reply::status(404, json!({"error": "gone"})),
                id => Reply::ok(json!({"text": format!("letter {id}")})),
            };
        }
        let page: usize = query(seen, "page")
            .and_then(|text| text.parse().ok())
            .unwrap_or(0);
        let newest: Vec<&Value> = things.iter().rev().skip(page * 40).take(40).collect();
        let next = (newest.len() == 40).then_some(page + 1);
        Reply::ok(json!({"letters": newest, "next": next}))
    })
    .await;
    (site, things)
}

fn trigger(world: &World, key: &str, input: Value) -> Value {
    json!({"kind": "app", "app": "testing", "trigger": key, "connection": world.through(), "input": input})
}

fn steps() -> Value {
    json!([{"id": "note", "kind": "set", "input": {"id": "{{ trigger.id }}"}}])
}

async fn flow(world: &World, node: &Node, key: &str) -> FlowId {
    world
        .flow(node, trigger(world, key, json!({})), steps())
        .await
}

/// The ids that the flow's runs were given, in the order of the runs.
async fn ran(world: &World, node: &Node, flow: &FlowId) -> Vec<i64> {
    let filter = RunFilter {
        flow: Some(flow.clone()),
        ..RunFilter::default()
    };
    let mut ids = Vec::new();
    let mut cursor = None;
    loop {
        let page = Page::new(Some(100), cursor).expect("a page");
        let found = node
            .runner
            .run_list(&world.editor, &filter, &page)
            .await
            .expect("a list");
        ids.extend(
            found
                .items
                .iter()
                .map(|run| run.run.trigger["id"].as_i64().expect("an id")),
        );
        cursor = found.cursor;
        if cursor.is_none() {
            break;
        }
    }
    ids.reverse();
    ids
}

async fn polling(world: &World, node: &Node, flow: &FlowId) -> Option<Polling> {
    let view = node.runner.flow_get(&world.editor, flow).await;
    view.expect("the flow").summary.polling
}

async fn until(
    world: &World,
    node: &Node,
    flow: &FlowId,
    is: impl Fn(&Polling) -> bool,
) -> Polling {
    let mut last = None;
    for _ in 0..400 {
        let now = polling(world, node, flow).await.expect("it polls");
        if is(&now) {
            return now;
        }
        last = Some(now);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("polling does not come to what was expected: {last:?}");
}

/// Waits until the flow's beginning is set.
async fn begun(world: &World, node: &Node, flow: &FlowId) {
    until(world, node, flow, |polling| polling.status.begun).await;
}

async fn until_ran(world: &World, node: &Node, flow: &FlowId, wanted: &[i64]) {
    let mut last = Vec::new();
    for _ in 0..400 {
        last = ran(world, node, flow).await;
        if last == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{wanted:?} were expected, {last:?} ran");
}

/// Moves the clock past the next poll and waits until it was made.
async fn next_poll(world: &World, node: &Node, flow: &FlowId) {
    world.clock.forward(Duration::from_secs(70));
    let now = patchbay_runner::Clock::now(&world.clock);
    until(world, node, flow, |polling| {
        polling.status.last_at.is_some_and(|at| at >= now)
    })
    .await;
}

fn still(world: &World) {
    world
        .clock
        .set("2026-11-23T08:30:00Z".parse().expect("a time"));
}

#[tokio::test]
async fn the_first_poll_starts_nothing_and_each_new_item_one_run() {
    let (site, things) = app().await;
    let world = World::sqlite(&site).await;
    still(&world);
    add(&things, 1..=5);
    let node = world.node();
    let id = flow(&world, &node, "new_thing").await;
    node.start();
    begun(&world, &node, &id).await;
    assert!(ran(&world, &node, &id).await.is_empty());
    add(&things, 6..=8);
    next_poll(&world, &node, &id).await;
    until_ran(&world, &node, &id, &[6, 7, 8]).await;
    // Those of before are listed again.
    next_poll(&world, &node, &id).await;
    assert_eq!(ran(&world, &node, &id).await, [6, 7, 8]);
    node.cut_off().await;

    // What comes while no process is there is news to the next.
    add(&things, 9..=10);
    world.clock.forward(Duration::from_hours(5));
    let node = world.node();
    node.start();
    until_ran(&world, &node, &id, &[6, 7, 8, 9, 10]).await;
    let last = site.seen().pop().expect("a request");
    assert_eq!(query(&last, "since").as_deref(), Some("8"));
    // Published again as it is, and with other steps, it goes on.
    let document = json!({"schema": 1, "trigger": trigger(&world, "new_thing", json!({"box": null})),
        "steps": [{"id": "other", "kind": "set", "input": {"x": 1}}]});
    let change = FlowChange {
        draft: serde_json::from_value(document).ok(),
        ..FlowChange::default()
    };
    let saved = node.runner.flow_save(&world.editor, &id, change).await;
    saved.expect("saved");
    add(&things, [11]);
    let published = node.runner.flow_publish(&world.editor, &id).await;
    published.expect("published");
    next_poll(&world, &node, &id).await;
    until_ran(&world, &node, &id, &[6, 7, 8, 9, 10, 11]).await;
    // Switched off and on again it begins anew.
    let off = node.runner.flow_switch(&world.editor, &id, false).await;
    assert!(off.expect("off").summary.polling.is_none());
    add(&things, [12]);
    let on = node.runner.flow_switch(&world.editor, &id, true).await;
    on.expect("on");
    begun(&world, &node, &id).await;
    add(&things, [13]);
    next_poll(&world, &node, &id).await;
    until_ran(&world, &node, &id, &[6, 7, 8, 9, 10, 11, 13]).await;
    node.stop().await;
}

#[tokio::test]
async fn flows_that_ask_the_same_share_the_question() {
    let (site, things) = app().await;
    let world = World::sqlite(&site).await;
    still(&world);
    let node = world.node();
    let first = flow(&world, &node, "new_thing").await;
    let second = flow(&world, &node, "new_thing").await;
    let input = json!({"box": "a"});
    let other = world
        .flow(&node, trigger(&world, "new_thing", input), steps())
        .await;
    node.start();
    for id in [&first, &second, &other] {
        begun(&world, &node, id).await;
    }
    assert_eq!(site.seen().len(), 2, "two questions for three flows");
    add(&things, 1..=2);
    next_poll(&world, &node, &first).await;
    until_ran(&world, &node, &first, &[1, 2]).await;
    until_ran(&world, &node, &second, &[1, 2]).await;
    until_ran(&world, &node, &other, &[1, 2]).await;
    // Who joins begins at that moment, and does not wait for the others' turn.
    add(&things, [3]);
    let late = flow(&world, &node, "new_thing").await;
    begun(&world, &node, &late).await;
    until_ran(&world, &node, &first, &[1, 2, 3]).await;
    add(&things, [4]);
    next_poll(&world, &node, &late).await;
    until_ran(&world, &node, &late, &[4]).await;
    until_ran(&world, &node, &second, &[1, 2, 3, 4]).await;
    // One leaves, the others stay.
    let gone = node.runner.flow_remove(&world.editor, &first).await;
    gone.expect("deleted");
    add(&things, [5]);
    next_poll(&world, &node, &second).await;
    until_ran(&world, &node, &late, &[4, 5]).await;
    node.stop().await;
}

#[tokio::test]
async fn a_broken_connection_stops_the_polling_and_what_came_meanwhile_runs_later() {
    let (site, things) = app().await;
    let world = World::sqlite(&site).await;
    still(&world);
    let node = world.node();
    let id = flow(&world, &node, "new_thing").await;
    node.start();
    begun(&world, &node, &id).await;
    world.status(ConnectionStatus::Expired).await;
    world.clock.forward(Duration::from_secs(70));
    let paused = until(&world, &node, &id, |polling| {
        polling.status.state == PollState::Paused
    })
    .await;
    let why = paused.status.failure.expect("a reason");
    assert_eq!(why.code, Code::ConnectionUnusable.as_str());
    assert!(why.message.contains("Testing"), "{}", why.message);
    assert_eq!(paused.status.next_at, None);
    let before = site.seen().len();
    add(&things, 1..=3);
    world.clock.forward(Duration::from_hours(2));
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(site.seen().len(), before, "nothing is asked meanwhile");
    world.status(ConnectionStatus::Active).await;
    until_ran(&world, &node, &id, &[1, 2, 3]).await;
    let now = until(&world, &node, &id, |polling| {
        polling.status.state == PollState::Polling
    })
    .await;
    assert_eq!(now.status.failure, None);
    node.stop().await;
}

#[tokio::test]
async fn two_nodes_ask_once() {
    let (site, things) = app().await;
    let world = World::postgres(&site).await;
    still(&world);
    let first = world.node();
    let second = world.node_over(
        patchbay_store::Store::open(&world.config)
            .await
            .expect("another pool"),
    );
    let mut flows = Vec::new();
    for n in 0..6 {
        let input = json!({"box": n.to_string()});
        let id = world
            .flow(&first, trigger(&world, "new_thing", input), steps())
            .await;
        flows.push(id);
    }
    first.start();
    second.start();
    for id in &flows {
        begun(&world, &first, id).await;
    }
    assert_eq!(site.seen().len(), 6);
    add(&things, 1..=4);
    world.clock.forward(Duration::from_secs(70));
    for id in &flows {
        until_ran(&world, &second, id, &[1, 2, 3, 4]).await;
    }
    assert_eq!(site.seen().len(), 12);
    first.stop().await;
    second.stop().await;
}

#[tokio::test]
async fn pages_and_details_are_fetched_and_many_items_come_in_batches() {
    let (site, things) = app().await;
    let world = World::sqlite(&site).await;
    still(&world);
    add(&things, 1..=100);
    let node = world.node();
    let id = flow(&world, &node, "new_letter").await;
    node.start();
    begun(&world, &node, &id).await;
    assert_eq!(site.seen().len(), 3, "three pages to know what is there");
    add(&things, 101..=250);
    world.clock.forward(Duration::from_secs(70));
    let wanted: Vec<i64> = (101..=250).collect();
    until_ran(&world, &node, &id, &wanted[..100]).await;
    world.clock.forward(Duration::from_secs(2));
    until_ran(&world, &node, &id, &wanted).await;
    let filter = RunFilter {
        flow: Some(id),
        ..RunFilter::default()
    };
    let runs = node
        .runner
        .run_list(&world.editor, &filter, &Page::default())
        .await;
    let newest = runs.expect("a list").items.swap_remove(0).run;
    assert_eq!(newest.trigger, json!({"id": 250, "text": "letter 250"}));
    node.stop().await;
}

#[tokio::test]
async fn what_fails_is_said_and_tried_again() {
    let broken = Arc::new(Mutex::new(true));
    let of_app = Arc::clone(&broken);
    let site = Site::new(move |_, _| {
        if *of_app.lock().expect("whether it is broken") {
            return Reply::status(503, json!({"message": "down for the night"}));
        }
        Reply::ok(json!({"things": [], "at": 1}))
    })
    .await;
    let world = World::sqlite(&site).await;
    still(&world);
    let node = world.node();
    let id = flow(&world, &node, "new_thing").await;
    node.start();
    let failing = until(&world, &node, &id, |polling| {
        polling.status.state == PollState::Failing
    })
    .await;
    assert!(failing.status.failure.is_some());
    let first = failing.status.next_at.expect("another try");
    world.clock.set(first);
    let again = until(&world, &node, &id, |polling| {
        polling.status.next_at.is_some_and(|at| at > first)
    })
    .await;
    let waits = again.status.next_at.expect("another try").millis() - first.millis();
    assert!(waits >= 120_000, "it waits longer each time: {waits}");
    *broken.lock().expect("whether it is broken") = false;
    world.clock.forward(Duration::from_mins(5));
    until(&world, &node, &id, |polling| {
        polling.status.state == PollState::Polling && polling.status.begun
    })
    .await;
    node.stop().await;
}

#[tokio::test]
async fn a_sample_shows_the_newest_and_moves_nothing() {
    let (site, things) = app().await;
    let world = World::sqlite(&site).await;
    let node = world.node();
    let id = flow(&world, &node, "new_letter").await;
    let none = node.runner.trigger_sample(&world.editor, &id).await;
    assert_eq!(none.expect("an answer"), Vec::<Value>::new());
    let untested = node
        .runner
        .run_test(&world.editor, &id, &Value::Null)
        .await
        .expect_err("nothing to test with");
    assert_eq!(untested.code, Code::ValidationFailed);
    add(&things, 10..=13);
    let items = node.runner.trigger_sample(&world.editor, &id).await;
    let wanted: Vec<Value> = [12, 11, 10]
        .into_iter()
        .map(|n| json!({"id": n, "text": format!("letter {n}")}))
        .collect();
    assert_eq!(items.expect("items"), wanted);
    node.start();
    let test = node.runner.run_test(&world.editor, &id, &Value::Null).await;
    let test = world.ended(&node, &test.expect("a test").run.id).await;
    assert_eq!(test.run().status, RunStatus::Succeeded);
    assert_eq!(test.run().trigger, wanted[0]);
    begun(&world, &node, &id).await;
    assert_eq!(ran(&world, &node, &id).await, [12], "only the test ran");
    let manual = world.manual(&node, steps()).await;
    let refused = node.runner.trigger_sample(&world.editor, &manual).await;
    assert_eq!(refused.expect_err("no app").code, Code::FlowInvalid);
    node.stop().await;
}
