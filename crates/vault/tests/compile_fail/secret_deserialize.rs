use patchbay_vault::Secret;

#[derive(serde::Deserialize)]
struct Form {
    token: Secret,
}

fn main() {}
