//! Second calls: what a connection needs to know and the token answer does not say, such as a site or an API host.

use patchbay_catalog::{
    Answer, App, AuthMethod, ConnectionFacts, Discover, DiscoverError, Settings,
};
use patchbay_egress::EgressRequest;
use patchbay_vault::SecretMap;

use crate::{
    Attached, Connector,
    attach::exposed,
    verify::{Rejection, RejectionReason, outgoing, scrubbed, unanswered, unusable},
};

impl Connector {
    /// Makes the second calls of a method, in order, and adds what they answer to `settings`.
    pub(crate) async fn discover(
        &self,
        app: &App,
        method: &AuthMethod,
        settings: &mut Settings,
        secrets: &SecretMap,
        tls12: bool,
    ) -> Result<(), Rejection> {
        for step in &method.discover {
            let request = discover_request(app, method, step, settings, secrets, tls12)?;
            let answer = self
                .inner
                .egress
                .send_bytes(request)
                .await
                .map_err(|error| unanswered(app, &error))?;
            let headers = answer
                .headers
                .iter()
                .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
            let answer = Answer::new(answer.status.as_u16(), headers, &answer.body);
            let found = app
                .discovered(step, settings, &answer)
                .map_err(|error| rejected(app, answer.status(), &error, secrets))?;
            settings.extend(found);
        }
        Ok(())
    }
}

fn discover_request(
    app: &App,
    method: &AuthMethod,
    step: &Discover,
    settings: &Settings,
    secrets: &SecretMap,
    tls12: bool,
) -> Result<EgressRequest, Rejection> {
    let refuse = |error: patchbay_catalog::RenderError| unusable(&error.to_string());
    let request = app
        .discover_request(step, method, settings)
        .map_err(refuse)?;
    let attached = if step.has_attach() {
        let parts = app.discover_attach(step, method, settings, &exposed(secrets));
        Attached::of_parts(parts.map_err(refuse)?)
    } else {
        Attached::new(app, method, settings, &ConnectionFacts::default(), secrets)
    };
    outgoing(request, &attached.map_err(refuse)?, tls12)
}

fn rejected(app: &App, status: u16, error: &DiscoverError, secrets: &SecretMap) -> Rejection {
    let name = &app.name;
    let (reason, message, provider) = match error {
        DiscoverError::Failed {
            unauthorized,
            message,
        } => {
            let reason = match status {
                _ if *unauthorized => RejectionReason::WrongKey,
                403 => RejectionReason::NoPermission,
                429 | 500.. => RejectionReason::ProviderDown,
                _ => RejectionReason::UnexpectedAnswer,
            };
            let said = format!(
                "{name} did not say what this connection needs to know (status {status}); try again, and check what the account may do."
            );
            (reason, said, message.clone())
        }
        DiscoverError::Nothing(sentence) => (RejectionReason::NoPermission, sentence.clone(), None),
        DiscoverError::Keep(error) => (
            RejectionReason::UnexpectedAnswer,
            error.sentence(name, "when it was asked about the account"),
            None,
        ),
    };
    Rejection {
        reason,
        provider: provider.map(|text| scrubbed(&text, secrets)),
        message: crate::error::sentence(&message),
    }
}
