use std::time::Duration;

use patchbay_model::{Code, Problem};

use crate::support::{PASSWORD, browser, code, wait, world};

const HALF_AN_HOUR: Duration = Duration::from_mins(30);

async fn guess(world: &crate::support::World, email: &str, password: &str, ip: &str) -> Problem {
    world
        .access
        .login(email, password, &browser(ip))
        .await
        .expect_err("refused")
}

#[tokio::test]
async fn s36_ten_failures_lock_for_half_an_hour_and_no_longer() {
    let world = world().await;
    for _ in 0..10 {
        let refusal = guess(&world, "olga@example.com", "wrong guess", "198.51.100.1").await;
        assert_eq!(refusal.code, Code::InvalidCredentials);
    }
    let locked = guess(&world, "olga@example.com", PASSWORD, "198.51.100.1").await;
    assert_eq!(locked.code, Code::AccountLocked);
    let left = locked.retry_after.expect("says for how long");
    assert!(left <= HALF_AN_HOUR && left > Duration::from_mins(25));

    // Going on guessing does not make the lock longer.
    wait(Duration::from_mins(29));
    for _ in 0..20 {
        let refusal = guess(&world, "olga@example.com", "wrong guess", "198.51.100.1").await;
        assert_eq!(refusal.code, Code::AccountLocked);
    }
    wait(Duration::from_secs(61));
    // The real minute of the in-process brake has not passed in this test, so only the lock is looked at.
    let after = world
        .access
        .login("olga@example.com", PASSWORD, &browser("198.51.100.1"))
        .await;
    assert!(!matches!(after, Err(ref problem) if problem.code == Code::AccountLocked));
}

#[tokio::test]
async fn s36_the_person_signs_in_from_elsewhere_while_somebody_guesses() {
    let world = world().await;
    // One network can use up at most nine of the ten checks a minute before it locks itself out on the tenth.
    for _ in 0..9 {
        guess(&world, "olga@example.com", "wrong guess", "198.51.100.1").await;
    }
    assert!(
        world
            .access
            .login("olga@example.com", PASSWORD, &browser("203.0.113.7"))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn s36_guesses_at_once_do_not_slip_through() {
    let world = world().await;
    let guesses = (0..60).map(|_| {
        let access = world.access.clone();
        async move {
            access
                .login("olga@example.com", "wrong guess", &browser("198.51.100.1"))
                .await
                .expect_err("refused")
                .code
        }
    });
    let codes = futures_join(guesses).await;
    let checked = codes
        .iter()
        .filter(|code| **code == Code::InvalidCredentials)
        .count();
    assert_eq!(checked, 10, "{codes:?}");
}

#[tokio::test]
async fn s36_many_networks_get_ten_checks_a_minute_together() {
    let world = world().await;
    let mut checked = 0;
    for n in 0..200 {
        let ip = format!("203.0.113.{n}");
        let refusal = guess(&world, "olga@example.com", "wrong guess", &ip).await;
        checked += u32::from(refusal.code == Code::InvalidCredentials);
    }
    assert_eq!(checked, 10);
}

#[tokio::test]
async fn s36_a_right_password_forgets_the_failures() {
    let world = world().await;
    for _ in 0..3 {
        for _ in 0..2 {
            guess(&world, "olga@example.com", "wrong guess", "198.51.100.1").await;
        }
        assert!(
            world
                .access
                .login("olga@example.com", PASSWORD, &browser("198.51.100.1"))
                .await
                .is_ok()
        );
    }
}

#[tokio::test]
async fn s37_unknown_people_and_wrong_passwords_get_the_same_answers() {
    let world = world().await;
    let mut known = Vec::new();
    let mut unknown = Vec::new();
    for _ in 0..12 {
        known.push(guess(&world, "olga@example.com", "wrong guess", "198.51.100.1").await);
        unknown.push(guess(&world, "nobody@example.com", "wrong guess", "198.51.100.2").await);
    }
    for (known, unknown) in known.iter().zip(&unknown) {
        assert_eq!(known.code, unknown.code);
        assert_eq!(known.message, unknown.message);
        assert_eq!(known.details, unknown.details);
        assert_eq!(known.retry_after.is_some(), unknown.retry_after.is_some());
    }
    assert_eq!(known[11].code, Code::AccountLocked);
}

#[tokio::test]
async fn s36_changing_the_password_is_guarded_too() {
    let world = world().await;
    let mut last = None;
    for _ in 0..11 {
        last = Some(
            world
                .access
                .password_change(&world.owner.person, "wrong guess", "another password", None)
                .await,
        );
    }
    assert_eq!(code(last.expect("tried")), Code::AccountLocked);
}

#[tokio::test]
async fn s36_endless_passwords_are_not_hashed() {
    let world = world().await;
    let endless = "x".repeat(1_000_000);
    let refusal = guess(&world, "olga@example.com", &endless, "198.51.100.1").await;
    assert_eq!(refusal.code, Code::InvalidCredentials);
}

/// Polls all of them on this thread, as the test's clock is this thread's.
async fn futures_join<F>(tasks: impl IntoIterator<Item = F>) -> Vec<F::Output>
where
    F: Future,
{
    let mut tasks: Vec<_> = tasks.into_iter().map(|task| Some(Box::pin(task))).collect();
    let mut out = Vec::new();
    std::future::poll_fn(move |context| {
        for slot in &mut tasks {
            let ready = slot
                .as_mut()
                .and_then(|task| match task.as_mut().poll(context) {
                    std::task::Poll::Ready(value) => Some(value),
                    std::task::Poll::Pending => None,
                });
            if let Some(value) = ready {
                out.push(value);
                *slot = None;
            }
        }
        if tasks.iter().all(Option::is_none) {
            std::task::Poll::Ready(std::mem::take(&mut out))
        } else {
            std::task::Poll::Pending
        }
    })
    .await
}
