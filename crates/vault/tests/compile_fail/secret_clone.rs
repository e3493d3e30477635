use patchbay_vault::Secret;

fn main() {
    let secret = Secret::new("token");
    let _copy: Secret = secret.clone();
}
