//! A redirect that the provider signs.

use std::collections::BTreeMap;

use super::{of, world};
use crate::world::{CLIENT_SECRET, good};

#[tokio::test]
async fn shopify_signs_its_redirect_and_names_the_shop() {
    let world = world().await;
    let attempt = async |shop: &str, secret: &str| {
        let mut request = of("shop");
        request.settings.insert("shop".to_owned(), "acme".into());
        let created = world
            .begin(&world.editor, request)
            .await
            .expect("a session");
        let mut query = good(&created);
        let state = query.state.clone().expect("a state");
        let signed = format!("code=good-code&host=aGk&shop={shop}&state={state}&timestamp=1");
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret.as_bytes());
        let hmac = aws_lc_rs::hmac::sign(&key, signed.as_bytes());
        query.other = BTreeMap::from([
            ("host".to_owned(), "aGk".to_owned()),
            ("shop".to_owned(), shop.to_owned()),
            ("timestamp".to_owned(), "1".to_owned()),
            (
                "hmac".to_owned(),
                data_encoding::HEXLOWER.encode(hmac.as_ref()),
            ),
        ]);
        world
            .come_back_to("shop", Some(&world.editor), query)
            .await
            .expect("a callback");
        world.settled(&world.editor, &created.id).await
    };
    assert!(
        attempt("acme.myshopify.com", CLIENT_SECRET)
            .await
            .connection
            .is_some()
    );
    let calls = world.provider.token_calls();
    for (shop, secret) in [
        ("acme.myshopify.com", "forged"),
        ("evil.myshopify.com", CLIENT_SECRET),
    ] {
        let view = attempt(shop, secret).await;
        assert_eq!(
            view.error.expect("an error").code,
            "callback_refused",
            "{shop}"
        );
    }
    assert_eq!(world.provider.token_calls(), calls, "no code was exchanged");
}
