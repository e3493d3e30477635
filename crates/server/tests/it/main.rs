//! The ways in, asked as a browser or a program asks them.

mod authorization;
mod cross_site;
mod headers;
mod lane;
mod missing;
mod names;
mod openapi;
mod people;
mod ssrf;
mod support;
mod tenants;
