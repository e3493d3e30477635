//! Whole answers, decoded, for callers that want to read them rather than pass them on.

use async_compression::tokio::bufread::{BrotliDecoder, GzipDecoder};
use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::{EgressError, EgressResponse};

/// How many times larger than its compressed form a body may become, once it is past
/// [`RATIO_FREE_BYTES`]. JSON and HTML rarely pass 20.
pub const MAX_RATIO: u64 = 100;
/// Up to this size the ratio does not matter: a short repetitive text compresses extremely well.
pub const RATIO_FREE_BYTES: u64 = 64 * 1024;

/// An answer that has arrived as a whole.
#[derive(Clone)]
pub struct BytesResponse {
    /// Status.
    pub status: StatusCode,
    /// Headers; when the body was decoded, without those that described its compressed form.
    pub headers: HeaderMap,
    /// The body, decompressed.
    pub body: Bytes,
}

impl EgressResponse {
    /// Collects the body, at most `limit` bytes both as sent and after decompression (gzip, br).
    pub async fn bytes(self, limit: u64) -> Result<BytesResponse, EgressError> {
        let Self {
            status,
            mut headers,
            mut body,
        } = self;
        let host = body.host().to_owned();
        let too_large = || EgressError::TooLarge {
            host: host.clone(),
            what: "the body",
            limit,
        };
        let mut raw = BytesMut::new();
        while let Some(frame) = body.frame().await {
            if let Ok(data) = frame?.into_data() {
                if (raw.len() + data.len()) as u64 > limit {
                    return Err(too_large());
                }
                raw.extend_from_slice(&data);
            }
        }
        let raw = raw.freeze();
        let encoding = headers.get(CONTENT_ENCODING).map(|value| {
            value
                .to_str()
                .unwrap_or("unreadable")
                .trim()
                .to_ascii_lowercase()
        });
        let body = match encoding.as_deref() {
            None | Some("" | "identity") => raw,
            // An empty body (HEAD, 204, 304) has nothing to decode whatever the header says.
            Some(_) if raw.is_empty() => raw,
            Some("gzip" | "x-gzip") => {
                decoded(GzipDecoder::new(&raw[..]), raw.len(), limit, &host).await?
            }
            Some("br") => decoded(BrotliDecoder::new(&raw[..]), raw.len(), limit, &host).await?,
            Some(_) => {
                let message = "its content encoding is neither gzip nor br".to_owned();
                return Err(EgressError::Protocol { host, message });
            }
        };
        if encoding.is_some() {
            headers.remove(CONTENT_ENCODING);
            headers.remove(CONTENT_LENGTH);
        }
        Ok(BytesResponse {
            status,
            headers,
            body,
        })
    }
}

async fn decoded(
    mut decoder: impl AsyncRead + Unpin,
    raw_len: usize,
    limit: u64,
    host: &str,
) -> Result<Bytes, EgressError> {
    let by_ratio = RATIO_FREE_BYTES.max((raw_len as u64).saturating_mul(MAX_RATIO));
    let most = limit.min(by_ratio);
    let mut out = BytesMut::with_capacity(raw_len.saturating_mul(4).min(RATIO_FREE_BYTES as usize));
    loop {
        let read = decoder
            .read_buf(&mut out)
            .await
            .map_err(|_| EgressError::Protocol {
                host: host.to_owned(),
                message: "its compressed body is damaged".to_owned(),
            })?;
        if out.len() as u64 > most {
            let what = "the decompressed body";
            return Err(EgressError::TooLarge {
                host: host.to_owned(),
                what,
                limit: most,
            });
        }
        if read == 0 {
            return Ok(out.freeze());
        }
    }
}
