//! From a host name to addresses.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The future of [`Resolve::resolve`].
pub type Resolving<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>>;

/// Turns a host name into its addresses, in the order in which they should be tried. The guard judges
/// what comes out, so an implementation need not be trusted.
pub trait Resolve: Send + Sync + 'static {
    /// All addresses of `host`.
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a>;
}

/// The operating system's resolver (`getaddrinfo`), with answers kept for five seconds so that a burst
/// of new connections asks once. Every dial judges the addresses again, kept or fresh.
#[derive(Default)]
pub struct SystemResolver {
    kept: Mutex<HashMap<String, Kept>>,
}

/// An answer and when it was given.
type Kept = (Instant, Arc<[IpAddr]>);

const KEEP: Duration = Duration::from_secs(5);
const KEEP_MOST: usize = 1024;

impl SystemResolver {
    fn kept(&self, host: &str) -> Option<Arc<[IpAddr]>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, addresses) = kept.get(host)?;
        (at.elapsed() < KEEP).then(|| Arc::clone(addresses))
    }

    fn keep(&self, host: &str, addresses: &[IpAddr]) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEEP_MOST {
            kept.retain(|_, (at, _)| at.elapsed() < KEEP);
            if kept.len() >= KEEP_MOST {
                kept.clear();
            }
        }
        kept.insert(host.to_owned(), (Instant::now(), addresses.into()));
    }
}

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a> {
        Box::pin(async move {
            if let Some(addresses) = self.kept(host) {
                return Ok(addresses.to_vec());
            }
            // The port is of no interest to the lookup; the dialler adds the real one.
            let found = tokio::net::lookup_host((host, 0)).await?;
            let mut addresses: Vec<IpAddr> = Vec::new();
            for address in found.map(|socket| socket.ip()) {
                if !addresses.contains(&address) {
                    addresses.push(address);
                }
            }
            self.keep(host, &addresses);
            Ok(addresses)
        })
    }
}
