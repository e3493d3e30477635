//! Manifests are embedded at compile time; a new one must trigger it.

fn main() {
    println!("cargo:rerun-if-changed=../../apps");
}
