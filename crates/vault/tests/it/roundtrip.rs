//! What is sealed comes back, whatever it is.

use patchbay_vault::{SealContext, Secret, SecretMap, Vault};
use proptest::collection::btree_map;
use proptest::prelude::*;

use crate::support::{place, world};

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn text_comes_back(
        text in any::<String>(),
        long in 0..3000_usize,
        table in any::<String>(),
        field in any::<String>(),
        record in any::<String>(),
        generation in any::<u64>(),
    ) {
        let world = world();
        let text = text + &"ü".repeat(long);
        let context = SealContext {
            table: &table, field: &field, project: &world.project, record: &record, generation,
        };
        let sealed = world.vault.seal(&context, &Secret::new(text.clone())).unwrap();
        prop_assert_eq!(sealed.len(), 98 + (5 + text.len()).next_multiple_of(64));
        let opened = world.vault.open(&context, &sealed).ok().unwrap();
        prop_assert_eq!(opened.expose(), text);
    }

    #[test]
    fn map_comes_back(fields in btree_map(any::<String>(), any::<String>(), 0..12)) {
        let world = world();
        let here = place(&world.project);
        let map: SecretMap = fields
            .iter()
            .map(|(name, text)| (name.clone(), Secret::new(text.clone())))
            .collect();
        let sealed = world.vault.seal_map(&here, &map).unwrap();
        let opened = world.vault.open_map(&here, &sealed).ok().unwrap();
        prop_assert!(opened == map);
        let read: Vec<_> = opened.iter().map(|(name, text)| (name, text.expose())).collect();
        let given: Vec<_> = fields.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        prop_assert_eq!(read, given);
    }
}

#[test]
fn secrets_compare_and_duplicate() {
    let one = Secret::new("token");
    assert!(one == one.duplicate());
    assert!(one != Secret::new("tokem"));
    assert!(one != Secret::new("token2"));
    assert_eq!(
        (one.len(), one.is_empty(), Secret::new("").is_empty()),
        (5, false, true)
    );

    let mut map = SecretMap::new();
    assert!(map.insert("key", "first").is_none());
    assert_eq!(map.insert("key", one).unwrap().expose(), "first");
    assert!(map == map.duplicate());
    assert_eq!((map.len(), map.get("key").map(Secret::len)), (1, Some(5)));
    assert_eq!(map.remove("key").unwrap().expose(), "token");
    assert!(map.is_empty() && map.expose("key").is_none());
}

#[test]
fn vault_is_shared_between_threads_and_shows_no_key() {
    fn shared<T: Send + Sync>(_: &T) {}
    let world = world();
    shared(&world.vault);
    let shown = format!("{:?}", world.vault);
    assert_eq!(
        shown,
        "Vault { instance_id: \"inst_one\", roots: 1, deks: 1, .. }"
    );
    let _: fn(&Vault) -> String = |vault| format!("{vault:?}");
}
