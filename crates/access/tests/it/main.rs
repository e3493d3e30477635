//! People from outside: what the ways in can do with this room.

mod audit;
mod guessing;
mod invitations;
mod keys;
mod members;
mod projects;
mod sessions;
mod support;
mod withdrawn;
