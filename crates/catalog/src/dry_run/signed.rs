//! What a method signs, before it is signed.

use serde_json::Value as Json;

use super::marker::shown;
use super::{DryCall, Rehearsal, borrowed};

impl Rehearsal<'_> {
    /// The header and the claims of the token, with the moments as they will be.
    pub(super) fn signed(&mut self) {
        let Some(jwt) = &self.method.jwt else {
            return;
        };
        let mut tried = self.credentials().into_iter().map(|credential| {
            let fields = borrowed(&credential);
            self.app.jwt(self.method, &self.settings, &fields, 0)
        });
        let first = tried.next().unwrap_or(Ok(None));
        let parts = match first {
            Ok(parts) => Ok(parts),
            Err(error) => tried.find_map(Result::ok).ok_or(error),
        };
        let call = match parts {
            Ok(None) => return,
            Ok(Some(mut parts)) => {
                let moments = [
                    ("iat", "‹now›".to_owned()),
                    ("exp", format!("‹now + {} s›", jwt.lifetime)),
                ];
                for (name, moment) in moments {
                    parts.claims.insert(name.to_owned(), Json::from(moment));
                }
                let (header, claims) = (Json::Object(parts.header), Json::Object(parts.claims));
                DryCall {
                    body: Some(format!(
                        "{}\n{}",
                        shown(&header.to_string()),
                        shown(&claims.to_string())
                    )),
                    ..DryCall::default()
                }
            }
            Err(error) => DryCall {
                error: Some(shown(&error.to_string())),
                ..DryCall::default()
            },
        };
        self.out.push(DryCall {
            name: "signed token".to_owned(),
            note: Some("its header and its claims".into()),
            ..call
        });
    }
}
