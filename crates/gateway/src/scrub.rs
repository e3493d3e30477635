//! Takes live secrets out of what an app answered (threat S-25): echo and debug endpoints give back what
//! they were sent, and that must not end up in a run's history.

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, MatchKind};
use data_encoding::{BASE64, BASE64URL, HEXLOWER, HEXUPPER};
use patchbay_vault::SecretMap;
use serde_json::Value;

/// What stands in the place of a secret.
pub const REDACTED: &str = "***REDACTED***";

/// Shorter values are not searched for: they would match by chance everywhere.
const SHORTEST: usize = 5;

/// Finds the secrets of one credential in every form in which an answer is likely to hold them: as they
/// are, in base64 and base64url at any alignment (a secret inside `user:password` included), in
/// hexadecimal, percent-encoded, and escaped for JSON.
pub struct Scrubber {
    finder: Option<AhoCorasick>,
}

impl Scrubber {
    /// For the secrets of a credential.
    pub fn new(secrets: &SecretMap) -> Self {
        Self::of(secrets.iter().map(|(_, secret)| secret.expose()))
    }

    /// For these texts.
    pub fn of<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut needles: Vec<Vec<u8>> = Vec::new();
        for secret in secrets {
            forms(secret, &mut needles);
        }
        // Names that hide are worth more than speed here: one needle inside another must not win.
        let finder = (!needles.is_empty())
            .then(|| {
                AhoCorasickBuilder::new()
                    // Answers are short; the faster automaton takes longer to build than it saves.
                    .kind(Some(AhoCorasickKind::ContiguousNFA))
                    .match_kind(MatchKind::LeftmostLongest)
                    .build(&needles)
                    .ok()
            })
            .flatten();
        Self { finder }
    }

    /// Whether any secret stands in the text.
    pub fn finds(&self, text: &str) -> bool {
        self.finder
            .as_ref()
            .is_some_and(|finder| finder.is_match(text))
    }

    /// The text without secrets.
    pub fn text(&self, text: String) -> String {
        match &self.finder {
            Some(finder) if finder.is_match(&text) => {
                let mut clean = String::with_capacity(text.len());
                finder.replace_all_with(&text, &mut clean, |_, _, out| {
                    out.push_str(REDACTED);
                    true
                });
                clean
            }
            _ => text,
        }
    }

    /// The value without secrets, in strings and in names of fields.
    pub fn value(&self, value: Value) -> Value {
        if self.finder.is_none() {
            return value;
        }
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => items.into_iter().map(|item| self.value(item)).collect(),
            Value::Object(fields) => fields
                .into_iter()
                .map(|(name, field)| (self.text(name), self.value(field)))
                .collect(),
            // A secret of digits alone may come back as a number.
            Value::Number(number) if self.finds(&number.to_string()) => {
                Value::String(REDACTED.to_owned())
            }
            other => other,
        }
    }
}

/// Adds a secret in all its forms.
fn forms(secret: &str, needles: &mut Vec<Vec<u8>>) {
    let trimmed = secret.trim();
    if trimmed.len() < SHORTEST {
        return;
    }
    let bytes = trimmed.as_bytes();
    let mut add = |form: Vec<u8>| {
        if form.len() >= SHORTEST && !needles.contains(&form) {
            needles.push(form);
        }
    };
    add(bytes.to_vec());
    add(HEXLOWER.encode(bytes).into_bytes());
    add(HEXUPPER.encode(bytes).into_bytes());
    for alphabet in [BASE64, BASE64URL] {
        for offset in 0..3 {
            add(base64_inside(&alphabet, bytes, offset));
        }
    }
    for keep in ["-_.~", "-_.!~*'()", "-_.*", ""] {
        for upper in [true, false] {
            let escaped = percent(bytes, keep, upper);
            add(escaped.replace("%20", "+").into_bytes());
            add(escaped.into_bytes());
        }
    }
    if let Ok(quoted) = serde_json::to_string(trimmed) {
        let escaped = &quoted[1..quoted.len() - 1];
        add(escaped.as_bytes().to_vec());
        // Some writers escape the solidus, and a JSON text inside a JSON text is escaped twice.
        add(escaped.replace('/', "\\/").into_bytes());
        add(escaped
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .into_bytes());
    }
    // PEM keys are also met with their line breaks in another form.
    if trimmed.contains('\n') {
        add(trimmed
            .replace("\r\n", "\n")
            .replace('\n', "\r\n")
            .into_bytes());
        add(trimmed.replace("\r\n", "\n").replace('\n', "").into_bytes());
    }
}

/// The characters of a base64 text that depend on `bytes` alone when they start at this offset, modulo
/// three, of what was encoded.
fn base64_inside(alphabet: &data_encoding::Encoding, bytes: &[u8], offset: usize) -> Vec<u8> {
    let mut padded = vec![0; offset];
    padded.extend_from_slice(bytes);
    let text = alphabet.encode(&padded).into_bytes();
    let first = (offset * 8).div_ceil(6);
    let last = padded.len() * 8 / 6;
    text.get(first..last).unwrap_or_default().to_vec()
}

fn percent(bytes: &[u8], keep: &str, upper: bool) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(bytes.len() * 3);
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || keep.as_bytes().contains(byte) {
            out.push(char::from(*byte));
        } else if upper {
            let _ = write!(out, "%{byte:02X}");
        } else {
            let _ = write!(out, "%{byte:02x}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const CANARY: &str = "sk_live/4+x==\"q\\z é:Canary";

    fn scrub(value: Value) -> String {
        Scrubber::of([CANARY]).value(value).to_string()
    }

    #[test]
    fn s25_secrets_are_found_in_every_form() {
        let bytes = CANARY.as_bytes();
        let wrapped = [
            format!("user:{CANARY}"),
            format!("a:{CANARY}"),
            format!("ab:{CANARY}"),
            format!("{CANARY}:"),
            format!("{CANARY}:x"),
        ];
        let mut forms: Vec<String> = vec![
            CANARY.to_owned(),
            format!("Bearer {CANARY}"),
            HEXLOWER.encode(bytes),
            HEXUPPER.encode(bytes),
            BASE64.encode(bytes),
            BASE64URL.encode(bytes),
            data_encoding::BASE64_NOPAD.encode(bytes),
            percent(bytes, "-_.~", true),
            percent(bytes, "-_.~", false),
            percent(bytes, "-_.*", true).replace("%20", "+"),
            format!(
                "https://api.example/x?key={}&y=1",
                percent(bytes, "-_.~", true)
            ),
            serde_json::to_string(CANARY).expect("a text"),
            serde_json::to_string(&serde_json::to_string(CANARY).expect("a text")).expect("a text"),
        ];
        for text in &wrapped {
            forms.push(BASE64.encode(text.as_bytes()));
            forms.push(BASE64URL.encode(text.as_bytes()));
        }
        for form in forms {
            for value in [
                json!(form),
                json!({"a": [{"b": form}]}),
                json!({form.clone(): 1}),
            ] {
                assert!(scrub(value.clone()).contains(REDACTED), "{form}");
            }
        }
    }

    #[test]
    fn s25_the_rest_of_the_answer_stays() {
        let value = json!({"name": "Ana", "n": 7, "list": [true, null, 1.5], "text": "sk_live is a prefix"});
        assert_eq!(
            Scrubber::of([CANARY, "", "abc"]).value(value.clone()),
            value
        );
        assert_eq!(
            Scrubber::of(["12345678"]).value(json!({"id": 12_345_678})),
            json!({"id": REDACTED})
        );
        let scrubber = Scrubber::of(["secret-one", "secret-one-and-more"]);
        assert_eq!(
            scrubber.text("x secret-one-and-more y".to_owned()),
            format!("x {REDACTED} y")
        );
    }
}
