//! The ways in, asked as a browser or a program asks them.

mod authorization;
mod cross_site;
mod people;
mod support;
