//! A small HTTP/1.1 server that answers as a test says and remembers what it was sent.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a site was sent.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) line: String,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Seen {
    /// The value of a header, the name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub(crate) fn path(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or_default()
    }
}

type Answer = dyn Fn(&Seen) -> String + Send + Sync;

/// A listener on loopback. Bytes that are no request are kept too: the sink of an exfiltration test must
/// see everything.
pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    raw: Arc<Mutex<Vec<u8>>>,
    accepted: Arc<Mutex<usize>>,
    task: tokio::task::JoinHandle<()>,
}

impl Site {
    pub(crate) async fn new(answer: impl Fn(&Seen) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
        let address = listener.local_addr().expect("an address");
        let answer: Arc<Answer> = Arc::new(answer);
        let seen = Arc::<Mutex<Vec<Seen>>>::default();
        let raw = Arc::<Mutex<Vec<u8>>>::default();
        let accepted = Arc::<Mutex<usize>>::default();
        let (kept, bytes, count) = (Arc::clone(&seen), Arc::clone(&raw), Arc::clone(&accepted));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *count.lock().expect("the count") += 1;
                tokio::spawn(serve(
                    stream,
                    Arc::clone(&answer),
                    Arc::clone(&kept),
                    Arc::clone(&bytes),
                ));
            }
        });
        Self {
            address,
            seen,
            raw,
            accepted,
            task,
        }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("the list").clone()
    }

    pub(crate) fn last(&self) -> Seen {
        self.seen().pop().expect("a request")
    }

    pub(crate) fn raw(&self) -> Vec<u8> {
        self.raw.lock().expect("the bytes").clone()
    }

    pub(crate) fn accepted(&self) -> usize {
        *self.accepted.lock().expect("the count")
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    mut stream: TcpStream,
    answer: Arc<Answer>,
    kept: Arc<Mutex<Vec<Seen>>>,
    raw: Arc<Mutex<Vec<u8>>>,
) {
    let mut buffer = Vec::new();
    loop {
        let head_end = loop {
            if let Some(at) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            if read_more(&mut stream, &mut buffer, &raw).await.is_none() {
                return;
            }
        };
        let head = String::from_utf8_lossy(&buffer[..head_end]).into_owned();
        let line = head.lines().next().unwrap_or_default().to_owned();
        let mut request = Seen {
            line,
            head,
            body: String::new(),
        };
        let length: usize = request
            .header("content-length")
            .and_then(|text| text.parse().ok())
            .unwrap_or(0);
        while buffer.len() < head_end + length {
            if read_more(&mut stream, &mut buffer, &raw).await.is_none() {
                return;
            }
        }
        request.body = String::from_utf8_lossy(&buffer[head_end..head_end + length]).into_owned();
        buffer.drain(..head_end + length);
        let text = answer(&request);
        kept.lock().expect("the list").push(request);
        if stream.write_all(text.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn read_more(
    stream: &mut TcpStream,
    buffer: &mut Vec<u8>,
    raw: &Mutex<Vec<u8>>,
) -> Option<()> {
    let before = buffer.len();
    let read = stream.read_buf(buffer).await.ok()?;
    raw.lock()
        .expect("the bytes")
        .extend_from_slice(&buffer[before..]);
    (read > 0).then_some(())
}

pub(crate) fn json(status: u16, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

pub(crate) fn redirect(status: u16, location: &str) -> String {
    format!("HTTP/1.1 {status} X\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n")
}
