//! Checks what a user fills in, on the server.

use regex_lite::Regex;
use serde_json::{Map, Value as Json};

use crate::app::App;
use crate::auth::AuthMethod;
use crate::context::Settings;
use crate::manifest::Setting;

/// Longest setting, in bytes.
const SETTING_BYTES: usize = 2048;
/// Longest credential field, in bytes; room for a key file.
const FIELD_BYTES: usize = 16 * 1024;

/// What is wrong with one field of a form. Never quotes the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldProblem {
    /// The field's name.
    pub field: String,
    /// One sentence.
    pub message: String,
}

impl FieldProblem {
    fn new(field: &str, message: impl Into<String>) -> Self {
        Self {
            field: field.to_owned(),
            message: message.into(),
        }
    }
}

impl App {
    /// The settings that `method` needs, in order.
    pub fn settings_of(&self, method: &AuthMethod) -> impl Iterator<Item = &Setting> {
        let names = method.settings.clone();
        self.settings
            .iter()
            .filter(move |s| names.as_ref().is_none_or(|n| n.contains(&s.name)))
    }

    /// Checks the settings given for `method` and fills in defaults.
    pub fn settings_check(
        &self,
        method: &AuthMethod,
        given: &Map<String, Json>,
    ) -> Result<Settings, Vec<FieldProblem>> {
        let mut out = Settings::new();
        let mut problems = Vec::new();
        for name in given.keys() {
            if !self.settings_of(method).any(|s| s.name == *name) {
                problems.push(FieldProblem::new(
                    name,
                    format!("{} has no setting of this name.", self.name),
                ));
            }
        }
        for setting in self.settings_of(method) {
            let rules = Rules {
                name: &setting.name,
                title: &setting.title,
                pattern: setting.pattern.as_deref(),
                example: setting.example.as_deref(),
                required: setting.required && setting.default.is_none(),
                longest: SETTING_BYTES,
                trim: true,
            };
            match rules.check(given.get(&setting.name)) {
                Ok(Some(value)) => {
                    out.insert(setting.name.clone(), Json::from(value));
                }
                Ok(None) => {
                    if let Some(default) = &setting.default {
                        out.insert(setting.name.clone(), Json::from(default.clone()));
                    }
                }
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() {
            Ok(out)
        } else {
            Err(problems)
        }
    }
}

impl AuthMethod {
    /// Checks the credential fields given and returns them by name; fields
    /// left empty are left out.
    pub fn fields_check(
        &self,
        given: &Map<String, Json>,
    ) -> Result<Vec<(String, String)>, Vec<FieldProblem>> {
        let mut out = Vec::new();
        let mut problems = Vec::new();
        for name in given.keys() {
            if self.fields.iter().all(|f| f.name != *name) {
                problems.push(FieldProblem::new(name, "There is no field of this name."));
            }
        }
        for field in &self.fields {
            let rules = Rules {
                name: &field.name,
                title: &field.title,
                pattern: field.pattern.as_deref(),
                example: field.placeholder.as_deref(),
                required: field.required,
                longest: FIELD_BYTES,
                // Space around a pasted key is never part of it; in a password it may be.
                trim: field.name != "password",
            };
            match rules.check(given.get(&field.name)) {
                Ok(Some(value)) => out.push((field.name.clone(), value)),
                Ok(None) => {}
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() {
            Ok(out)
        } else {
            Err(problems)
        }
    }
}

struct Rules<'a> {
    name: &'a str,
    title: &'a str,
    pattern: Option<&'a str>,
    example: Option<&'a str>,
    required: bool,
    longest: usize,
    trim: bool,
}

impl Rules<'_> {
    fn check(&self, given: Option<&Json>) -> Result<Option<String>, FieldProblem> {
        let text = match given {
            None | Some(Json::Null) => "",
            Some(Json::String(text)) => text,
            Some(_) => return Err(self.problem("must be text.")),
        };
        let text = if self.trim { text.trim() } else { text };
        if text.is_empty() {
            return if self.required {
                Err(self.problem("is needed."))
            } else {
                Ok(None)
            };
        }
        if text.len() > self.longest {
            return Err(self.problem(&format!("is longer than {} bytes.", self.longest)));
        }
        if text.contains('\0') {
            return Err(self.problem("holds a character that cannot be sent."));
        }
        if let Some(pattern) = self.pattern
            && !matches(pattern, text)
        {
            return Err(match self.example {
                Some(example) => self.problem(&format!(
                    "does not look right; it should look like {example}"
                )),
                None => {
                    self.problem("does not look right; copy it again, without anything around it.")
                }
            });
        }
        Ok(Some(text.to_owned()))
    }

    fn problem(&self, rest: &str) -> FieldProblem {
        FieldProblem::new(self.name, format!("{} {rest}", self.title))
    }
}

/// Compiles a manifest's pattern so that it must match the whole value, as the
/// `pattern` attribute of HTML forms does.
pub(crate) fn whole(pattern: &str) -> Result<Regex, regex_lite::Error> {
    // By itself first: `a)|(b` would close the group and escape the anchors.
    Regex::new(pattern)?;
    Regex::new(&format!("^(?:{pattern})$"))
}

/// Whether a pattern is a choice among fixed words, so that whoever fills it in cannot put anything else.
pub(crate) fn is_closed(pattern: &str) -> bool {
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        let literal = match c {
            '\\' => rest.next().is_some_and(|c| c.is_ascii_punctuation()),
            '(' | ')' | '|' | '^' | '$' | '?' | ':' | '-' | '_' | '/' => true,
            c => c.is_ascii_alphanumeric(),
        };
        if !literal {
            return false;
        }
    }
    true
}

/// Whether the whole `text` matches. A pattern that is no expression matches
/// nothing.
fn matches(pattern: &str, text: &str) -> bool {
    whole(pattern).is_ok_and(|r| r.is_match(text))
}
