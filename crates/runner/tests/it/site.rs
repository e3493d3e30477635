//! An app on loopback that answers as a test says and remembers what it was sent.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// A request the app got.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) path: String,
    head: String,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// What the app answers: a status, headers and a body, after a while.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Value,
    pub(crate) after: Duration,
}

impl Reply {
    pub(crate) fn ok(body: Value) -> Self {
        Self::status(200, body)
    }

    pub(crate) fn status(status: u16, body: Value) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body,
            after: Duration::ZERO,
        }
    }

    pub(crate) fn never() -> Self {
        Self {
            after: Duration::from_hours(1),
            ..Self::ok(json!({}))
        }
    }
}

type Answer = dyn Fn(&Seen, usize) -> Reply + Send + Sync;

pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Site {
    /// The second argument of `answer` counts the requests before.
    pub(crate) async fn new(
        answer: impl Fn(&Seen, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
        let address = listener.local_addr().expect("an address");
        let answer: Arc<Answer> = Arc::new(answer);
        let seen = Arc::<Mutex<Vec<Seen>>>::default();
        let kept = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&answer), Arc::clone(&kept)));
            }
        });
        Self { address, seen }
    }

    /// An app that repeats what it was asked.
    pub(crate) async fn echo() -> Self {
        Self::new(|seen, _| Reply::ok(json!({"path": seen.path, "body": seen.body}))).await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("what was seen").clone()
    }

    /// Waits until so many requests have come.
    pub(crate) async fn wait_for(&self, count: usize) {
        for _ in 0..600 {
            if self.seen().len() >= count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{count} requests were expected, {} came", self.seen().len());
    }
}

async fn serve(mut stream: TcpStream, answer: Arc<Answer>, kept: Arc<Mutex<Vec<Seen>>>) {
    let mut buffer = Vec::new();
    loop {
        let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else {
            let mut chunk = [0; 8192];
            match stream.read(&mut chunk).await {
                Ok(read) if read > 0 => buffer.extend_from_slice(&chunk[..read]),
                _ => return,
            }
            continue;
        };
        let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
        let mut seen = Seen {
            path: head.split(' ').nth(1).unwrap_or_default().to_owned(),
            head: head.clone(),
            body: String::new(),
        };
        let length: usize = seen
            .header("content-length")
            .and_then(|text| text.parse().ok())
            .unwrap_or(0);
        while buffer.len() < end + 4 + length {
            let mut chunk = [0; 8192];
            match stream.read(&mut chunk).await {
                Ok(read) if read > 0 => buffer.extend_from_slice(&chunk[..read]),
                _ => return,
            }
        }
        let rest = buffer.split_off(end + 4 + length);
        seen.body = String::from_utf8_lossy(&buffer[end + 4..]).into_owned();
        buffer = rest;
        let before = {
            let mut kept = kept.lock().expect("what was seen");
            kept.push(seen.clone());
            kept.len() - 1
        };
        let reply = answer(&seen, before);
        tokio::time::sleep(reply.after).await;
        let body = reply.body.to_string();
        let mut text = format!(
            "HTTP/1.1 {} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n",
            reply.status,
            body.len()
        );
        for (name, value) in &reply.headers {
            text.extend([name, ": ", value.as_str(), "\r\n"]);
        }
        text.push_str("\r\n");
        text.push_str(&body);
        if stream.write_all(text.as_bytes()).await.is_err() {
            return;
        }
    }
}
