//! The one expression language of the product: data mapping in flows,
//! conditions, and the templates of app manifests.
//!
//! A template is text with `{{ expression }}` parts. A string that is exactly
//! one expression keeps the type of its result; mixed text becomes text; a
//! JSON tree is rendered leaf by leaf ([`ValueTemplate`]). Only expressions
//! exist: no statements, no files, no includes, no loader. Every evaluation
//! has a fuel budget and every result a size limit ([`limits`]).
//!
//! Start reading at [`Engine`].

mod convert;
mod dates;
mod engine;
mod error;
mod filters;
pub mod limits;
mod scan;
mod scope;
mod template;
mod value_template;

pub use engine::Engine;
pub use error::{ExprError, ExprErrorKind};
pub use filters::percent_encode;
pub use scope::Scope;
pub use template::{Inserted, Template};
pub use value_template::ValueTemplate;
