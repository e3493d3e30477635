//! S-13: what is judged is what is dialled. 127.0.0.1 plays the public internet here and 127.0.0.2 the
//! inside, both on the same port.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Mutex;

use tokio::net::TcpListener;

use super::*;
use crate::Resolving;

const GOOD: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const BAD: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
const DEAD: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 3));

/// Gives one answer after the other and the last one for ever.
struct Script {
    answers: Vec<Vec<IpAddr>>,
    asked: Mutex<usize>,
}

impl Resolve for Script {
    fn resolve<'a>(&'a self, _: &'a str) -> Resolving<'a> {
        let mut asked = self.asked.lock().expect("the count");
        let answer = self
            .answers
            .get(*asked)
            .or(self.answers.last())
            .cloned()
            .unwrap_or_default();
        *asked += 1;
        Box::pin(async move { Ok::<_, io::Error>(answer) })
    }
}

struct World {
    good: TcpListener,
    bad: TcpListener,
    rules: Rules,
    script: Arc<Script>,
    uri: Uri,
}

impl World {
    async fn new(answers: &[&[IpAddr]]) -> Self {
        // A port that is free on both addresses.
        let (good, bad) = loop {
            let good = TcpListener::bind((GOOD, 0)).await.expect("a listener");
            let port = good.local_addr().expect("an address").port();
            if let Ok(bad) = TcpListener::bind((BAD, port)).await {
                break (good, bad);
            }
        };
        let port = good.local_addr().expect("an address").port();
        let script = Arc::new(Script {
            answers: answers.iter().map(|answer| answer.to_vec()).collect(),
            asked: Mutex::new(0),
        });
        let rules = Rules {
            allow: AllowList::default(),
            resolver: Arc::clone(&script) as Arc<dyn Resolve>,
            connect_timeout: Duration::from_secs(5),
            judge: |address| address == GOOD || address == DEAD,
        };
        let uri = format!("https://rebind.example:{port}/")
            .parse()
            .expect("a URI");
        Self {
            good,
            bad,
            rules,
            script,
            uri,
        }
    }

    async fn dial(&self) -> Result<IpAddr, EgressError> {
        let stream = self.rules.dial(&self.uri).await?;
        Ok(stream.inner().0.peer_addr().expect("a peer").ip())
    }

    /// Nobody knocks at the inside: a connection that was made would be there to accept at once.
    fn assert_untouched(&self) {
        let mut context = Context::from_waker(std::task::Waker::noop());
        assert!(self.bad.poll_accept(&mut context).is_pending());
    }

    fn asked(&self) -> usize {
        *self.script.asked.lock().expect("the count")
    }
}

#[tokio::test]
async fn s13_an_answer_that_flips_is_judged_each_time() {
    for flip in 1..=3 {
        let mut answers: Vec<&[IpAddr]> = vec![&[GOOD]; flip];
        answers.push(&[BAD]);
        let world = World::new(&answers).await;
        for at in 1..=flip {
            assert_eq!(world.dial().await, Ok(GOOD));
            // One question a dial: there is no second answer that could differ from the judged one.
            assert_eq!(world.asked(), at);
            world.good.accept().await.expect("a connection");
        }
        for _ in 0..3 {
            let error = world.dial().await.expect_err("a refusal");
            assert!(
                matches!(error, EgressError::RefusedAddress { address: BAD, .. }),
                "{error}"
            );
        }
        world.assert_untouched();
    }
}

#[tokio::test]
async fn s13_of_mixed_answers_only_the_good_are_dialled() {
    for answer in [[BAD, GOOD], [GOOD, BAD]] {
        let world = World::new(&[&answer]).await;
        for _ in 0..3 {
            assert_eq!(world.dial().await, Ok(GOOD));
        }
        world.assert_untouched();
    }
    // The good address refuses: still no fallback to the bad one.
    for answer in [[BAD, DEAD], [DEAD, BAD]] {
        let world = World::new(&[&answer]).await;
        let error = world.dial().await.expect_err("a refusal");
        assert!(matches!(error, EgressError::Connect { .. }), "{error}");
        world.assert_untouched();
    }
}

#[tokio::test]
async fn s13_the_next_address_is_tried_when_one_refuses() {
    let world = World::new(&[&[DEAD, GOOD]]).await;
    assert_eq!(world.dial().await, Ok(GOOD));
}

#[tokio::test]
async fn s13_an_empty_answer_is_a_dns_error() {
    let world = World::new(&[&[]]).await;
    assert!(matches!(world.dial().await, Err(EgressError::Dns { .. })));
}
