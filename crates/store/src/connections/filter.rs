//! Which of a project's connections, in which order.

use patchbay_model::{ConnectionStatus, ProjectId, Timestamp, UserId, Visibility};
use sea_orm::{
    ColumnTrait, Condition,
    sea_query::{Expr, ExprTrait, LikeExpr},
};

use super::{
    entity::connection::{Column, Entity},
    row::{ConnectionRow, name_key},
};
use crate::{StoreError, StoreResult};

/// Which of a project's connections. An empty filter is all that are not in the trash.
#[derive(Debug, Clone, Default)]
pub struct ConnectionFilter {
    /// Only what this person may see: the project's, and their own private ones. `None` sees all.
    pub visible_to: Option<UserId>,
    /// Only this person's, whatever else is asked for.
    pub only_of: Option<UserId>,
    /// Only this text in name, account or app.
    pub q: Option<String>,
    /// Only these apps.
    pub apps: Vec<String>,
    /// Only this owner's.
    pub owner: Option<UserId>,
    /// Only in one of these states.
    pub statuses: Vec<ConnectionStatus>,
    /// Only what is not active.
    pub attention: bool,
    /// Only what no flow names and nobody has used since this moment.
    pub unused_since: Option<Timestamp>,
    /// Only what is active, is not renewed by itself and runs out before this moment.
    pub expiring_before: Option<Timestamp>,
    /// What is in the trash instead of what is not.
    pub deleted: bool,
}

/// What a list goes by; ties go by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionOrder {
    /// Name, whatever the case.
    Name,
    /// The word of the status.
    Status,
    /// When it was used last; never is the oldest.
    LastUsed,
    /// When it was made.
    Created,
    /// Slug of the app.
    App,
    /// Number of flows.
    Flows,
}

impl ConnectionOrder {
    pub(super) const fn column(self) -> Column {
        match self {
            Self::Name => Column::NameKey,
            Self::Status => Column::Status,
            Self::LastUsed => Column::LastUsedAt,
            Self::Created => Column::CreatedAt,
            Self::App => Column::App,
            Self::Flows => Column::FlowCount,
        }
    }

    pub(super) fn key(self, row: &ConnectionRow) -> serde_json::Value {
        match self {
            Self::Name => name_key(&row.name).into(),
            Self::Status => row.status.as_str().into(),
            Self::LastUsed => row.last_used_at.map_or(0, Timestamp::millis).into(),
            Self::Created => row.created_at.millis().into(),
            Self::App => row.app.clone().into(),
            Self::Flows => row.flow_count.into(),
        }
    }

    pub(super) fn value(self, key: &serde_json::Value) -> StoreResult<Expr> {
        let number = || key.as_i64().map(Expr::value);
        let text = || key.as_str().map(|text| Expr::value(text.to_owned()));
        match self {
            Self::Name | Self::Status | Self::App => text(),
            Self::LastUsed | Self::Created | Self::Flows => number(),
        }
        .ok_or(StoreError::Cursor)
    }
}

/// An order and its direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionSort {
    /// What it goes by.
    pub by: ConnectionOrder,
    /// Largest first.
    pub descending: bool,
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_")
}

pub(super) fn like_prefix(text: &str) -> LikeExpr {
    LikeExpr::new(format!("{}%", escaped(text))).escape('\\')
}

pub(super) fn like_anywhere(text: &str) -> LikeExpr {
    LikeExpr::new(format!("%{}%", escaped(text))).escape('\\')
}

/// Not active. The other words are named, because an index leads to what a column is, not to what it is not.
pub(super) fn attention() -> Condition {
    let others: Vec<_> = ConnectionStatus::ALL
        .iter()
        .copied()
        .filter(|status| *status != ConnectionStatus::Active)
        .collect();
    in_status(&others)
}

/// The words are written out rather than bound, so that the index over what is not active is seen to hold them, and
/// PostgreSQL knows how rare each of them is.
pub(super) fn in_status(statuses: &[ConnectionStatus]) -> Condition {
    let words = statuses
        .iter()
        .map(|status| Expr::cust(format!("'{}'", status.as_str())));
    let named = Condition::all().add(Expr::col((Entity, Column::Status)).is_in(words));
    if statuses.contains(&ConnectionStatus::Active) {
        return named;
    }
    named.add(Expr::col((Entity, Column::Status)).ne(Expr::cust("'ACTIVE'")))
}

pub(super) fn of_apps(apps: &[String]) -> Condition {
    Condition::all().add(Column::App.is_in(apps.iter().map(String::as_str)))
}

/// Named by no flow.
pub(super) fn unnamed() -> Condition {
    // Written out rather than bound, so that the index over just these is seen to hold all that is asked for.
    Condition::all().add(Expr::col((Entity, Column::FlowCount)).eq(Expr::cust("0")))
}

pub(super) fn unused(since: Timestamp) -> Condition {
    unnamed().add(Column::LastUsedAt.lt(since.millis()))
}

/// Named by no flow, but used since then.
pub(super) fn used_since(since: Timestamp) -> Condition {
    unnamed().add(Column::LastUsedAt.gte(since.millis()))
}

pub(super) fn expiring(before: Timestamp) -> Condition {
    Condition::all()
        .add(Column::Status.eq(ConnectionStatus::Active.as_str()))
        .add(Column::Refreshable.eq(false))
        .add(Column::ExpiresAt.lt(before.millis()))
}

/// The project's connections that live, or those in its trash.
pub(super) fn of_project(project: &ProjectId, deleted: bool) -> Condition {
    Condition::all()
        .add(Column::Project.eq(project.as_str()))
        .add(if deleted {
            // Greater rather than other: a range an index can lead to.
            Column::Trashed.gt("")
        } else {
            Column::Trashed.eq("")
        })
}

impl ConnectionFilter {
    /// Whose connections may be seen; `None` where all may be.
    pub(super) fn sight(&self) -> Option<Condition> {
        let visible = self.visible_to.as_ref().map(|user| {
            Condition::any()
                .add(Column::Visibility.eq(Visibility::Project.as_str()))
                .add(Column::Owner.eq(user.as_str()))
        });
        let only = self
            .only_of
            .as_ref()
            .map(|user| Condition::all().add(Column::Owner.eq(user.as_str())));
        match (visible, only) {
            (None, None) => None,
            (visible, only) => Some(Condition::all().add_option(visible).add_option(only)),
        }
    }

    /// The text that was typed, as texts are compared; `None` where it is empty.
    pub(super) fn text(&self) -> Option<String> {
        self.q.as_deref().map(name_key).filter(|q| !q.is_empty())
    }

    /// What the person typed and chose besides the tabs; `None` where it is nothing.
    pub(super) fn search(&self) -> Option<Condition> {
        let all = Condition::all()
            .add_option(
                self.text()
                    .map(|text| Expr::col(Column::Search).like(like_anywhere(&text))),
            )
            .add_option(self.chosen());
        (!all.is_empty()).then_some(all)
    }

    /// The apps and the owner that the person chose; `None` where it is neither.
    pub(super) fn chosen(&self) -> Option<Condition> {
        let mut all = Condition::all();
        if !self.apps.is_empty() {
            all = all.add(of_apps(&self.apps));
        }
        if let Some(owner) = &self.owner {
            all = all.add(Column::Owner.eq(owner.as_str()));
        }
        (!all.is_empty()).then_some(all)
    }

    /// The tabs but the trash, and the states; `None` where it is nothing.
    pub(super) fn tabs(&self) -> Option<Condition> {
        let mut all = Condition::all()
            .add_option(self.attention.then(attention))
            .add_option(self.unused_since.map(unused))
            .add_option(self.expiring_before.map(expiring));
        if !self.statuses.is_empty() {
            all = all.add(in_status(&self.statuses));
        }
        (!all.is_empty()).then_some(all)
    }

    /// All of it but project and trash; `None` where every connection passes.
    pub(super) fn narrowing(&self) -> Option<Condition> {
        let parts = [self.sight(), self.search(), self.tabs()];
        if parts.iter().all(Option::is_none) {
            return None;
        }
        Some(
            parts
                .into_iter()
                .fold(Condition::all(), Condition::add_option),
        )
    }
}
