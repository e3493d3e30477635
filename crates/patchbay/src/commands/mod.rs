//! The commands, one file each.

pub(crate) mod apps;
pub(crate) mod demo;
pub(crate) mod key;
pub(crate) mod owner;
pub(crate) mod serve;
