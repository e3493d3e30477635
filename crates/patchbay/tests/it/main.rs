//! Integration tests of the binary and of the workspace it is made of.

mod rooms;
