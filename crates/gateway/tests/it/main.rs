//! The gateway with a real store, vault, catalog and egress, against servers on loopback.

mod actions;
mod answers;
mod exfiltration;
mod owner;
mod plain;
mod renewal;
mod revoked;
mod signed;
mod site;
mod world;
