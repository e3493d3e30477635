use std::borrow::Cow;
use std::collections::BTreeSet;

use minijinja::value::{Value, ValueKind};
use minijinja::{ErrorKind, Expression};
use serde_json::Value as Json;

use crate::convert::{self, Budget, Missing};
use crate::engine::Engine;
use crate::error::{ExprError, ExprErrorKind};
use crate::limits;
use crate::scan::{self, Part};
use crate::scope::{BUILT_IN, Scope};

/// A compiled template. Immutable; share it between threads.
pub struct Template {
    pieces: Vec<Piece>,
    missing: Missing,
}

enum Piece {
    Text(String),
    Expression(Box<Compiled>),
}

struct Compiled {
    expression: Expression<'static, 'static>,
    source: String,
    references: Vec<String>,
    line: usize,
    column: usize,
}

/// One value that [`Template::render_mapped`] is about to insert.
pub struct Inserted<'a> {
    /// The value as text.
    pub text: &'a str,
    /// Names the expression uses, as [`Template::references`].
    pub references: &'a [String],
    /// True when a filter such as `urlencode` or `path` made it fit for a URL.
    pub url_safe: bool,
}

impl Template {
    pub(crate) fn compile(engine: Engine, source: &str) -> Result<Self, ExprError> {
        let mut pieces = Vec::new();
        for part in scan::parts(source)? {
            pieces.push(match part {
                Part::Text(text) => Piece::Text(text.to_owned()),
                Part::Expression {
                    source: inner,
                    offset,
                } => Piece::Expression(Box::new(Compiled::new(engine, source, inner, offset)?)),
            });
        }
        Ok(Self {
            pieces,
            missing: engine.missing(),
        })
    }

    /// The template's value: what the expression yields when the template is
    /// exactly one expression, else text.
    pub fn render(&self, scope: &Scope) -> Result<Json, ExprError> {
        self.render_budgeted(scope, &mut Budget::new())
    }

    /// The template's value as text: null is empty, lists and maps are JSON.
    pub fn render_str(&self, scope: &Scope) -> Result<String, ExprError> {
        self.text(scope, &mut Budget::new(), &|v| Ok(Cow::Borrowed(v.text)))
    }

    /// [`Template::render_str`] with each inserted value passed through `map`,
    /// for places where values need quoting. `map` refuses a value with a
    /// sentence that says why.
    pub fn render_mapped(
        &self,
        scope: &Scope,
        map: &dyn for<'a> Fn(&Inserted<'a>) -> Result<Cow<'a, str>, String>,
    ) -> Result<String, ExprError> {
        self.text(scope, &mut Budget::new(), map)
    }

    /// The template's value, or `None` when it is exactly one expression and
    /// that yields nothing (an optional input that was not given).
    pub fn render_optional(&self, scope: &Scope) -> Result<Option<Json>, ExprError> {
        self.render_optional_budgeted(scope, &mut Budget::new())
    }

    /// Whether the template's value counts as true: not missing, null, false,
    /// zero or empty.
    pub fn is_true(&self, scope: &Scope) -> Result<bool, ExprError> {
        match self.single() {
            Some(one) => Ok(one.eval(scope)?.is_true()),
            None => Ok(!self.render_str(scope)?.is_empty()),
        }
    }

    /// Paths of names the expressions use, such as `steps.me.body.name`, in
    /// order and each once. Built-in names are left out.
    pub fn references(&self) -> Vec<String> {
        let mut out = BTreeSet::new();
        for piece in &self.pieces {
            if let Piece::Expression(e) = piece {
                out.extend(e.references.iter().cloned());
            }
        }
        out.into_iter().collect()
    }

    /// True when there is no expression in it.
    pub fn is_literal(&self) -> bool {
        self.pieces.iter().all(|p| matches!(p, Piece::Text(_)))
    }

    pub(crate) fn render_budgeted(
        &self,
        scope: &Scope,
        budget: &mut Budget,
    ) -> Result<Json, ExprError> {
        match self.render_optional_budgeted(scope, budget)? {
            Some(value) => Ok(value),
            None if self.missing == Missing::Null => Ok(Json::Null),
            None => Err(self
                .single()
                .map_or_else(|| undefined("the template"), Compiled::no_value)),
        }
    }

    pub(crate) fn render_optional_budgeted(
        &self,
        scope: &Scope,
        budget: &mut Budget,
    ) -> Result<Option<Json>, ExprError> {
        let Some(one) = self.single() else {
            return self
                .text(scope, budget, &|v| Ok(Cow::Borrowed(v.text)))
                .map(|t| Some(Json::String(t)));
        };
        let value = one.eval(scope)?;
        if value.is_undefined() {
            return Ok(None);
        }
        convert::to_json(&value, self.missing, budget)
            .map(Some)
            .map_err(|e| e.at(one.line, one.column))
    }

    fn single(&self) -> Option<&Compiled> {
        match self.pieces.as_slice() {
            [Piece::Expression(one)] => Some(one),
            _ => None,
        }
    }

    fn text(
        &self,
        scope: &Scope,
        budget: &mut Budget,
        map: &dyn for<'a> Fn(&Inserted<'a>) -> Result<Cow<'a, str>, String>,
    ) -> Result<String, ExprError> {
        let mut out = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => {
                    budget.take(text.len())?;
                    out.push_str(text);
                }
                Piece::Expression(e) => {
                    let value = e.eval(scope)?;
                    if value.is_undefined() && self.missing == Missing::Refuse {
                        return Err(e.no_value());
                    }
                    let text = text_of(&value, self.missing).map_err(|x| x.at(e.line, e.column))?;
                    let inserted = Inserted {
                        text: &text,
                        references: &e.references,
                        url_safe: value.is_safe(),
                    };
                    let mapped = map(&inserted).map_err(|m| {
                        ExprError::new(ExprErrorKind::Invalid, m).at(e.line, e.column)
                    })?;
                    budget
                        .take(mapped.len())
                        .map_err(|x| x.at(e.line, e.column))?;
                    out.push_str(&mapped);
                }
            }
        }
        Ok(out)
    }
}

impl Compiled {
    fn new(engine: Engine, whole: &str, source: &str, offset: usize) -> Result<Self, ExprError> {
        let (line, column) = scan::position(whole, offset.saturating_sub(2));
        if source.len() > limits::EXPRESSION_BYTES {
            return Err(ExprError::new(
                ExprErrorKind::Limit,
                format!(
                    "an expression is longer than {} KiB",
                    limits::EXPRESSION_BYTES / 1024
                ),
            )
            .at(line, column));
        }
        if source.trim().is_empty() {
            return Err(
                ExprError::new(ExprErrorKind::Syntax, "the expression is empty").at(line, column),
            );
        }
        let expression = engine
            .env()
            .compile_expression_owned(source.to_owned())
            .map_err(|e| {
                let at = offset + e.range().map_or(0, |r| r.start.min(source.len()));
                let (line, column) = scan::position(whole, at);
                let message = match e.detail() {
                    Some(detail) => format!("the expression cannot be read: {detail}"),
                    None => "the expression cannot be read".to_owned(),
                };
                ExprError::new(ExprErrorKind::Syntax, message).at(line, column)
            })?;
        let mut references: Vec<String> = expression
            .undeclared_variables(true)
            .into_iter()
            .filter(|name| {
                let root = name.split('.').next().unwrap_or(name);
                !BUILT_IN.contains(&root) && !engine.env().globals().any(|(g, _)| g == root)
            })
            .collect();
        references.sort();
        Ok(Self {
            expression,
            source: source.trim().to_owned(),
            references,
            line,
            column,
        })
    }

    fn eval(&self, scope: &Scope) -> Result<Value, ExprError> {
        self.expression.eval(scope.root()).map_err(|e| {
            let error = match e.kind() {
                ErrorKind::UndefinedError => self.no_value(),
                ErrorKind::OutOfFuel => ExprError::new(
                    ExprErrorKind::Limit,
                    format!("{} needs too much work", self.quoted()),
                ),
                kind => ExprError::new(
                    ExprErrorKind::Invalid,
                    match e.detail() {
                        Some(detail) => format!("{} fails: {detail}", self.quoted()),
                        None => format!("{} fails: {kind}", self.quoted()),
                    },
                ),
            };
            error.at(self.line, self.column)
        })
    }

    fn no_value(&self) -> ExprError {
        undefined(&self.quoted()).at(self.line, self.column)
    }

    fn quoted(&self) -> String {
        const LONGEST: usize = 120;
        if self.source.chars().count() <= LONGEST {
            return format!("{{{{ {} }}}}", self.source);
        }
        let head: String = self.source.chars().take(LONGEST).collect();
        format!("{{{{ {head}… }}}}")
    }
}

fn undefined(what: &str) -> ExprError {
    ExprError::new(ExprErrorKind::Undefined, format!("{what} has no value"))
}

fn text_of(value: &Value, missing: Missing) -> Result<String, ExprError> {
    match value.kind() {
        ValueKind::Undefined | ValueKind::None => Ok(String::new()),
        ValueKind::String => Ok(value.as_str().unwrap_or_default().to_owned()),
        _ => Ok(
            match convert::to_json(value, missing, &mut Budget::new())? {
                Json::String(text) => text,
                other => other.to_string(),
            },
        ),
    }
}
