//! The only code that opens an outgoing socket.
//!
//! Start at [`Egress::send`]. A request passes the URL rules ([`url_check`]), then a pool of kept
//! connections, and only where none is free the dialler, which resolves the name, judges each address
//! ([`address_is_public`]) and dials exactly what it judged. It knows nothing of connections, apps or
//! credentials.

mod address;
mod allow;
mod body;
mod client;
mod collect;
mod dial;
mod error;
mod joined;
mod resolve;
mod tls;
mod url_rules;

pub use address::address_is_public;
pub use allow::{AllowList, AllowListError};
pub use body::{Body, ResponseBody};
pub use client::{Egress, EgressPolicy, EgressRequest, EgressResponse, Limits, MAX_HEADER_BYTES};
pub use collect::{BytesResponse, MAX_RATIO, RATIO_FREE_BYTES};
pub use error::{EgressError, TimeoutPhase};
pub use joined::JoinedWrites;
pub use resolve::{Resolve, Resolving, SystemResolver};
pub use tls::{Roots, RootsError};
pub use url_rules::{MAX_URL_BYTES, url_check, url_parse};
