//! Bodies on their way out and back.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes};
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::EgressError;
use crate::error::TimeoutPhase;

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Streamed = Pin<Box<dyn HttpBody<Data = Bytes, Error = BoxError> + Send>>;

/// What is sent along with a request.
#[derive(Default)]
pub struct Body {
    kind: Kind,
}

#[derive(Default)]
enum Kind {
    #[default]
    Empty,
    Whole(Bytes),
    Stream(Streamed, Arc<Progress>),
}

/// When a streamed body last gave something to send: a long upload is not a silent server.
pub(crate) struct Progress {
    start: Instant,
    last_ms: AtomicU64,
}

impl Progress {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            start: Instant::now(),
            last_ms: AtomicU64::new(0),
        })
    }

    fn moved(&self) {
        self.last_ms
            .store(self.start.elapsed().as_millis() as u64, Ordering::Relaxed);
    }

    pub(crate) fn last(&self) -> Instant {
        self.start + Duration::from_millis(self.last_ms.load(Ordering::Relaxed))
    }
}

impl Body {
    /// No body.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// A body that arrives piece by piece and is passed on as it comes. It can be sent only once.
    pub fn stream<B>(body: B) -> Self
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        if body.is_end_stream() {
            return Self::empty();
        }
        let body = http_body_util::BodyExt::map_err(body, Into::into);
        Self {
            kind: Kind::Stream(Box::pin(body), Progress::new()),
        }
    }

    /// Whether there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self.kind, Kind::Empty)
    }

    /// All of it, unless it is a stream.
    #[must_use]
    pub fn whole(&self) -> Option<&[u8]> {
        match &self.kind {
            Kind::Empty => Some(&[]),
            Kind::Whole(bytes) => Some(bytes),
            Kind::Stream(..) => None,
        }
    }

    /// Reads a stream to its end, so that it can be sent again. `None`: it is longer than `most` bytes, or broke off.
    pub async fn into_whole(mut self, most: usize) -> Option<Self> {
        if let Some(bytes) = self.whole() {
            return (bytes.len() <= most).then_some(self);
        }
        let mut read = Vec::new();
        while let Some(frame) = http_body_util::BodyExt::frame(&mut self).await {
            if let Ok(data) = frame.ok()?.into_data() {
                if read.len() + data.len() > most {
                    return None;
                }
                read.extend_from_slice(&data);
            }
        }
        Some(Self::from(read))
    }

    /// The same body once more, unless it is a stream: whether a request may be sent a second time.
    #[must_use]
    pub fn replay(&self) -> Option<Self> {
        match &self.kind {
            Kind::Empty => Some(Self::empty()),
            Kind::Whole(bytes) => Some(Self::from(bytes.clone())),
            Kind::Stream(..) => None,
        }
    }

    pub(crate) fn progress(&self) -> Option<Arc<Progress>> {
        match &self.kind {
            Kind::Stream(_, progress) => Some(Arc::clone(progress)),
            _ => None,
        }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        if bytes.is_empty() {
            Self::empty()
        } else {
            Self {
                kind: Kind::Whole(bytes),
            }
        }
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from(Bytes::from(bytes))
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::from(Bytes::from(text))
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        match &mut this.kind {
            Kind::Empty => Poll::Ready(None),
            Kind::Whole(bytes) => {
                let bytes = std::mem::take(bytes);
                this.kind = Kind::Empty;
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Kind::Stream(body, progress) => {
                let frame = ready!(body.as_mut().poll_frame(cx));
                progress.moved();
                match frame {
                    Some(Err(_)) => Poll::Ready(Some(Err(Box::new(EgressError::RequestBody)))),
                    other => Poll::Ready(other),
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Empty => true,
            Kind::Whole(_) => false,
            Kind::Stream(body, _) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Empty => SizeHint::with_exact(0),
            Kind::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Stream(body, _) => body.size_hint(),
        }
    }
}

/// The body of an answer as it arrives, untouched, within the time and size limits of its request.
pub struct ResponseBody {
    inner: Incoming,
    host: String,
    idle: Duration,
    deadline: Instant,
    /// Bytes that may still come, and the limit they are counted down from.
    left: Option<(u64, u64)>,
    // Most bodies arrive together with their headers; a timer is made only when there is a wait.
    timer: Option<Pin<Box<Sleep>>>,
    waiting: bool,
    failed: bool,
}

impl ResponseBody {
    pub(crate) fn new(
        inner: Incoming,
        host: String,
        idle: Duration,
        deadline: Instant,
        max: Option<u64>,
    ) -> Result<Self, EgressError> {
        if let (Some(limit), Some(announced)) = (max, HttpBody::size_hint(&inner).exact())
            && announced > limit
        {
            return Err(EgressError::TooLarge {
                host,
                what: "the body",
                limit,
            });
        }
        let left = max.map(|limit| (limit, limit));
        Ok(Self {
            inner,
            host,
            idle,
            deadline,
            left,
            timer: None,
            waiting: false,
            failed: false,
        })
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    fn timeout(&self) -> EgressError {
        let phase = if Instant::now() >= self.deadline {
            TimeoutPhase::Total
        } else {
            TimeoutPhase::Idle
        };
        EgressError::Timeout {
            host: self.host.clone(),
            phase,
        }
    }

    fn arrived(&mut self, frame: &Frame<Bytes>) -> Result<(), EgressError> {
        self.waiting = false;
        if let (Some((left, limit)), Some(data)) = (&mut self.left, frame.data_ref()) {
            let size = data.remaining() as u64;
            if size > *left {
                return Err(EgressError::TooLarge {
                    host: self.host.clone(),
                    what: "the body",
                    limit: *limit,
                });
            }
            *left -= size;
        }
        // A body that always has more ready never waits; the deadline holds for it all the same.
        if Instant::now() >= self.deadline {
            Err(self.timeout())
        } else {
            Ok(())
        }
    }

    fn poll_timer(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let timer = match &mut self.timer {
            Some(timer) if self.waiting => timer,
            stale => {
                self.waiting = true;
                let at = self.deadline.min(Instant::now() + self.idle);
                match stale {
                    Some(timer) => {
                        timer.as_mut().reset(at);
                        timer
                    }
                    None => stale.insert(Box::pin(sleep_until(at))),
                }
            }
        };
        timer.as_mut().poll(cx)
    }
}

impl HttpBody for ResponseBody {
    type Data = Bytes;
    type Error = EgressError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, EgressError>>> {
        let this = self.get_mut();
        if this.failed {
            return Poll::Ready(None);
        }
        let outcome = match Pin::new(&mut this.inner).poll_frame(cx) {
            Poll::Ready(None) => return Poll::Ready(None),
            Poll::Ready(Some(Ok(frame))) => this.arrived(&frame).map(|()| frame),
            Poll::Ready(Some(Err(_))) => Err(EgressError::Interrupted {
                host: this.host.clone(),
            }),
            Poll::Pending => {
                ready!(this.poll_timer(cx));
                Err(this.timeout())
            }
        };
        this.failed = outcome.is_err();
        Poll::Ready(Some(outcome))
    }

    fn is_end_stream(&self) -> bool {
        self.failed || self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        HttpBody::size_hint(&self.inner)
    }
}
