//! What must not compile: showing, serialising or silently copying a secret.

#[test]
fn s24_compile_fail() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
