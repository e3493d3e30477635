use patchbay_vault::Secret;

#[derive(serde::Serialize)]
struct Answer {
    token: Secret,
}

fn main() {}
