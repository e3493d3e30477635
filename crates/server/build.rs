//! The dashboard is embedded when this crate is compiled: a new build of it means compiling again.

fn main() {
    println!("cargo::rerun-if-changed=../../web/dist");
}
