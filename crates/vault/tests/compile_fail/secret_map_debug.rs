use patchbay_vault::SecretMap;

fn main() {
    println!("{:?}", SecretMap::new());
}
