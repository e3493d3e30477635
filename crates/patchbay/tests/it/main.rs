//! Integration tests of the binary and of the workspace it is made of.

mod apps;
mod audit;
mod backup;
mod doctor;
mod keys;
mod misuse;
mod remote;
mod rooms;
mod support;
