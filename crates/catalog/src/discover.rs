//! What is learnt while connecting, besides the token: from the redirect's query, and from second calls.

use patchbay_expr::Scope;
use serde_json::Value as Json;

use crate::answer::Answer;
use crate::app::App;
use crate::attach::{self, AttachParts};
use crate::auth::{Attach, AuthMethod};
use crate::context::{CallContext, ConnectionFacts, Settings, settings_scope};
use crate::error::RenderError;
use crate::keep::{self, KeepError};
use crate::manifest::{Keep, Probe, RequestTemplate};
use crate::request::RequestParts;

/// A call made once the credential is there, whose answer becomes settings.
#[derive(Debug, Clone)]
pub struct Discover {
    pub(crate) request: RequestTemplate,
    pub(crate) attach: Option<Attach>,
    pub(crate) items: Option<Probe>,
    pub(crate) chosen: Option<Probe>,
    pub(crate) missing: Option<String>,
    pub(crate) keep: indexmap::IndexMap<String, Keep>,
}

/// Why a second call gave nothing to go on with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiscoverError {
    /// The app answered that it failed; its own words.
    Failed {
        /// Whether the credential was refused.
        unauthorized: bool,
        /// Shortened.
        message: Option<String>,
    },
    /// There is nothing to choose, such as a site. One sentence.
    Nothing(String),
    /// What there is cannot be kept.
    Keep(KeepError),
}

impl App {
    /// The settings that the parameters of a redirect become.
    ///
    /// # Errors
    /// When one that is needed is missing or leads where it must not.
    pub fn callback_settings(
        &self,
        method: &AuthMethod,
        query: &[(String, String)],
    ) -> Result<Settings, KeepError> {
        match method.oauth.as_ref() {
            Some(oauth) => keep::of_query(&oauth.callback.keep, query),
            None => Ok(Settings::new()),
        }
    }

    /// Whether a redirect says what its `check` asks; true where the manifest asks nothing.
    pub fn callback_holds(
        &self,
        method: &AuthMethod,
        settings: &Settings,
        query: &[(String, String)],
    ) -> bool {
        let oauth = method.oauth.as_ref();
        let Some(check) = oauth.and_then(|oauth| oauth.callback.check.as_ref()) else {
            return true;
        };
        let query: Json = query
            .iter()
            .map(|(name, value)| (name.clone(), Json::from(value.clone())))
            .collect::<serde_json::Map<_, _>>()
            .into();
        check.holds(&settings_scope(settings).with("query", &query))
    }

    /// A second call, without the credential.
    pub fn discover_request(
        &self,
        step: &Discover,
        method: &AuthMethod,
        settings: &Settings,
    ) -> Result<RequestParts, RenderError> {
        let context = CallContext::new(settings).with_method(method);
        self.endpoint_request(&step.request, &context, &context.scope())
    }

    /// What the credential adds to a second call.
    pub fn discover_attach(
        &self,
        step: &Discover,
        method: &AuthMethod,
        settings: &Settings,
        credential: &[(&str, &str)],
    ) -> Result<AttachParts, RenderError> {
        let how = step.attach.as_ref().unwrap_or(&method.attach);
        attach::render_for(self, how, settings, &ConnectionFacts::default(), credential)
    }

    /// Reads the answer to a second call. `settings` are those known so far.
    ///
    /// # Errors
    /// [`DiscoverError`], in words for the person who connects.
    pub fn discovered(
        &self,
        step: &Discover,
        settings: &Settings,
        answer: &Answer,
    ) -> Result<Settings, DiscoverError> {
        if let Some(failure) = self.call_failure(answer) {
            return Err(DiscoverError::Failed {
                unauthorized: failure.unauthorized,
                message: failure.message,
            });
        }
        let scope = settings_scope(settings).with("response", answer.value());
        let source = match &step.items {
            None => answer.body().clone(),
            Some(items) => step
                .choose(&scope, items.value(&scope))
                .ok_or_else(|| DiscoverError::Nothing(self.nothing(step)))?,
        };
        keep::of_body(&step.keep, &source).map_err(DiscoverError::Keep)
    }

    fn nothing(&self, step: &Discover) -> String {
        step.missing.clone().unwrap_or_else(|| {
            format!(
                "{} answered that this account has nothing to connect to.",
                self.name
            )
        })
    }
}

impl Discover {
    /// Whether the credential is put on this call in a way of its own, so that it is not signed.
    pub fn has_attach(&self) -> bool {
        self.attach.is_some()
    }

    fn choose(&self, scope: &Scope, items: Json) -> Option<Json> {
        let Json::Array(items) = items else {
            return None;
        };
        items.into_iter().find(|item| match &self.chosen {
            None => true,
            Some(chosen) => chosen.holds(&scope.clone().with("item", item)),
        })
    }
}
