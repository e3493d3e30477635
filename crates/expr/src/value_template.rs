use serde_json::{Map, Value as Json};

use crate::convert::Budget;
use crate::engine::Engine;
use crate::error::{ExprError, ExprErrorKind};
use crate::limits;
use crate::scope::Scope;
use crate::template::Template;

/// A JSON tree whose strings are templates, compiled.
pub struct ValueTemplate(Node);

enum Node {
    Plain(Json),
    Template(Template),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl ValueTemplate {
    pub(crate) fn compile(engine: Engine, source: &Json) -> Result<Self, ExprError> {
        node(engine, source, 0).map(Self)
    }

    /// The tree with every template replaced by its value.
    pub fn render(&self, scope: &Scope) -> Result<Json, ExprError> {
        render(&self.0, scope, &mut Budget::new())
    }

    /// Like [`ValueTemplate::render`], but a place that is exactly one
    /// expression without a value is left out, and so is a list or map that
    /// is empty only because of that. `None` when nothing is left.
    pub fn render_omitting(&self, scope: &Scope) -> Result<Option<Json>, ExprError> {
        omitting(&self.0, scope, &mut Budget::new())
    }

    /// As [`Template::references`], over the whole tree.
    pub fn references(&self) -> Vec<String> {
        let mut out = Vec::new();
        collect(&self.0, &mut out);
        out.sort();
        out.dedup();
        out
    }
}

fn node(engine: Engine, source: &Json, depth: usize) -> Result<Node, ExprError> {
    if depth > limits::DEPTH {
        return Err(ExprError::new(
            ExprErrorKind::Limit,
            format!("the value is nested more than {} levels", limits::DEPTH),
        ));
    }
    Ok(match source {
        Json::String(text) => {
            let template = engine.compile(text)?;
            if template.is_literal() {
                Node::Plain(source.clone())
            } else {
                Node::Template(template)
            }
        }
        Json::Array(items) => Node::List(
            items
                .iter()
                .map(|item| node(engine, item, depth + 1))
                .collect::<Result<_, _>>()?,
        ),
        Json::Object(map) => Node::Map(
            map.iter()
                .map(|(k, v)| Ok((k.clone(), node(engine, v, depth + 1)?)))
                .collect::<Result<_, ExprError>>()?,
        ),
        plain => Node::Plain(plain.clone()),
    })
}

fn render(node: &Node, scope: &Scope, budget: &mut Budget) -> Result<Json, ExprError> {
    budget.take(8)?;
    Ok(match node {
        Node::Plain(value) => value.clone(),
        Node::Template(template) => template.render_budgeted(scope, budget)?,
        Node::List(items) => Json::Array(
            items
                .iter()
                .map(|item| render(item, scope, budget))
                .collect::<Result<_, _>>()?,
        ),
        Node::Map(entries) => {
            let mut out = Map::new();
            for (key, value) in entries {
                out.insert(key.clone(), render(value, scope, budget)?);
            }
            Json::Object(out)
        }
    })
}

fn omitting(node: &Node, scope: &Scope, budget: &mut Budget) -> Result<Option<Json>, ExprError> {
    budget.take(8)?;
    Ok(match node {
        Node::Plain(value) => Some(value.clone()),
        Node::Template(template) => template.render_optional_budgeted(scope, budget)?,
        Node::List(items) => {
            let mut out = Vec::with_capacity(items.len());
            for item in items {
                out.extend(omitting(item, scope, budget)?);
            }
            (items.is_empty() || !out.is_empty()).then_some(Json::Array(out))
        }
        Node::Map(entries) => {
            let mut out = Map::new();
            for (key, value) in entries {
                if let Some(value) = omitting(value, scope, budget)? {
                    out.insert(key.clone(), value);
                }
            }
            (entries.is_empty() || !out.is_empty()).then_some(Json::Object(out))
        }
    })
}

fn collect(node: &Node, out: &mut Vec<String>) {
    match node {
        Node::Plain(_) => {}
        Node::Template(template) => out.extend(template.references()),
        Node::List(items) => items.iter().for_each(|n| collect(n, out)),
        Node::Map(entries) => entries.iter().for_each(|(_, n)| collect(n, out)),
    }
}
