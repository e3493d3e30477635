//! Nothing can show, serialise or silently copy a secret: code that tries does not compile.
//!
//! `println!("{secret:?}")` compiles exactly if `Secret: Debug`, and so on. Whether a trait is there
//! is asked of the compiler here, because compiling snippets by themselves would build the
//! cryptographic library a second time.

use std::fmt::{Debug, Display, LowerHex};

use patchbay_vault::{KeyMaterial, Secret, SecretMap};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Whether a type implements a trait. The constant of the narrower, inherent block wins if its
/// bound holds; otherwise the one of the trait that every type has is found.
macro_rules! implements {
    ($type:ty: $bound:path) => {{
        #[allow(dead_code, reason = "one of the two constants is always unused")]
        trait Otherwise {
            const YES: bool = false;
        }
        impl<T: ?Sized> Otherwise for Asked<T> {}
        struct Asked<T: ?Sized>(std::marker::PhantomData<T>);
        #[allow(dead_code, reason = "one of the two constants is always unused")]
        impl<T: ?Sized + $bound> Asked<T> {
            const YES: bool = true;
        }
        <Asked<$type>>::YES
    }};
}

macro_rules! assert_implements_none {
    ($type:ty: $($bound:path),+) => {
        $(assert!(
            !implements!($type: $bound),
            concat!(stringify!($type), " must not implement ", stringify!($bound)),
        );)+
    };
}

#[test]
fn s24_compile_fail() {
    // That the question works: types known to have these.
    assert!(implements!(String: Debug) && implements!(String: Display));
    assert!(implements!(String: Serialize) && implements!(String: DeserializeOwned));
    assert!(implements!(String: Clone) && implements!(String: AsRef<str>));
    assert!(implements!(str: ToString) && implements!(u8: LowerHex) && implements!(u8: Copy));
    assert!(implements!(String: std::ops::Deref) && implements!(String: Into<Vec<u8>>));

    assert_implements_none!(Secret: Debug, Display, ToString, LowerHex);
    assert_implements_none!(Secret: Serialize, DeserializeOwned, Clone, Copy);
    // Ways to reach the text without writing `expose`.
    assert_implements_none!(Secret: AsRef<str>, AsRef<[u8]>, std::ops::Deref, std::hash::Hash);
    assert_implements_none!(Secret: Into<String>, Into<Vec<u8>>, std::borrow::Borrow<str>);

    assert_implements_none!(SecretMap: Debug, Display, Serialize, DeserializeOwned, Clone);
    assert_implements_none!(SecretMap: IntoIterator, std::ops::Deref);

    assert_implements_none!(KeyMaterial: Debug, Display, LowerHex, Serialize, DeserializeOwned);
    assert_implements_none!(KeyMaterial: Clone, Copy, AsRef<[u8]>, std::ops::Deref);
}
