//! Asking apps for news.

use std::collections::HashSet;
use std::sync::Arc;

use patchbay_catalog::{App, CallContext, ItemOrder, PollItem, Trigger, TriggerKind};
use patchbay_connect::Purpose;
use patchbay_model::{Actor, ConnectionId};
use serde_json::Value;

use crate::GatewayError;
use crate::action::{input_problems, unknown};
use crate::gateway::Gateway;

/// Most items that are read of one answer, over all its pages.
const ITEMS: usize = 10_000;

/// A question for news.
#[derive(Clone, Copy)]
pub struct PollRequest<'a> {
    /// Slug of the app.
    pub app: &'a str,
    /// Key of the trigger.
    pub trigger: &'a str,
    /// Its input, checked here against the trigger's schema.
    pub input: &'a Value,
    /// What the last answer said to remember.
    pub cursor: Option<&'a Value>,
    /// Epoch seconds that templates see as now: without a cursor many apps are asked for what came since then.
    pub now: i64,
    /// Most pages to read.
    pub pages: usize,
    /// Whether an item was there before: pages of known items are where reading newest first ends.
    pub known: &'a (dyn Fn(&PollItem) -> bool + Sync),
}

/// What an app has, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub struct PollAnswer {
    /// Known and new items, each id once.
    pub items: Vec<PollItem>,
    /// What to remember until next time; `None` = what was remembered before.
    pub cursor: Option<Value>,
    /// Whether there was more than could be read.
    pub more: bool,
    /// Whether what was not read is older than what was: then asking again from the cursor does not bring it.
    pub skipped: bool,
}

impl Gateway {
    /// Asks an app for news, page by page.
    pub async fn trigger_poll(
        &self,
        actor: &Actor,
        connection: &ConnectionId,
        request: PollRequest<'_>,
    ) -> Result<PollAnswer, GatewayError> {
        let (app, key) = self.app_with_trigger(request.app, request.trigger)?;
        let trigger = &app.triggers[key];
        trigger.input.check(request.input).map_err(input_problems)?;
        let input = trigger.input.fitted(request.input);
        let request = PollRequest {
            input: &input,
            ..request
        };
        let mut opened = self
            .open_for(actor, connection, Purpose::Trigger, request.app)
            .await?;
        let mut items: Vec<PollItem> = Vec::new();
        let mut ids = HashSet::new();
        let mut page = None;
        let mut read = 0;
        let (last, more) = loop {
            let answer = self
                .called(actor, &mut opened, |opened| {
                    let context = context(opened.context(), &request, page.as_ref());
                    app.trigger_request(trigger, &context, &opened.hosts)
                })
                .await?;
            let context = context(opened.context(), &request, page.as_ref());
            let found = trigger.page(&answer.answer, &context, items.len());
            read += 1;
            let newest_first = trigger.order == ItemOrder::NewestFirst;
            let reached = newest_first && found.items.iter().all(|item| (request.known)(item));
            // A page that says nothing new would be asked for again and again.
            let stuck = found.next == page;
            for item in found.items {
                if ids.insert(item.id.clone()) {
                    items.push(item);
                }
            }
            let Some(next) = found.next.filter(|_| !reached && !stuck) else {
                break (answer.answer, false);
            };
            if read >= request.pages || items.len() >= ITEMS {
                break (answer.answer, true);
            }
            page = Some(next);
        };
        let context = context(opened.context(), &request, page.as_ref());
        let cursor = trigger.cursor(&last, &items, &context);
        let skipped = more && trigger.order == ItemOrder::NewestFirst;
        if trigger.order == ItemOrder::NewestFirst {
            items.reverse();
        }
        Ok(PollAnswer {
            items,
            cursor,
            more,
            skipped,
        })
    }

    /// Fetches the rest of an item where the app's list only hints at it; the item as it is where there is no more.
    /// `None` when the app does not have it any more.
    pub async fn trigger_detail(
        &self,
        actor: &Actor,
        connection: &ConnectionId,
        request: &PollRequest<'_>,
        item: &Value,
    ) -> Result<Option<Value>, GatewayError> {
        let (app, key) = self.app_with_trigger(request.app, request.trigger)?;
        let trigger = &app.triggers[key];
        if !trigger.has_detail() {
            return Ok(Some(item.clone()));
        }
        let input = trigger.input.fitted(request.input);
        let request = &PollRequest {
            input: &input,
            ..*request
        };
        let mut opened = self
            .open_for(actor, connection, Purpose::Trigger, request.app)
            .await?;
        let answer = self
            .called(actor, &mut opened, |opened| {
                let context = CallContext {
                    item: Some(item),
                    ..context(opened.context(), request, None)
                };
                app.trigger_detail_request(trigger, &context, &opened.hosts)
            })
            .await;
        match answer {
            Ok(answer) => {
                let context = context(opened.context(), request, None);
                Ok(Some(trigger.detailed(item, &answer.answer, &context)))
            }
            Err(GatewayError::Failed {
                status: 404 | 410, ..
            }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn app_with_trigger<'a>(
        &self,
        slug: &str,
        key: &'a str,
    ) -> Result<(Arc<App>, &'a str), GatewayError> {
        let app = self
            .inner
            .catalog
            .get(slug)
            .ok_or_else(|| GatewayError::AppMissing(slug.to_owned()))?;
        let polls = |trigger: &Trigger| trigger.kind == TriggerKind::Poll;
        if !app.triggers.get(key).is_some_and(polls) {
            return Err(unknown(&app, "trigger", key));
        }
        Ok((app, key))
    }
}

fn context<'a>(
    context: CallContext<'a>,
    request: &PollRequest<'a>,
    page: Option<&'a Value>,
) -> CallContext<'a> {
    CallContext {
        input: Some(request.input),
        cursor: request.cursor,
        page,
        now: Some(request.now),
        ..context
    }
}
