//! OAuth 2.0 as a client: which client, and the token endpoint.

mod client;
mod oauth1;
mod token;

pub(crate) use client::{Client, SECRET_FIELD};
pub(crate) use token::{Granted, TokenError, TokenErrorClass, answer_words, header_map, outgoing};
