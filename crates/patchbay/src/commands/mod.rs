//! The commands, one file each.

pub(crate) mod apps;
pub(crate) mod audit;
pub(crate) mod backup;
pub(crate) mod connections;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod dry_run;
pub(crate) mod flows;
pub(crate) mod key;
pub(crate) mod keys;
pub(crate) mod owner;
pub(crate) mod runs;
pub(crate) mod serve;
