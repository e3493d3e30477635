use patchbay_vault::Secret;

fn main() {
    let secret = Secret::new("token");
    println!("{secret}");
}
