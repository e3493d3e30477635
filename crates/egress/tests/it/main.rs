//! Egress against real sockets on loopback.

mod client;
mod limits;
mod ssrf;
mod support;
mod tls;
