//! Which flow waits for which answers.

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use patchbay_model::{ConnectionId, FlowId, ProjectId, Timestamp, flow::Trigger};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};
use serde_json::Value;

use super::{
    PollState,
    entity::{poll, poll_flow},
    text,
};
use crate::{StoreError, StoreResult, Tx, connections::connection_get};

/// What a flow asks, as its published trigger says it.
struct Question {
    id: String,
    connection: ConnectionId,
    app: String,
    trigger: String,
    input: String,
}

impl Question {
    fn of(project: &ProjectId, trigger: &Trigger) -> StoreResult<Option<Self>> {
        let Trigger::App {
            app,
            trigger,
            connection: Some(reference),
            input,
        } = trigger
        else {
            return Ok(None);
        };
        let input = text(&canonical(input))?;
        let connection = reference.connection.clone();
        let parts = [
            project.as_str(),
            connection.as_str(),
            app.as_str(),
            trigger.as_str(),
            input.as_str(),
        ];
        let whole = text(&parts)?;
        let hash = digest(&SHA256, whole.as_bytes());
        Ok(Some(Self {
            id: HEXLOWER.encode(&hash.as_ref()[..16]),
            connection,
            app: app.clone(),
            trigger: trigger.clone(),
            input,
        }))
    }
}

/// The same for inputs that ask the same: names in order, what is not given left out.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Null => Value::Object(serde_json::Map::new()),
        Value::Object(map) => {
            let mut names: Vec<&String> = map
                .iter()
                .filter(|(_, inner)| !inner.is_null())
                .map(|(name, _)| name)
                .collect();
            names.sort_unstable();
            let sorted = names.into_iter().map(|name| {
                let inner = &map[name];
                (name.clone(), canonical(inner))
            });
            Value::Object(sorted.collect())
        }
        Value::Array(items) => Value::Array(
            items
                .iter()
                .map(|item| match item {
                    Value::Null => Value::Null,
                    other => canonical(other),
                })
                .collect(),
        ),
        other => other.clone(),
    }
}

/// Lets a flow ask what its trigger says, and nothing for other kinds of triggers. The flow's row is locked.
///
/// The same question goes on from where it was. Another one begins anew; where only the connection differs and both are
/// of the same account of the app, the position goes along.
pub(crate) async fn subscription_set(
    tx: &Tx,
    project: &ProjectId,
    flow: &FlowId,
    trigger: &Trigger,
    at: Timestamp,
) -> StoreResult<()> {
    let Some(wanted) = Question::of(project, trigger)? else {
        return subscription_remove(tx, project, flow).await;
    };
    let before = poll_flow::Entity::find_by_id(flow.as_str())
        .filter(poll_flow::Column::Project.eq(project.as_str()))
        .one(&**tx)
        .await?;
    if before.as_ref().is_some_and(|row| row.poll == wanted.id) {
        return Ok(());
    }
    let mut ids = vec![wanted.id.clone()];
    ids.extend(before.as_ref().map(|row| row.poll.clone()));
    let carried = match &before {
        Some(row) => position(tx, project, &row.poll, &wanted).await?,
        None => None,
    };
    poll_ensure(tx, project, &wanted, carried.as_ref(), at).await?;
    // In one order, so that two flows that change places do not wait for each other.
    let locked = poll::Entity::find()
        .filter(poll::Column::Id.is_in(ids))
        .order_by_asc(poll::Column::Id)
        .lock_exclusive()
        .all(&**tx)
        .await?;
    let Some(there) = locked.into_iter().find(|row| row.id == wanted.id) else {
        // Its last flow has just left it.
        return Err(StoreError::Conflict);
    };
    let begun = carried.is_some() && before.as_ref().is_some_and(|row| row.begun);
    if !begun && there.state != PollState::Paused.as_str() {
        // Its beginning is now, not when the others are due.
        poll::Entity::update_many()
            .col_expr(poll::Column::NextAt, Expr::value(at.millis()))
            .filter(poll::Column::Id.eq(wanted.id.as_str()))
            .exec(&**tx)
            .await?;
    }
    let Some(row) = before else {
        poll_flow::ActiveModel {
            flow: Set(flow.to_string()),
            project: Set(project.to_string()),
            poll: Set(wanted.id),
            begun: Set(false),
        }
        .insert(&**tx)
        .await?;
        return Ok(());
    };
    let left = row.poll.clone();
    let mut change = row.into_active_model();
    change.poll = Set(wanted.id);
    change.begun = Set(begun);
    change.update(&**tx).await?;
    poll_drop_unused(tx, &left).await
}

/// The question a flow leaves, if its position says something about the one it comes to.
async fn position(
    tx: &Tx,
    project: &ProjectId,
    left: &str,
    wanted: &Question,
) -> StoreResult<Option<poll::Model>> {
    let Some(row) = poll::Entity::find_by_id(left).one(&**tx).await? else {
        return Ok(None);
    };
    let same =
        row.app == wanted.app && row.trigger_key == wanted.trigger && row.input == wanted.input;
    if !same {
        return Ok(None);
    }
    let account = async |id: &ConnectionId| {
        let row = connection_get(&**tx, project, id).await?;
        StoreResult::Ok(row.and_then(|row| row.account.id))
    };
    let from = account(&super::parse(&row.connection)?).await?;
    let to = account(&wanted.connection).await?;
    Ok((from.is_some() && from == to).then_some(row))
}

async fn poll_ensure(
    tx: &Tx,
    project: &ProjectId,
    wanted: &Question,
    carried: Option<&poll::Model>,
    at: Timestamp,
) -> StoreResult<()> {
    let row = poll::ActiveModel {
        id: Set(wanted.id.clone()),
        project: Set(project.to_string()),
        connection: Set(wanted.connection.to_string()),
        app: Set(wanted.app.clone()),
        trigger_key: Set(wanted.trigger.clone()),
        input: Set(wanted.input.clone()),
        cursor: Set(carried.and_then(|row| row.cursor.clone())),
        seen: Set(carried.map_or_else(|| "[]".to_owned(), |row| row.seen.clone())),
        state: Set(PollState::Polling.as_str().to_owned()),
        failure: Set(None),
        failures: Set(0),
        since: Set(at.millis()),
        last_at: Set(carried.and_then(|row| row.last_at)),
        next_at: Set(Some(at.millis())),
        lease_owner: Set(None),
        lease_epoch: Set(0),
        lease_until: Set(None),
    };
    poll::Entity::insert(row)
        .on_conflict_do_nothing_on([poll::Column::Id])
        .exec_without_returning(&**tx)
        .await?;
    Ok(())
}

/// Lets a flow ask nothing any more.
pub(crate) async fn subscription_remove(
    tx: &Tx,
    project: &ProjectId,
    flow: &FlowId,
) -> StoreResult<()> {
    let Some(row) = poll_flow::Entity::find_by_id(flow.as_str())
        .filter(poll_flow::Column::Project.eq(project.as_str()))
        .one(&**tx)
        .await?
    else {
        return Ok(());
    };
    // Whoever joins it at this moment holds it or waits here.
    poll::Entity::find_by_id(row.poll.as_str())
        .lock_exclusive()
        .one(&**tx)
        .await?;
    poll_flow::Entity::delete_by_id(row.flow)
        .exec(&**tx)
        .await?;
    poll_drop_unused(tx, &row.poll).await
}

/// Forgets a question that nobody asks. Its row is locked.
async fn poll_drop_unused(tx: &Tx, id: &str) -> StoreResult<()> {
    let asking = poll_flow::Entity::find()
        .filter(poll_flow::Column::Poll.eq(id))
        .count(&**tx)
        .await?;
    if asking == 0 {
        poll::Entity::delete_by_id(id).exec(&**tx).await?;
    }
    Ok(())
}

/// Asks through a connection at once whatever is asked through it, so that a connection that has stopped to work is found
/// out about. Says how many questions.
pub async fn polls_hasten(
    tx: &Tx,
    project: &ProjectId,
    connection: &ConnectionId,
    at: Timestamp,
) -> StoreResult<u64> {
    let done = poll::Entity::update_many()
        .col_expr(poll::Column::NextAt, Expr::value(at.millis()))
        .filter(poll::Column::Project.eq(project.as_str()))
        .filter(poll::Column::Connection.eq(connection.as_str()))
        .filter(poll::Column::State.ne(PollState::Paused.as_str()))
        .exec(&**tx)
        .await?;
    Ok(done.rows_affected)
}

/// Goes on at once with what was asked through a connection and is paused, from where it was: what came meanwhile is news.
/// With `failing` also what fails by itself, since a new credential may mend that. Says how many questions.
pub async fn polls_resume(
    tx: &Tx,
    project: &ProjectId,
    connection: &ConnectionId,
    failing: bool,
    at: Timestamp,
) -> StoreResult<u64> {
    let mut states = vec![PollState::Paused.as_str()];
    states.extend(failing.then_some(PollState::Failing.as_str()));
    let done = poll::Entity::update_many()
        .col_expr(
            poll::Column::State,
            Expr::value(PollState::Polling.as_str()),
        )
        .col_expr(poll::Column::Failure, Expr::value(None::<String>))
        .col_expr(poll::Column::Failures, Expr::value(0))
        .col_expr(poll::Column::Since, Expr::value(at.millis()))
        .col_expr(poll::Column::NextAt, Expr::value(at.millis()))
        .filter(poll::Column::Project.eq(project.as_str()))
        .filter(poll::Column::Connection.eq(connection.as_str()))
        .filter(poll::Column::State.is_in(states))
        .exec(&**tx)
        .await?;
    Ok(done.rows_affected)
}

#[cfg(test)]
mod tests {
    use patchbay_model::flow::ConnectionRef;
    use serde_json::json;

    use super::*;

    #[test]
    fn inputs_that_ask_the_same_are_one_question() {
        let (project, connection) = (ProjectId::new(), ConnectionId::new());
        let id = |input: Value| {
            let trigger = Trigger::App {
                app: "gmail".to_owned(),
                trigger: "new_email".to_owned(),
                connection: Some(ConnectionRef {
                    connection: connection.clone(),
                }),
                input,
            };
            let question = Question::of(&project, &trigger).expect("readable");
            question.expect("a question").id
        };
        assert_eq!(id(json!(null)), id(json!({"filter": null})));
        assert_eq!(id(json!({"a": 1, "b": 2})), id(json!({"b": 2, "a": 1})));
        assert_ne!(id(json!({"a": 1})), id(json!({"a": 2})));
        assert_ne!(id(json!({"a": [null, 1]})), id(json!({"a": [1]})));
    }
}
