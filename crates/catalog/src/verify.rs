//! Whether a credential works, whose it is, and whether a call failed.

use patchbay_model::AccountIdentity;
use serde_json::Value as Json;

use crate::answer::Answer;
use crate::app::App;
use crate::context::{CallContext, Settings};
use crate::error::RenderError;
use crate::host::HostPort;
use crate::manifest::Probe;
use crate::request::RequestParts;

/// What the verify call said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Whether the credential works.
    pub ok: bool,
    /// Whose it is, as far as the answer says.
    pub account: AccountIdentity,
    /// The app's own words when it does not work, shortened.
    pub message: Option<String>,
}

/// A call that failed although it was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallFailure {
    /// Whether the credential was refused, as a 401 says.
    pub unauthorized: bool,
    /// The app's own words, shortened.
    pub message: Option<String>,
}

/// Longest text taken over from an app, in characters.
const SHOWN: usize = 300;

impl App {
    /// The call that checks a credential; `None` where the app has none.
    pub fn verify_request(
        &self,
        context: &CallContext<'_>,
        hosts: &[HostPort],
    ) -> Result<Option<RequestParts>, RenderError> {
        self.verify
            .as_ref()
            .map(|verify| self.request(&verify.request, context, hosts))
            .transpose()
    }

    /// Reads the answer to the verify call of a connection with these settings.
    pub fn verification(&self, answer: &Answer, settings: &Settings) -> Verification {
        let scope = answer
            .scope()
            .with("settings", &Json::Object(settings.clone()));
        let verify = self.verify.as_ref();
        let ok = match verify.and_then(|v| v.ok.as_ref()) {
            Some(probe) => probe.holds(&scope),
            None => answer.is_success() && self.call_failure(answer).is_none(),
        };
        let account = verify.and_then(|v| v.account.as_ref());
        let read = |probe: Option<&Probe>| {
            probe
                .filter(|_| ok)
                .and_then(|p| p.text(&scope))
                .map(|t| shortened(&t))
        };
        let message = if ok {
            None
        } else {
            verify
                .and_then(|v| v.error.as_ref())
                .and_then(|p| p.text(&scope))
                .or_else(|| self.call_failure(answer).and_then(|f| f.message))
                .map(|t| shortened(&t))
        };
        Verification {
            ok,
            account: AccountIdentity {
                id: read(account.and_then(|a| a.id.as_ref())),
                label: read(account.and_then(|a| a.label.as_ref())),
            },
            message,
        }
    }

    /// Whether an answer to any call is a failure: by its status, or by the
    /// app's own sign at a success status.
    pub fn call_failure(&self, answer: &Answer) -> Option<CallFailure> {
        let scope = answer.scope();
        let rules = self.failure.as_ref();
        let by_rule = rules.is_some_and(|f| f.when.holds(&scope));
        let by_status = answer.status() >= 400;
        if !by_rule && !by_status {
            return None;
        }
        let unauthorized = answer.status() == 401
            || (by_rule
                && rules
                    .and_then(|f| f.unauthorized.as_ref())
                    .is_some_and(|p| p.holds(&scope)));
        let message = rules
            .and_then(|f| f.message.as_ref())
            .and_then(|p| p.text(&scope))
            .map(|t| shortened(&t));
        Some(CallFailure {
            unauthorized,
            message,
        })
    }
}

fn shortened(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(SHOWN)
        .collect()
}
