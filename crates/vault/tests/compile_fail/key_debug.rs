use patchbay_vault::KeyMaterial;

fn main() {
    println!("{:?}", KeyMaterial::from_bytes(&[0; 32]));
}
